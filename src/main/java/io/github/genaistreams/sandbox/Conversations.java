package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Which earlier turn a request continues, and whether it may. */
final class Conversations {

    private final ResponseStore store;

    Conversations(ResponseStore store) {
        this.store = store;
    }

    Optional<Turn.Earlier> earlier(JsonNode request, long now) {
        Optional<StoredResponse> named = request.hasNonNull("previous_response_id")
                ? store.find(request.get("previous_response_id").asText())
                : store.latestOf(ResponseObject.conversation(request));
        return named.flatMap(response -> response.earlier(now));
    }

    /** Names no response that is unknown, unfinished or not stored, and answers the tool calls of the turn before. */
    Optional<ErrorReply> refusal(JsonNode request, long now) {
        Optional<Turn.Earlier> earlier = earlier(request, now);
        if (request.hasNonNull("previous_response_id") && earlier.isEmpty()) {
            return Optional.of(ErrorReply.invalid(
                    "previous_response_not_found",
                    "previous_response_id",
                    "Previous response with id '%s' not found."
                            .formatted(request.get("previous_response_id").asText())));
        }
        Set<String> open = new HashSet<>(earlier.map(Turn.Earlier::openCalls).orElse(Set.of()));
        for (JsonNode item : request.path("input")) {
            String type = item.path("type").asText();
            String call = item.path("call_id").asText();
            if (type.equals("function_call") || type.equals("custom_tool_call")) {
                open.add(call);
            } else if ((type.equals("function_call_output") || type.equals("custom_tool_call_output"))
                    && !open.remove(call)) {
                return unpaired("No tool call found for function call output with call_id %s.", call);
            }
        }
        return open.stream().findFirst().flatMap(call -> unpaired("No tool output found for function call %s.", call));
    }

    private static Optional<ErrorReply> unpaired(String message, String call) {
        return Optional.of(ErrorReply.invalid(null, "input", message.formatted(call)));
    }
}
