package io.github.genaistreams.client.input;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.ResponsesRequest;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Converts a body of {@code POST /v1/responses} to the fields of a request, so that the body that is sent has the same
 * meaning. A value without a field goes to {@code extra_body}.
 *
 * <pre>
 *   input                      user_prompt
 *   instructions               system_prompt
 *   text.format                response_format
 *   text.verbosity             verbosity
 *   reasoning.effort, .summary reasoning_effort, reasoning_summary
 *   tools, metadata, ...       the same
 *   text.x, reasoning.x, x     extra_body
 * </pre>
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response</a>
 */
final class WireBody {

    static final String EXTRA_BODY = "extra_body";

    private static final Map<String, String> RENAMED = Map.of("input", "user_prompt", "instructions", "system_prompt");

    private static final Map<String, Map<String, String>> LIFTED = Map.of(
            "text", Map.of("format", "response_format", "verbosity", "verbosity"),
            "reasoning", Map.of("effort", "reasoning_effort", "summary", "reasoning_summary"));

    /** Fields of the same name in a request, even if they are sent differently. */
    private static final Set<String> SAME = Set.of("model", "tools", "tool_choice", "stream");

    private WireBody() {}

    /**
     * @param extra fields that go to {@code extra_body} in any case
     * @throws RequestFileException if the body sets {@code stream}, or has neither input nor a prompt template
     */
    static ObjectNode fields(ObjectNode body, @Nullable JsonNode extra, long line) {
        if (body.path("stream").asBoolean()) {
            throw new RequestFileException(line, "body: `stream` must not be set in a batch");
        }
        JsonNode input = body.path("input");
        boolean isNone = input.isMissingNode() || input.isNull();
        if (!input.isTextual() && !input.isArray() && !(isNone && body.hasNonNull("prompt"))) {
            throw new RequestFileException(
                    line, "body: `input` must be a text or a list of input items, unless there is a `prompt`");
        }
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        ObjectNode rest =
                extra instanceof ObjectNode object ? object.deepCopy() : JsonNodeFactory.instance.objectNode();
        body.properties().forEach(field -> {
            String name = field.getKey();
            JsonNode value = field.getValue();
            if (RENAMED.containsKey(name)) {
                fields.set(RENAMED.get(name), value);
            } else if (SAME.contains(name) || ResponsesRequest.SAME_IN_BODY.containsKey(name)) {
                fields.set(name, value);
            } else if (LIFTED.containsKey(name) && value instanceof ObjectNode object) {
                lift(object, LIFTED.get(name), fields, rest, name);
            } else if (!LIFTED.containsKey(name) || !value.isNull()) {
                rest.set(name, value);
            }
        });
        if (!rest.isEmpty()) {
            fields.set(EXTRA_BODY, rest);
        }
        return fields;
    }

    private static void lift(
            ObjectNode object, Map<String, String> names, ObjectNode fields, ObjectNode rest, String parent) {
        object.properties().forEach(field -> {
            String name = names.get(field.getKey());
            if (name != null) {
                fields.set(name, field.getValue());
            } else {
                rest.withObjectProperty(parent).set(field.getKey(), field.getValue());
            }
        });
    }
}
