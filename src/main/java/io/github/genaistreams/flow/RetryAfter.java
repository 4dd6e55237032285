package io.github.genaistreams.flow;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The time in which the API wants no calls with a model after a refusal: the longest {@code Retry-After}, and up to a
 * tenth more, so that workers do not begin at the same moment. In a long wait, single calls probe: the first after a
 * minute, each later one after twice the previous pause, up to 15 minutes. An answer ends the wait.
 *
 * <p>Not thread-safe. Times are in epoch milliseconds.
 */
final class RetryAfter {

    private static final long MIN_TRY_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final long MAX_TRY_MILLIS = Duration.ofMinutes(15).toMillis();
    private static final Duration MAX_DELAY = Duration.ofDays(1);
    private static final long NEVER = Long.MIN_VALUE;

    private final RandomGenerator random;
    private long until = NEVER;
    private long refusedAt;
    private long tryAt;
    private long tryMillis;

    RetryAfter(RandomGenerator random) {
        this.random = random;
    }

    /** Whether a call may start now. */
    boolean isOpen(long now) {
        return now >= until || now >= tryAt;
    }

    /** A call has started. */
    void started(long now) {
        if (now < until) {
            tryMillis = Math.min(2 * tryMillis, MAX_TRY_MILLIS);
            tryAt = now + tryMillis;
        }
    }

    /** A call was refused. {@code asked} is zero if the API has not said for how long. */
    void refused(Duration asked, long now) {
        if (asked.isZero()) {
            return;
        }
        if (now >= until) {
            tryMillis = MIN_TRY_MILLIS;
            tryAt = now + tryMillis;
        }
        refusedAt = now;
        long millis = Math.min(asked.toMillis(), MAX_DELAY.toMillis());
        until = Math.max(until, now + millis + random.nextLong(millis / 10 + 1));
    }

    /** A call that started then was answered. */
    void answered(long startedAt) {
        if (startedAt > refusedAt) {
            until = NEVER;
        }
    }
}
