package io.github.genaistreams.flow;

import java.time.Duration;

/**
 * How long a call that was ready had to wait for each bound of its credential. Time in which several calls waited counts
 * once. Not thread-safe. Times are in epoch milliseconds.
 */
final class WaitTimes {

    /** After this long without a request, the call that was refused is gone. Lanes ask many times a second. */
    static final long ASKED_AGAIN_MILLIS = 2_000;

    private final long[] millis = new long[Bound.values().length];

    /** The bound that refused the last request; null if it was let through. */
    private Bound refusedFor;

    private long askedAt;

    /** A call has asked whether it may start; {@code refusedFor} is null if it may. */
    void asked(Bound refusedFor, long now) {
        if (this.refusedFor != null && now - askedAt <= ASKED_AGAIN_MILLIS) {
            millis[this.refusedFor.ordinal()] += Math.max(0, now - askedAt);
        }
        this.refusedFor = refusedFor;
        askedAt = now;
    }

    Duration waited(Bound bound) {
        return Duration.ofMillis(millis[bound.ordinal()]);
    }
}
