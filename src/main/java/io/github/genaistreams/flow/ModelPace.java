package io.github.genaistreams.flow;

import io.github.genaistreams.model.ApiLimits;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What is known about the calls with one model: the limits that the API names for it, or how many calls at once are
 * good ({@link AdaptiveLimit}), and what they need. Not thread-safe. Times are in epoch milliseconds.
 */
final class ModelPace {

    private static final long NEVER = Long.MIN_VALUE;

    private final Level level;
    private final LongLimit longRequests = new LongLimit();
    private final LongLimit longTokens = new LongLimit();
    private final RetryAfter retryAfter;
    private final AdaptiveLimit adaptive;
    private final TokenEstimate estimate = new TokenEstimate();
    private int inFlight;
    private long usedAt = NEVER;

    /** @param isAdaptive whether calls keep to the {@link AdaptiveLimit} */
    ModelPace(boolean isAdaptive, RandomGenerator random) {
        level = new Level(0, 0, true, random);
        retryAfter = new RetryAfter(random);
        adaptive = new AdaptiveLimit(isAdaptive);
    }

    Level level() {
        return level;
    }

    AdaptiveLimit adaptive() {
        return adaptive;
    }

    TokenEstimate estimate() {
        return estimate;
    }

    int inFlight() {
        return inFlight;
    }

    /** When a call that may have used tokens last ended; {@link Long#MIN_VALUE} if none has. */
    long usedAt() {
        return usedAt;
    }

    /** The bound named by the API that keeps a call from starting; null if it may start. */
    @Nullable
    Bound refusal(double share, long now) {
        if (!retryAfter.isOpen(now) || !longRequests.isOpen(now) || !longTokens.isOpen(now)) {
            return Bound.API_WAIT;
        }
        return level.refusal(share, now);
    }

    void start(long tokens, long now) {
        inFlight++;
        level.start(tokens);
        longRequests.take(1, now);
        longTokens.take(tokens, now);
        retryAfter.started(now);
    }

    void join() {
        inFlight++;
    }

    void leave() {
        inFlight = Math.max(0, inFlight - 1);
    }

    void used(long now) {
        usedAt = now;
    }

    /** The figures of limits that answers to calls have named. */
    ApiLimits known(ApiLimits limits) {
        return limits.isEmpty()
                ? limits
                : new ApiLimits(
                        known(limits.requests(), level.requests(), longRequests),
                        known(limits.tokens(), level.tokens(), longTokens));
    }

    private static ApiLimits.@Nullable Figure known(
            ApiLimits.@Nullable Figure figure, MinutePace pace, LongLimit ofLonger) {
        boolean isKnown = figure != null && (figure.limit() == pace.limit() || figure.limit() == ofLonger.limit());
        return isKnown ? figure : null;
    }

    /**
     * Takes what the API has said about limits of a longer time than a minute. Returns the rest.
     *
     * @param saidAt when the call of this answer started
     */
    ApiLimits correctLong(ApiLimits limits, double share, long saidAt) {
        return new ApiLimits(
                rest(limits.requests(), level.requests(), longRequests, share, saidAt),
                rest(limits.tokens(), level.tokens(), longTokens, share, saidAt));
    }

    private static ApiLimits.@Nullable Figure rest(
            ApiLimits.@Nullable Figure figure, MinutePace pace, LongLimit ofLonger, double share, long saidAt) {
        if (figure == null || !ofLonger.isMeant(figure)) {
            return figure;
        }
        ofLonger.correct(figure, share, saidAt);
        if (figure.limit() == pace.limit()) {
            // Until now, too little of the limit was used to tell which one it is.
            pace.forget();
        }
        return null;
    }

    /** The API has answered a call like this. Limits that it no longer names are forgotten. */
    void answeredWith(ApiLimits limits) {
        if (limits.requests() == null) {
            level.requests().answeredWithoutFigure();
            longRequests.answeredWithoutFigure();
        }
        if (limits.tokens() == null) {
            level.tokens().answeredWithoutFigure();
            longTokens.answeredWithoutFigure();
        }
    }

    /** A call has ended with this sign. */
    void ended(Sign sign, ApiLimits limits, long startedAt, long now) {
        switch (sign) {
            case LIMITED -> {
                level.refused(limits, startedAt, now);
                retryAfter.refused(limits.retryAfter(), now);
            }
            case ANSWERED, ACCEPTED -> retryAfter.answered(startedAt);
            default -> {}
        }
    }

    /** A call has ended with this sign, which the adaptive limit learns from. */
    void adapt(Sign sign, long startedAt, long now) {
        switch (sign) {
            case ANSWERED -> adaptive.answered(startedAt, inFlight, now);
            case LIMITED, CROWDED, TURNED_AWAY -> adaptive.refused(startedAt, inFlight, now);
            default -> {}
        }
    }
}
