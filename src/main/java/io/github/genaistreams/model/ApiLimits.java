package io.github.genaistreams.model;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an API says about its limits in the headers of an answer.
 *
 * @param requests   null if it says nothing about requests
 * @param tokens     null if it says nothing about tokens
 * @param retryAfter for how long it wants no further call; zero if it does not say
 */
public record ApiLimits(@Nullable Figure requests, @Nullable Figure tokens, Duration retryAfter) {

    public ApiLimits {
        Objects.requireNonNull(retryAfter, "retryAfter");
    }

    /** Figures only. */
    public ApiLimits(@Nullable Figure requests, @Nullable Figure tokens) {
        this(requests, tokens, Duration.ZERO);
    }

    /** It says nothing. */
    public static final ApiLimits NONE = new ApiLimits(null, null);

    /**
     * One limit, per minute or for a longer time.
     *
     * @param limit     more than 0
     * @param remaining what is left of it, at least 0
     * @param reset     time until all of it is there again; zero if unknown
     */
    public record Figure(long limit, long remaining, Duration reset) {

        /** The part that is left. */
        public double rest() {
            return (double) remaining / limit;
        }
    }

    /** Whether it says nothing. */
    public boolean isEmpty() {
        return requests == null && tokens == null && retryAfter.isZero();
    }
}
