package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The response object around an output: the request's parameters as the API echoes them. No side effects. */
final class ResponseObject {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    /** For a request whose prompt template names the model. */
    private static final String TEMPLATE_MODEL = "gpt-4o-mini";

    private ResponseObject() {}

    /** A completed response without output and usage. */
    static ObjectNode of(Turn turn) {
        JsonNode request = turn.request();
        var response = JSON.objectNode();
        response.put("id", "resp_" + turn.id())
                .put("object", "response")
                .put("created_at", turn.createdAt())
                .put("status", "completed");
        echo(response, request, "background", JSON.booleanNode(false));
        response.put("completed_at", turn.createdAt());
        if (request.hasNonNull("conversation")) {
            JsonNode conversation = request.get("conversation");
            String id = conversation.path("id").asText(conversation.asText());
            response.putObject("conversation").put("id", id);
        }
        response.putNull("error").putNull("incomplete_details");
        echo(response, request, "instructions", JSON.nullNode());
        echo(response, request, "max_output_tokens", JSON.nullNode());
        echo(response, request, "max_tool_calls", JSON.nullNode());
        echo(response, request, "model", JSON.textNode(TEMPLATE_MODEL));
        response.putArray("output");
        echo(response, request, "parallel_tool_calls", JSON.booleanNode(true));
        echo(response, request, "previous_response_id", JSON.nullNode());
        for (String optional : new String[] {"prompt", "prompt_cache_key", "prompt_cache_retention"}) {
            if (request.hasNonNull(optional)) {
                response.set(optional, request.get(optional));
            }
        }
        var reasoning = response.putObject("reasoning").putNull("effort").putNull("summary");
        request.path("reasoning").propertyStream().forEach(field -> reasoning.set(field.getKey(), field.getValue()));
        echo(response, request, "safety_identifier", JSON.nullNode());
        response.put("service_tier", tier(request.path("service_tier").asText("auto")));
        echo(response, request, "store", JSON.booleanNode(true));
        echo(response, request, "temperature", JSON.numberNode(1.0));
        response.set("text", text(request.path("text")));
        echo(response, request, "tool_choice", JSON.textNode("auto"));
        echo(response, request, "tools", JSON.arrayNode());
        echo(response, request, "top_logprobs", JSON.numberNode(0));
        echo(response, request, "top_p", JSON.numberNode(1.0));
        echo(response, request, "truncation", JSON.textNode("disabled"));
        response.putNull("usage");
        echo(response, request, "user", JSON.nullNode());
        echo(response, request, "metadata", JSON.objectNode());
        return response;
    }

    /** The tier that served the call. */
    private static String tier(String asked) {
        return switch (asked) {
            case "auto" -> "default";
            case "fast" -> "priority";
            default -> asked;
        };
    }

    private static ObjectNode text(JsonNode asked) {
        var text = JSON.objectNode();
        if (asked.path("format").isObject()) {
            ObjectNode format = asked.get("format").deepCopy();
            if (format.path("type").asText().equals("json_schema") && !format.hasNonNull("strict")) {
                format.put("strict", false);
            }
            text.set("format", format);
        } else {
            text.putObject("format").put("type", "text");
        }
        return text.put("verbosity", asked.path("verbosity").asText("medium"));
    }

    private static void echo(ObjectNode response, JsonNode request, String field, JsonNode otherwise) {
        response.set(field, request.hasNonNull(field) ? request.get(field) : otherwise);
    }
}
