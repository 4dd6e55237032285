package io.github.genaistreams.flow;

import io.github.genaistreams.model.ApiLimits;
import java.util.random.RandomGenerator;

/**
 * Keeps one limit per minute, of requests or of tokens, in one worker:
 *
 * <pre>
 *   rate   = limit × share × factor                  per minute, less the burst
 *   burst  = rate / 100, at least 1                   what may start at once after a pause
 *   level  = min(burst, level + rate × time)         a call may start from 1 on, and takes its amount: a large one leaves a debt
 * </pre>
 *
 * The share is the worker's part of the account. The factor corrects it. It rises above 1 (unused shares are borrowed)
 * in steps at random times, while the API says that more than half of the limit is left. Half of what was borrowed goes
 * back when less than a quarter is left, and all of it at a refusal. Without anything borrowed, a refusal lowers the
 * factor below 1, from where it rises with time: another program uses the same limit. Only calls that started after the
 * last change can cause another one, so that each change is seen before the next.
 *
 * <p>When less than a twentieth is left, the rate is what is left, divided by the time until the reset, and at least a
 * twentieth of the limit.
 *
 * <p>An amount counts up to the limit, and a debt up to five minutes of the share. A debt of more than a minute is
 * forgotten when the API says, in the answer to the call that caused it or a later one, that more than half is left.
 *
 * <p>If a limit is configured below what the API grants, all workers together must keep to it, so nothing is borrowed.
 * Not thread-safe. Times are in epoch milliseconds.
 */
final class MinutePace {

    private static final double MINUTE_MILLIS = 60_000;
    private static final long NEVER = Long.MIN_VALUE;
    private static final double BURST_PART = 100;

    /** The average time between two steps up. */
    private static final long STEP_MILLIS = 5_000;

    private static final double STEP_UP = 1.2;

    /** After this many answers in a row without the limit, there is none. */
    static final int MAX_UNNAMED = 10;

    private static final double AFTER_REFUSAL = 0.8;

    /** A refused call costs at most this part of a minute: it may be too large, and be refused at any time. */
    private static final double REFUSED_PART = 0.1;

    private static final double MIN_FACTOR = 0.02;
    private static final double RECOVERY_PER_MILLI = 0.01 / 1_000;

    /** Time after a refusal in which nothing is borrowed. */
    private static final long NO_BORROWING_MILLIS = 60_000;

    private static final double PLENTY = 0.5;
    private static final double LITTLE = 0.25;

    /** Maximum minutes that this worker waits for one call, or for what a few calls turn out to need. */
    private static final double MAX_DEBT = 5;

    private static final double NEARLY_USED_UP = 0.05;

    /** 0 to take the limit that the API names. */
    private final long configured;

    private final double maxUse;
    private final RandomGenerator random;

    /** 0 if no limit is known. */
    private double limit;

    /** Answers in a row that have not named the limit. */
    private int unnamed;

    private double share = 1;
    private double factor = 1;
    private double level = 1;
    private long levelAt = NEVER;
    private long takenAt = NEVER;
    private long changedAt;
    private long stepAt;
    private long borrowFrom;
    private long figureAt = NEVER;

    /** Per minute, until {@link #guardedUntil}. */
    private double guardedRate;

    private long guardedUntil;

    /**
     * @param configured limit of the account per minute; 0 to take the one that the API names
     * @param maxUse maximum that this worker may use, as a multiple of the limit. It is more than 1 for estimated
     *     amounts, of which the API may count less
     */
    MinutePace(long configured, double maxUse, RandomGenerator random) {
        this.configured = configured;
        this.maxUse = maxUse;
        this.limit = configured;
        this.random = random;
    }

    /** Sets the worker's part of the account, from 0 to 1. The accumulated amount does not grow with it. */
    void share(double share, long now) {
        if (share != this.share) {
            refill(now);
            this.share = share;
        }
    }

    /** Whether a call may start now. */
    boolean isOpen(long now) {
        if (limit == 0) {
            return true;
        }
        refill(now);
        return level >= 1;
    }

    /** A call has started with this amount. What is beyond the limit does not count: the API would refuse it. */
    void take(double amount) {
        if (limit > 0) {
            level -= Math.min(limit, amount);
            takenAt = levelAt;
        }
    }

