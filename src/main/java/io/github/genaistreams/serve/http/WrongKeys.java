package io.github.genaistreams.serve.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Counts the requests with a wrong key for each address. It remembers a limited number of addresses. Thread-safe. */
final class WrongKeys {

    static final int MAX_PER_MINUTE = 10;

    private static final int MAX_ADDRESSES = 10_000;
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private final Map<String, Window> windows = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Window> eldest) {
            return size() > MAX_ADDRESSES;
        }
    };

    private record Window(long since, int count) {}

    /** Counts one more wrong key. Returns whether there are too many in this minute. */
    synchronized boolean isTooMany(String address, long nanos) {
        Window before = windows.get(address);
        Window now = before == null || nanos - before.since() > MINUTE
                ? new Window(nanos, 1)
                : new Window(before.since(), before.count() + 1);
        windows.put(address, now);
        return now.count() > MAX_PER_MINUTE;
    }
}
