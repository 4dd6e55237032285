package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.CallOutcome.Retry;
import java.time.Duration;

/**
 * The time limits of one exchange. The present time is always a parameter, as from {@link System#nanoTime}.
 *
 * <pre>
 *   before the first event    over at the smaller of  first               and  total
 *   after it                  over at the smaller of  last sign + idle    and  total
 * </pre>
 *
 * A sign of life is an event or, after the first event, anything else from the server, such as a comment.
 *
 * <p>An answer that is not a stream has no events. It must be complete within {@code first}.
 */
public final class TimeLimits {

    private final Duration first;
    private final Duration idle;
    private final Duration total;
    private long started;
    private long lastSign;
    private boolean anyEvent;

    public TimeLimits(Duration first, Duration idle, Duration total) {
        this.first = first;
        this.idle = idle;
        this.total = total;
    }

    /** One limit for everything. */
    public static TimeLimits of(Duration timeout) {
        return new TimeLimits(timeout, timeout, timeout);
    }

    void start(long now) {
        started = now;
    }

    /** Notes an event. True for the first one, which may bring the deadline forward. */
    boolean event(long now) {
        boolean isFirst = !anyEvent;
        anyEvent = true;
        lastSign = now - started;
        return isFirst;
    }

    /** Notes a sign of life, which counts after the first event only. */
    void alive(long now) {
        lastSign = now - started;
    }

    /** Does not count this time, in which this program made the server wait. */
    void waited(long nanos) {
        started += nanos;
    }

    /** The time that remains if nothing happens. Zero or negative if it is over. */
    Duration left(long now) {
        Duration end = isIdleFirst() ? idleEnd() : shorter(anyEvent ? total : first, total);
        return end.minusNanos(now - started);
    }

    /** How long to wait for a connection. A later connection would be useless. */
    Duration connect() {
        return shorter(first, total);
    }

    /** The outcome when the time is over. */
    Retry expired() {
        return isIdleFirst()
                ? NetworkFailure.timeout("No event of the stream for", idle)
                : NetworkFailure.timeout("No complete response within", shorter(anyEvent ? total : first, total));
    }

    private boolean isIdleFirst() {
        return anyEvent && idleEnd().compareTo(total) < 0;
    }

    private Duration idleEnd() {
        return idle.plusNanos(lastSign);
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
