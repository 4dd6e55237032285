package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.CallOutcome.Retry;
import java.time.Duration;

/**
 * How long one exchange may take. Pure: the time is a parameter, as {@link System#nanoTime} gives it.
 *
 * <pre>
 *   no event yet    over at the smaller of  first               and  total
 *   from then on    over at the smaller of  last sign + idle    and  total
 * </pre>
 *
 * A sign is an event, or another sign that the server is there, such as a comment, once the first event has come.
 *
 * An answer that is no stream has no events: it has to be whole within {@code first}.
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

    /** Notes an event; true if it was the first one, which may bring the end nearer. */
    boolean event(long now) {
        boolean isFirst = !anyEvent;
        anyEvent = true;
        lastSign = now - started;
        return isFirst;
    }

    /** Notes that the server is there. It says nothing before its answer has begun. */
    void alive(long now) {
        lastSign = now - started;
    }

    /** Takes a wait of ours out of its time. */
    void waited(long nanos) {
        started += nanos;
    }

    /** How long it may go on if nothing happens, at most zero if its time is over. */
    Duration left(long now) {
        Duration end = isIdleFirst() ? idleEnd() : shorter(anyEvent ? total : first, total);
        return end.minusNanos(now - started);
    }

    /** How long to wait for a connection: one that comes later is of no use. */
    Duration connect() {
        return shorter(first, total);
    }

    /** What it means that the time is over. */
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
