package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.CallOutcome.Retry;
import java.time.Duration;

/**
 * The time limits of one exchange. No side effects: the time is a parameter, as from {@link System#nanoTime}.
 *
 * <pre>
 *   no event yet    over at the smaller of  first               and  total
 *   from then on    over at the smaller of  last sign + idle    and  total
 * </pre>
 *
 * A sign of life is an event or, after the first event, anything else from the server, such as a comment.
 *
 * An answer that is not a stream has no events: it must be complete within {@code first}.
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

    /** Notes an event; true for the first one, which may shorten the deadline. */
    boolean event(long now) {
        boolean isFirst = !anyEvent;
        anyEvent = true;
        lastSign = now - started;
        return isFirst;
    }

    /** Notes a sign of life. Before the answer has begun, it does not count. */
    void alive(long now) {
        lastSign = now - started;
    }

    /** Excludes our own wait from its time. */
    void waited(long nanos) {
        started += nanos;
    }

    /** The remaining time if nothing happens; zero or negative if it is over. */
    Duration left(long now) {
        Duration end = isIdleFirst() ? idleEnd() : shorter(anyEvent ? total : first, total);
        return end.minusNanos(now - started);
    }

    /** How long to wait for a connection; a later one is useless. */
    Duration connect() {
        return shorter(first, total);
    }

    /** The meaning of the time-out. */
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
