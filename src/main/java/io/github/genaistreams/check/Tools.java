package io.github.genaistreams.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;

/**
 * Converts {@code tools} and {@code tool_choice} from the Chat spelling, where a function's fields are one level down,
 * to the flat form of the Responses API. The flat form, and every other kind of tool, stays unchanged.
 *
 * <pre>
 *   {type: function, function: {name, ...}}   {type: function, name, ..., strict: false unless given}
 *   {type: custom, custom: {name, ...}}       {type: custom, name, ...}
 * </pre>
 *
 * A function of the Chat API is not strict by default. In the flat form, a missing {@code strict} makes the API apply a
 * strict schema, in which optional parameters are mandatory.
 *
 * @see <a href="https://platform.openai.com/docs/guides/migrate-to-responses">Migrate to the Responses API</a>
 */
public final class Tools {

    private static final String FUNCTION = "function";
    private static final Set<String> NESTED = Set.of(FUNCTION, "custom", "allowed_tools", "grammar");

    private Tools() {}

    /** The tools to send, as new objects; {@code tools} is a list of objects. */
    public static ArrayNode flat(JsonNode tools) {
        ArrayNode flat = JsonNodeFactory.instance.arrayNode(tools.size());
        tools.forEach(tool -> flat.add(flatTool(tool)));
        return flat;
    }

    /** The choice to send: a word unchanged, an object as a new one. */
    public static JsonNode flatChoice(JsonNode choice) {
        if (!choice.isObject()) {
            return choice;
        }
        JsonNode flat = lifted(choice);
        if (flat.path("tools").isArray()) {
            ArrayNode allowed = JsonNodeFactory.instance.arrayNode();
            flat.get("tools").forEach(tool -> allowed.add(lifted(tool)));
            ((ObjectNode) flat).set("tools", allowed);
        }
        return flat;
    }

    /** The object with a tool's own fields: one level down in the Chat spelling. */
    static JsonNode fieldsOf(JsonNode tool) {
        return isNested(tool) ? tool.get(tool.get("type").textValue()) : tool;
    }

    static boolean isNested(JsonNode tool) {
        String type = tool.path("type").asText();
        return NESTED.contains(type) && tool.path(type).isObject();
    }

    private static JsonNode flatTool(JsonNode tool) {
        JsonNode flat = lifted(tool);
        if (!isNested(tool)) {
            return flat;
        }
        var lifted = (ObjectNode) flat;
        if (tool.path("type").asText().equals(FUNCTION)) {
            if (!lifted.hasNonNull("strict")) {
                lifted.put("strict", false);
            }
            if (!lifted.hasNonNull("parameters")) {
                // In Chat, this is a function without parameters.
                lifted.putObject("parameters").put("type", "object").putObject("properties");
            }
        } else if (lifted.has("format")) {
            lifted.set("format", lifted(lifted.get("format")));
        }
        return lifted;
    }

    private static JsonNode lifted(JsonNode object) {
        if (!isNested(object)) {
            return object.deepCopy();
        }
        String type = object.get("type").textValue();
        ObjectNode lifted = JsonNodeFactory.instance.objectNode().put("type", type);
        object.properties().stream()
                .filter(field -> !field.getKey().equals(type))
                .forEach(field -> lifted.set(field.getKey(), field.getValue().deepCopy()));
        object.get(type)
                .properties()
                .forEach(field -> lifted.set(field.getKey(), field.getValue().deepCopy()));
        return lifted;
    }
}
