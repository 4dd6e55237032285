package io.github.genaistreams.flow;

import org.jspecify.annotations.Nullable;

/**
 * What a call takes of the limits of its credential.
 *
 * @param credential      whose limits apply
 * @param model           for limits by model; null if the request names none
 * @param pages           of its document; 0 without one
 * @param inputBytes      of its request
 * @param maxOutputTokens tokens that its answer may have at most; 0 if it sets no bound
 * @param isRepeatable    whether it may be made again when nobody knows if the API has done the work
 * @param isUrgent        whether calls that are not urgent wait for it
 */
public record Demand(
        String credential,
        @Nullable String model,
        int pages,
        long inputBytes,
        long maxOutputTokens,
        boolean isRepeatable,
        boolean isUrgent) {}
