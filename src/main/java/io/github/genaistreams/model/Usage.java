package io.github.genaistreams.model;

import java.util.Map;

/**
 * Tokens that one call used, as the Responses API reports them. The details are open maps, since the
 * API adds kinds of tokens over time ({@code cached_tokens}, {@code reasoning_tokens}, …); each is a
 * part of the figure beside it, not an addition to it.
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

    public Usage {
        inputTokensDetails = inputTokensDetails == null ? Map.of() : Map.copyOf(inputTokensDetails);
        outputTokensDetails = outputTokensDetails == null ? Map.of() : Map.copyOf(outputTokensDetails);
    }

    /** The sum of both, detail by detail. */
    public Usage plus(Usage other) {
        return new Usage(
                inputTokens + other.inputTokens,
                sum(inputTokensDetails, other.inputTokensDetails),
                outputTokens + other.outputTokens,
                sum(outputTokensDetails, other.outputTokensDetails),
                totalTokens + other.totalTokens);
    }

    private static Map<String, Long> sum(Map<String, Long> left, Map<String, Long> right) {
        if (right.isEmpty()) {
            return left;
        }
        var sum = new java.util.TreeMap<>(left);
        right.forEach((kind, tokens) -> sum.merge(kind, tokens, Long::sum));
        return sum;
    }
}
