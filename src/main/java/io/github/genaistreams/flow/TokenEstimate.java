package io.github.genaistreams.flow;

import java.util.Arrays;

/**
 * Estimates the tokens of a model's calls before they are made, from those that have ended:
 *
 * <pre>
 *   input  = bytes × (input tokens so far / their bytes)   a quarter at first; an old call's weight halves every 90 calls
 *   output = the request's own bound if it has one, since the API charges that; or else what 19 of 20 answers needed lately
 * </pre>
 *
 * Not thread-safe.
 */
final class TokenEstimate {

    private static final double TOKENS_PER_BYTE = 0.25;
    private static final double KEPT = 1 - 1.0 / 128;
    private static final double FIRST_BYTES = 1_000;
    private static final int OUTPUTS = 128;
    private static final int SORTED_EVERY = 16;
    private static final long FIRST_OUTPUT = 500;

    private double bytes = FIRST_BYTES;
    private double inputs = FIRST_BYTES * TOKENS_PER_BYTE;
    private final long[] outputs = new long[OUTPUTS];
    private long learnt;
    private long commonOutput = FIRST_OUTPUT;

    /**
     * The tokens that a call needs, at least 1.
     *
     * @param inputBytes      bytes of its request
     * @param maxOutputTokens bound of its answer; 0 if it has none
     */
    long of(long inputBytes, long maxOutputTokens) {
        long output = maxOutputTokens > 0 ? maxOutputTokens : commonOutput;
        return Math.max(1, Math.round(inputBytes * inputs / bytes) + output);
    }

    /** A call of this size was answered with these tokens. */
    void learn(long inputBytes, long inputTokens, long outputTokens) {
        bytes = bytes * KEPT + inputBytes;
        inputs = inputs * KEPT + inputTokens;
        outputs[(int) (learnt++ % OUTPUTS)] = outputTokens;
        if (learnt < SORTED_EVERY || learnt % SORTED_EVERY == 0) {
            long[] sorted = Arrays.copyOf(outputs, (int) Math.min(learnt, OUTPUTS));
            Arrays.sort(sorted);
            commonOutput = sorted[(sorted.length - 1) * 19 / 20];
        }
    }
}