    /** A call that started with the first amount has turned out to need the second one. */
    void settle(double taken, double amount) {
        if (limit > 0) {
            level += Math.min(limit, taken) - Math.min(limit, amount);
        }
    }

    /** A call that has started with this amount was refused. A little of it stays, so that the next one comes later. */
    void settleRefused(double taken) {
        settle(taken, Math.min(taken, limit * share * REFUSED_PART));
    }

    /** The API has answered without this limit. After several such answers in a row, the limit is forgotten. */
    void answeredWithoutFigure() {
        if (limit > 0 && ++unnamed >= MAX_UNNAMED) {
            forget();
        }
    }

    /** The limit that the API has named is no limit, or not one per minute. */
    void forget() {
        if (configured == 0) {
            limit = 0;
            level = 1;
            factor = 1;
            guardedUntil = 0;
        }
    }

    /** What may start at once; at least 0. */
    long remaining(long now) {
        refill(now);
        return (long) Math.max(0, level);
    }

    /** The limit of the account per minute; 0 if none is known. */
    long limit() {
        return (long) limit;
    }

    /** What this worker may use per minute at present. */
    double perMinute(long now) {
        double fair = limit * share * factor;
        return now < guardedUntil ? Math.min(fair, guardedRate * share) : fair;
    }

    private void refill(long now) {
        if (levelAt == NEVER) {
            levelAt = now;
            change(1, now);
        }
        long elapsed = Math.max(0, now - levelAt);
        double rate = perMinute(now);
        double burst = Math.max(1, rate / BURST_PART);
        // A bucket that starts full allows its size on top of its rate.
        double flow = Math.max(0, rate - (burst - 1));
        double minLevel = share > 0 ? -MAX_DEBT * limit * share : Double.NEGATIVE_INFINITY;
        level = Math.min(burst, Math.max(minLevel, level) + flow * elapsed / MINUTE_MILLIS);
        levelAt = now;
        if (factor < 1) {
            factor = Math.min(1, factor + elapsed * RECOVERY_PER_MILLI);
        }
    }

    /**
     * The API has said in an answer how much is left.
     *
     * @param granted what the API allows in a minute to all calls that this limit is for. If that is more than the limit,
     *     nothing is borrowed
     * @param saidAt  when the call of this answer started: the figure may be that old
     */
    void correct(ApiLimits.Figure figure, double granted, long saidAt, long now) {
        if (saidAt < figureAt) {
            return;
        }
        refill(now);
        figureAt = saidAt;
        if (configured == 0) {
            unnamed = 0;
            limit = figure.limit();
            guard(figure, saidAt, now);
        }
        boolean mayBorrow = granted <= limit && now >= borrowFrom;
        if (figure.rest() > PLENTY && mayBorrow && saidAt >= takenAt && level < -limit * share) {
            // The API has not charged the amount for which this worker waits.
            level = 0;
        }
        if (granted > limit && factor > 1) {
            change(1, now);
        }
        if (saidAt <= changedAt) {
            return;
        }
        if (figure.rest() > PLENTY && mayBorrow && now >= stepAt && factor >= 1) {
            change(Math.min(maxUse / Math.max(share, 0.001), factor * STEP_UP), now);
        } else if (figure.rest() < LITTLE && factor > 1) {
            change(1 + (factor - 1) / 2, now);
        }
    }

    private void guard(ApiLimits.Figure figure, long saidAt, long now) {
        long left = saidAt + figure.reset().toMillis() - now;
        boolean isNearlyUsedUp = figure.rest() < NEARLY_USED_UP && left > 0;
        guardedUntil = isNearlyUsedUp ? now + left : 0;
        // A few calls always start: their answers say when there is more again.
        guardedRate = Math.max(figure.remaining() * MINUTE_MILLIS / Math.max(1, left), NEARLY_USED_UP * limit);
    }

    /** A call that started then was refused for this limit, as far as is known. */
    void refused(long startedAt, long now) {
        if (limit > 0 && startedAt > changedAt) {
            refill(now);
            borrowFrom = now + NO_BORROWING_MILLIS;
            change(factor > 1 ? 1 : Math.max(MIN_FACTOR, factor * AFTER_REFUSAL), now);
        }
    }

    private void change(double next, long now) {
        factor = next;
        changedAt = now;
        stepAt = now + STEP_MILLIS / 2 + random.nextLong(STEP_MILLIS);
    }
}
