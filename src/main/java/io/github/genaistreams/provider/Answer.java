package io.github.genaistreams.provider;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.Usage;

/**
 * What the API answered.
 *
 * @param body        the whole answer
 * @param outputText  its text, empty if it has none
 * @param usage       tokens used, or null if not reported
 * @param model       the model that answered, or null if not reported
 * @param requestId   the API's ID of the HTTP exchange, or null if it gave none
 * @param finish      how the answer ended, as in {@link io.github.genaistreams.model.CallResult#finish}
 * @param serviceTier the service tier that the API says it used, or null
 */
public record Answer(
        JsonNode body,
        String outputText,
        Usage usage,
        String model,
        String requestId,
        String finish,
        String serviceTier) {}
