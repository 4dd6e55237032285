package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.genaistreams.check.ResponseFormat;
import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.check.Tools;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import java.util.List;
import java.util.Map;

/**
 * A request as the body of {@code POST /v1/responses}. An unset parameter is left out, so the API's default applies.
 * For requests that {@link ResponsesCheck} accepts.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response</a>
 */
final class ResponsesBody {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ResponsesBody() {}

    /** The body as a separate tree: it shares nothing with the request. */
    static ObjectNode of(ResponsesRequest request) {
        ObjectNode body = NODES.objectNode();
        body.put("model", request.model());
        set(body, "instructions", request.systemPrompt());
        if (request.userPrompt() != null) {
            body.set("input", input(request));
        }
        set(body, "text", text(request));
        set(body, "reasoning", reasoning(request));
        tools(body, request);
        ResponsesRequest.SAME_IN_BODY.forEach((name, parameter) -> set(body, name, parameter.apply(request)));
        set(body, "stream", request.wantsBackground() ? null : request.stream());
        if (request.wantsStream()) {
            // Padding against traffic analysis: useless for a batch inside TLS, and not free.
            body.putObject("stream_options").put("include_obfuscation", false);
        }
        if (isSet(request.extraBody())) {
            merge(body, request.extraBody());
        }
        return body;
    }

    private static JsonNode input(ResponsesRequest request) {
        JsonNode input = request.userPrompt() instanceof UserPrompt.Items prompt
                ? items(prompt.items())
                : TextNode.valueOf(((UserPrompt.Text) request.userPrompt()).text());
        return ResponseFormat.isJsonObject(request.responseFormat()) ? JsonHint.added(input) : input;
    }

    /** An item without a type is a message. Stating it costs nothing, and OpenAI's own models need it. */
    private static JsonNode items(List<JsonNode> items) {
        var copy = NODES.arrayNode(items.size());
        for (JsonNode item : items) {
            ObjectNode typed = item.deepCopy();
            if (!isSet(typed.path("type"))) {
                typed.put("type", "message");
            }
            copy.add(typed);
        }
        return copy;
    }

    private static JsonNode text(ResponsesRequest request) {
        boolean formatted = isSet(request.responseFormat());
        if (!formatted && request.verbosity() == null) {
            return null;
        }
        ObjectNode text = formatted ? ResponseFormat.toText(request.responseFormat()) : NODES.objectNode();
        set(text, "verbosity", request.verbosity());
        return text;
    }

    private static JsonNode reasoning(ResponsesRequest request) {
        ObjectNode reasoning = NODES.objectNode();
        set(reasoning, "effort", request.reasoningEffort());
        set(reasoning, "summary", request.reasoningSummary());
        return reasoning.isEmpty() ? null : reasoning;
    }

    private static void tools(ObjectNode body, ResponsesRequest request) {
        if (isSet(request.tools())) {
            body.set("tools", Tools.flat(request.tools()));
        }
        if (isSet(request.toolChoice())) {
            body.set("tool_choice", Tools.flatChoice(request.toolChoice()));
        }
    }

    /**
     * Objects are merged field by field, so that one field of {@code reasoning} keeps the others; everything else is
     * replaced.
     */
    private static void merge(ObjectNode target, JsonNode more) {
        more.properties().forEach(field -> {
            JsonNode there = target.get(field.getKey());
            if (there != null && there.isObject() && field.getValue().isObject()) {
                merge((ObjectNode) there, field.getValue());
            } else {
                target.set(field.getKey(), field.getValue().deepCopy());
            }
        });
    }

    private static boolean isSet(JsonNode value) {
        return value != null && !value.isNull() && !value.isMissingNode();
    }

    /** @param value any type of a request parameter; null for none */
    private static void set(ObjectNode object, String field, Object value) {
        if (value instanceof JsonNode tree) {
            if (isSet(tree)) {
                object.set(field, tree.deepCopy());
            }
        } else if (value instanceof Map<?, ?> texts) {
            ObjectNode values = object.putObject(field);
            texts.forEach((name, text) -> values.put((String) name, (String) text));
        } else if (value instanceof List<?> texts) {
            ArrayNode values = object.putArray(field);
            texts.forEach(text -> values.add((String) text));
        } else if (value instanceof String text) {
            object.put(field, text);
        } else if (value instanceof Integer number) {
            object.put(field, number);
        } else if (value instanceof Double number) {
            object.put(field, number);
        } else if (value instanceof Boolean flag) {
            object.put(field, flag);
        } else if (value != null) {
            throw new IllegalArgumentException(
                    field + " is a " + value.getClass().getSimpleName());
        }
    }
}
