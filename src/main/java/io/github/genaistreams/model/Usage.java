package io.github.genaistreams.model;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tokens that one call used, as the Responses API reports them. The details are open maps, since the API adds kinds of
 * tokens over time ({@code cached_tokens}, {@code reasoning_tokens}, …). Each detail is a part of its figure, not an
 * addition to it.
 *
 * @param inputTokensDetails  kinds of input tokens; empty if not reported
 * @param outputTokensDetails kinds of output tokens; empty if not reported
 */
public record Usage(
        long inputTokens,
        Map<String, Long> inputTokensDetails,
        long outputTokens,
        Map<String, Long> outputTokensDetails,
        long totalTokens) {

    public static final Usage NONE = new Usage(0, Map.of(), 0, Map.of(), 0);

    /** No call has as many tokens; a larger figure is an error in the report. */
    public static final long MAX_TOKENS = 10_000_000_000L;

    public Usage {
        inputTokensDetails = sorted(inputTokensDetails);
        outputTokensDetails = sorted(outputTokensDetails);
    }

    /** The same usage always has the same text. */
    private static Map<String, Long> sorted(Map<String, Long> details) {
        if (details == null || details.isEmpty()) {
            return Map.of();
        }
        Map<String, Long> copy = Map.copyOf(details);
        return copy.size() == 1 ? copy : Collections.unmodifiableMap(new TreeMap<>(copy));
    }

    /**
     * The sum of both, for each detail. For any input, no figure overflows, a negative figure counts as 0, and beyond
     * 100 kinds of tokens the rest count together as {@code other}.
     */
    public Usage plus(Usage other) {
        return new Usage(
                Counts.add(inputTokens, other.inputTokens),
                Counts.add(inputTokensDetails, other.inputTokensDetails),
                Counts.add(outputTokens, other.outputTokens),
                Counts.add(outputTokensDetails, other.outputTokensDetails),
                Counts.add(totalTokens, other.totalTokens));
    }
}
