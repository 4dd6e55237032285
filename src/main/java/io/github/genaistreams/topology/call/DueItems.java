package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Items of a lane in the order of their due time; items with the same time in the order of arrival. Not thread-safe.
 */
final class DueItems<Q extends ApiRequest> {

    private final PriorityQueue<Due<Q>> queue =
            new PriorityQueue<>(Comparator.<Due<Q>>comparingLong(Due::at).thenComparingLong(Due::sequence));
    private long sequence;

    private record Due<Q extends ApiRequest>(long at, long sequence, Item<Q> item) {}

    /** @param at epoch milliseconds */
    void add(Item<Q> item, long at) {
        queue.add(new Due<>(at, sequence++, item));
    }

    /** Due time of the first one, epoch milliseconds; {@link Long#MAX_VALUE} if there is none. */
    long next() {
        return queue.isEmpty() ? Long.MAX_VALUE : queue.peek().at();
    }

    /** Removes and returns the first one if it is due; null otherwise. */
    @Nullable
    Item<Q> poll(long now) {
        return next() <= now && !queue.isEmpty() ? queue.remove().item() : null;
    }

    void removeIf(Predicate<Item<Q>> isOut) {
        queue.removeIf(due -> isOut.test(due.item()));
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }
}
