package io.github.genaistreams.flow;

import io.github.genaistreams.model.ApiLimits;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The limits per minute of requests and of tokens, both of the account or both of a model. Not thread-safe. */
final class Level {

    /** A limit with more than this fraction left is not why a call was refused. */
    private static final double REASON = 0.25;

    /** The API may count as little as a quarter of the tokens that are estimated here. */
    private static final double MAX_TOKENS_PER_ESTIMATE = 4;

    private final MinutePace requests;
    private final MinutePace tokens;
    private final boolean isOfModel;

    /** @param isOfModel whether the API's headers are about this level. Otherwise, they only correct what is configured */
    Level(long requests, long tokens, boolean isOfModel, RandomGenerator random) {
        this.isOfModel = isOfModel;
        this.requests = new MinutePace(requests, 1, random);
        this.tokens = new MinutePace(tokens, MAX_TOKENS_PER_ESTIMATE, random);
    }

    boolean isLimited() {
        return requests.limit() > 0 || tokens.limit() > 0;
    }

    /** The bound that keeps a call from starting; null if it may start. */
    @Nullable
    Bound refusal(double share, long now) {
        requests.share(share, now);
        tokens.share(share, now);
        if (!requests.isOpen(now)) {
            return Bound.REQUESTS_PER_MINUTE;
        }
        return tokens.isOpen(now) ? null : Bound.TOKENS_PER_MINUTE;
    }

    void start(long tokens) {
        this.requests.take(1);
        this.tokens.take(tokens);
    }

    MinutePace requests() {
        return requests;
    }

    MinutePace tokens() {
        return tokens;
    }

    void correct(ApiLimits limits, double grantedRequests, double grantedTokens, long saidAt, long now) {
        correct(requests, limits.requests(), grantedRequests, saidAt, now);
        correct(tokens, limits.tokens(), grantedTokens, saidAt, now);
    }

    private void correct(MinutePace pace, ApiLimits.@Nullable Figure figure, double granted, long saidAt, long now) {
        if (figure != null && (isOfModel || pace.limit() > 0)) {
            pace.correct(figure, granted, saidAt, now);
        }
    }

    void refused(ApiLimits limits, long startedAt, long now) {
        if (isReason(limits.requests(), limits.tokens())) {
            requests.refused(startedAt, now);
        }
        if (isReason(limits.tokens(), limits.requests())) {
            tokens.refused(startedAt, now);
        }
    }

    /** Without figures, either limit may be the reason. */
    private static boolean isReason(ApiLimits.@Nullable Figure figure, ApiLimits.@Nullable Figure other) {
        return figure != null ? figure.rest() < REASON : other == null || other.rest() >= REASON;
    }
}
