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
import org.jspecify.annotations.Nullable;

/**
 * A request as the body of {@code POST /v1/responses}. An unset parameter is left out, so that the API's default
 * applies. For requests that {@link ResponsesCheck} accepts.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response</a>
 */
final class ResponsesBody {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ResponsesBody() {}

    /** The body as a tree of its own, which shares nothing with the request. */
    static ObjectNode of(ResponsesRequest request) {
        ObjectNode body = NODES.objectNode();
        body.put("model", request.model());
        set(body, "instructions", request.systemPrompt());
        UserPrompt prompt = request.userPrompt();
        if (prompt != null) {
            body.set("input", input(prompt, request.responseFormat()));
        }
        set(body, "text", text(request));
        set(body, "reasoning", reasoning(request));
        tools(body, request);
        ResponsesRequest.SAME_IN_BODY.forEach((name, parameter) -> set(body, name, parameter.apply(request)));
        set(body, "stream", request.wantsBackground() ? null : request.stream());
        if (request.wantsStream()) {
            // This padding hides the lengths of the pieces from eavesdroppers. A batch does not need it.
            body.putObject("stream_options").put("include_obfuscation", false);
        }
        JsonNode extraBody = given(request.extraBody());
        if (extraBody != null) {
            merge(body, extraBody);
        }
        return body;
    }

    private static JsonNode input(UserPrompt prompt, @Nullable JsonNode responseFormat) {
        JsonNode input = prompt instanceof UserPrompt.Items several
                ? items(several.items())
                : TextNode.valueOf(((UserPrompt.Text) prompt).text());
        return ResponseFormat.isJsonObject(responseFormat) ? JsonHint.added(input) : input;
    }

    /** An item without a type is a message. The type is added, since OpenAI's own models need it. */
    private static JsonNode items(List<JsonNode> items) {
        var copy = NODES.arrayNode(items.size());
        for (JsonNode item : items) {
            ObjectNode typed = item.deepCopy();
            if (given(typed.get("type")) == null) {
                typed.put("type", "message");
            }
            copy.add(typed);
        }
        return copy;
    }

    private static @Nullable JsonNode text(ResponsesRequest request) {
        JsonNode format = given(request.responseFormat());
        if (format == null && request.verbosity() == null) {
            return null;
        }
        ObjectNode text = format == null ? NODES.objectNode() : ResponseFormat.toText(format);
        set(text, "verbosity", request.verbosity());
        return text;
    }

    private static @Nullable JsonNode reasoning(ResponsesRequest request) {
        ObjectNode reasoning = NODES.objectNode();
        set(reasoning, "effort", request.reasoningEffort());
        set(reasoning, "summary", request.reasoningSummary());
        return reasoning.isEmpty() ? null : reasoning;
    }

    private static void tools(ObjectNode body, ResponsesRequest request) {
        JsonNode tools = given(request.tools());
        if (tools != null) {
            body.set("tools", Tools.flat(tools));
        }
        JsonNode choice = given(request.toolChoice());
        if (choice != null) {
            body.set("tool_choice", Tools.flatChoice(choice));
        }
    }

    /**
     * Merges objects field by field, so that {@code reasoning} with one field keeps the others. Replaces everything
     * else.
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

    /** The value, unless it is missing or the null of JSON. */
    private static @Nullable JsonNode given(@Nullable JsonNode value) {
        return value == null || value.isNull() || value.isMissingNode() ? null : value;
    }

    /** @param value of any type that a request's parameter has */
    private static void set(ObjectNode object, String field, @Nullable Object value) {
        if (value instanceof JsonNode tree) {
            if (given(tree) != null) {
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
