package io.github.genaistreams.flow;

import io.github.genaistreams.model.ApiLimits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A limit that the API names for a longer time than a minute, such as a day. It does not say how fast calls may follow
 * each other, only how many:
 *
 * <pre>
 *   left = remaining × share − what has started since the call whose answer said so
 * </pre>
 *
 * With less than 1 left, nothing starts until the reset, except one call a minute as a probe. A limit whose reset is
 * more than 90 seconds away cannot be per minute. From then on, the same number means the same limit, however near the
 * reset is. Not thread-safe. Times are in epoch milliseconds.
 */
final class LongLimit {

    /** A minute, with a margin for clocks and for amounts above the limit. */
    private static final Duration MAX_MINUTE = Duration.ofSeconds(90);

    private static final long TRY_MILLIS = 60_000;

    /** 0 if no limit is known. */
    private long limit;

    private double left;
    private long figureAt;
    private long resetAt;
    private long triedAt;

    /** Answers in a row that have not named the limit. */
    private int unnamed;

    /** Calls that the latest figure may not include. */
    private final Deque<Start> starts = new ArrayDeque<>();

    private record Start(double amount, long at) {}

    /** 0 if none is known. */
    long limit() {
        return limit;
    }

    /** Whether a figure is about this limit, or about a new one. */
    boolean isMeant(ApiLimits.Figure figure) {
        return figure.reset().compareTo(MAX_MINUTE) > 0 || figure.limit() == limit;
    }

    /** Whether a call may start now. */
    boolean isOpen(long now) {
        return limit == 0 || left >= 1 || now >= resetAt || now - triedAt >= TRY_MILLIS;
    }

    /** A call has started with this amount. */
    void take(double amount, long now) {
        if (limit > 0) {
            left -= amount;
            triedAt = now;
            starts.add(new Start(amount, now));
        }
    }

    /**
     * The API has said in an answer how much is left.
     *
     * @param share  the worker's part of the account, from 0 to 1
     * @param saidAt when the call of this answer started
     */
    void correct(ApiLimits.Figure figure, double share, long saidAt) {
        if (limit > 0 && saidAt < figureAt) {
            return;
        }
        limit = figure.limit();
        unnamed = 0;
        figureAt = saidAt;
        resetAt = figure.reset().isZero()
                ? Long.MAX_VALUE
                : saidAt + figure.reset().toMillis();
        while (!starts.isEmpty() && starts.peek().at() < saidAt) {
            starts.remove();
        }
        left = figure.remaining() * share;
        starts.forEach(start -> left -= start.amount());
    }

    /** The API has answered without this limit. After several such answers in a row, the limit is forgotten. */
    void answeredWithoutFigure() {
        if (limit > 0 && ++unnamed >= MinutePace.MAX_UNNAMED) {
            limit = 0;
            starts.clear();
        }
    }
}
