package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/**
 * What became of one item: the one record that the result topic holds for it.
 *
 * @param batchId            as in the request
 * @param index              as in the request
 * @param batchSize          as in the request, null if the request did not say
 * @param api                which API was called: {@code responses}
 * @param success            whether the API gave the answer that was asked for
 * @param rawResponse        the API's answer as it came, or null if there was none
 * @param outputText         the answer's text, messages joined by a line feed; null without an answer
 * @param usage              tokens used, also by a failed call that was billed; null if unknown
 * @param error              why it failed, null on success
 * @param attempts           attempts made, 0 if the request was refused before any call
 * @param model              the model that answered, or the one asked for if none did
 * @param requestId          the API's own ID of the last HTTP exchange (header {@code x-request-id}), or null
 * @param processingTimeSecs seconds that the last attempt took, 0 without one
 * @param submittedAt        timestamp of the request record
 * @param completedAt        when the outcome was known
 */
public record CallResult(
        String batchId,
        int index,
        Integer batchSize,
        String api,
        boolean success,
        JsonNode rawResponse,
        String outputText,
        Usage usage,
        CallError error,
        int attempts,
        String model,
        String requestId,
        double processingTimeSecs,
        Instant submittedAt,
        Instant completedAt) {

    @JsonIgnore
    public ItemKey key() {
        return new ItemKey(batchId, index);
    }
}
