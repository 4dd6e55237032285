package io.github.genaistreams.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * {@code response_format} in its three common spellings, as the {@code text} object of the Responses API:
 *
 * <ul>
 * <li>Chat: {@code {type: json_schema, json_schema: {name, schema, strict}}}: lifted by one level
 * <li>Responses: {@code {type, name, schema, strict}}
 * <li>Responses with its wrapper: {@code {format: {...}}}
 * </ul>
 *
 * A JSON schema without a name is called {@code response}. In the Chat spelling, a schema without {@code strict} is
 * strict, as users of that spelling expect. The API's own spellings keep the API's default, which is not strict.
 *
 * @see <a href="https://platform.openai.com/docs/guides/structured-outputs">Structured outputs</a>
 */
public final class ResponseFormat {

    static final String DEFAULT_NAME = "response";

    private ResponseFormat() {}

    static boolean isUnset(@Nullable JsonNode responseFormat) {
        return responseFormat == null || responseFormat.isNull() || responseFormat.isMissingNode();
    }

    /**
     * The requested {@code text.format} object, without its wrapper; not an object if the request's value is not one.
     */
    static JsonNode formatOf(JsonNode responseFormat) {
        return responseFormat.has("format") ? responseFormat.get("format") : responseFormat;
    }

    /** The object with the schema's own fields: one level down in the Chat spelling. */
    static JsonNode schemaFieldsOf(JsonNode format) {
        return format.has("json_schema") ? format.get("json_schema") : format;
    }

    public static boolean isJsonObject(@Nullable JsonNode responseFormat) {
        return hasType("json_object", responseFormat);
    }

    static boolean isJsonSchema(@Nullable JsonNode responseFormat) {
        return hasType("json_schema", responseFormat);
    }

    private static boolean hasType(String type, @Nullable JsonNode responseFormat) {
        return responseFormat != null
                && !isUnset(responseFormat)
                && type.equals(formatOf(responseFormat).path("type").asText());
    }

    /** The {@code text} object to send, a new one; the request's is not changed. */
    public static ObjectNode toText(JsonNode responseFormat) {
        ObjectNode text = JsonNodeFactory.instance.objectNode();
        if (responseFormat.has("format")) {
            // Fields next to the format ({verbosity: low}) also belong to text.
            text.setAll((ObjectNode) responseFormat.deepCopy());
        }
        JsonNode format = formatOf(responseFormat);
        text.set("format", "json_schema".equals(format.path("type").asText()) ? schema(format) : format.deepCopy());
        return text;
    }

    private static ObjectNode schema(JsonNode format) {
        ObjectNode flat = JsonNodeFactory.instance.objectNode().put("type", "json_schema");
        schemaFieldsOf(format).properties().forEach(field -> {
            if (!field.getKey().equals("type") && !field.getValue().isNull()) {
                flat.set(field.getKey(), field.getValue().deepCopy());
            }
        });
        if (!flat.has("name")) {
            flat.put("name", DEFAULT_NAME);
        }
        if (format.has("json_schema") && !flat.has("strict")) {
            flat.put("strict", true);
        }
        return flat;
    }
}
