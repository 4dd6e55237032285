package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Arrival;
import java.util.Arrays;

/** Numbers of items and bytes of their requests, by the way in which they came. Not thread-safe. */
final class Loads {

    private final int[] items = new int[Arrival.values().length];
    private final long[] bytes = new long[Arrival.values().length];

    /** Adds an item, or subtracts it if the sign is -1. */
    void add(Item<?> item, int sign) {
        int arrival = item.arrival().ordinal();
        items[arrival] += sign;
        bytes[arrival] += sign * (long) item.work().bytes();
    }

    void addAll(Loads others) {
        for (int i = 0; i < items.length; i++) {
            items[i] += others.items[i];
            bytes[i] += others.bytes[i];
        }
    }

    int items(Arrival arrival) {
        return items[arrival.ordinal()];
    }

    long bytes(Arrival arrival) {
        return bytes[arrival.ordinal()];
    }

    /** Number of all items. */
    int items() {
        return Arrays.stream(items).sum();
    }
}
