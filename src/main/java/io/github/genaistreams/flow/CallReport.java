package io.github.genaistreams.flow;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.Usage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a call ended, for the limits of its credential.
 *
 * @param sign   what it says about the credential
 * @param item   what was called, compared with {@code equals}
 * @param words  why it failed, for people; null if it did not fail
 * @param took   from its start to its answer; of a job, since the API has accepted it
 * @param usage  tokens that it used; null if unknown
 * @param isFree whether it has certainly used no tokens
 * @param limits what the API said about its limits
 */
public record CallReport(
        Sign sign,
        Object item,
        @Nullable String words,
        Duration took,
        @Nullable Usage usage,
        boolean isFree,
        ApiLimits limits) {

    /** A report without figures, of a call that took no time. */
    public CallReport(Sign sign, Object item, @Nullable String words) {
        this(sign, item, words, Duration.ZERO, null, false, ApiLimits.NONE);
    }
}
