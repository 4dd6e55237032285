package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * JSON that was read once, to its end: a tree of the parts that are needed, and the complete text. The text goes into a
 * record unchanged, except for white space and unnecessary escapes.
 *
 * @param seen the needed parts
 * @param all  the complete text
 */
public record JsonReading(JsonNode seen, RawJson all) {

    /** Less than the limit of record readers, since the record adds a level. */
    public static final int MAX_DEPTH = StreamReadConstraints.DEFAULT_MAX_DEPTH - 100;

    /** As strict as readers of records, so that none of them refuses the copied text. */
    private static final JsonFactory STRICT = Mappers.limits(new JsonFactoryBuilder(), MAX_DEPTH)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .build();

    /**
     * Selects the needed parts.
     *
     * @param isWhole whether everything is needed
     * @param fields  otherwise the needed parts of fields, by name
     * @param each    the needed parts of other fields, and of each element of a list; null for none
     */
    public record Parts(
            boolean isWhole,
            Map<String, Parts> fields,
            @Nullable Parts each) {

        public static final Parts WHOLE = new Parts(true, Map.of(), null);

        /** These fields of an object. */
        public static Parts of(Map<String, Parts> fields) {
            return new Parts(false, fields, null);
        }

        /** The same for each element of a list, or for each field of an object in its place. */
        public static Parts each(Parts parts) {
            return new Parts(false, Map.of(), parts);
        }

        private @Nullable Parts in(String field) {
            return isWhole ? this : fields.getOrDefault(field, each);
        }

        private @Nullable Parts inList() {
            return isWhole ? this : each;
        }
    }

    /**
     * Reads a text. Empty if it is not one JSON value in UTF-8, or contains something that record readers refuse: a
     * repeated name, a number beyond the limits, too deep nesting.
     */
    public static Optional<JsonReading> of(byte[] json, Parts parts) {
        if (!Utf8.isValid(json, 0)) {
            return Optional.empty();
        }
        try (JsonParser parser = STRICT.createParser(json)) {
            if (parser.nextToken() == null) {
                return Optional.empty();
            }
            JsonNode seen = needed(parser, parts);
            return parser.nextToken() == null
                    ? Optional.of(new JsonReading(seen, RawJson.ofText(CompactJson.of(json))))
                    : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Reads the value that has begun; null if it is not needed. */
    private static @Nullable JsonNode value(JsonParser parser, @Nullable Parts parts) throws IOException {
        if (parts == null) {
            skip(parser);
            return null;
        }
        return needed(parser, parts);
    }

    private static JsonNode needed(JsonParser parser, Parts parts) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, parts);
            case START_ARRAY -> array(parser, parts);
            case VALUE_STRING -> TextNode.valueOf(parser.getText());
            case VALUE_TRUE -> BooleanNode.TRUE;
            case VALUE_FALSE -> BooleanNode.FALSE;
            case VALUE_NUMBER_FLOAT -> DecimalNode.valueOf(parser.getDecimalValue());
            case VALUE_NUMBER_INT -> integer(parser);
            default -> NullNode.getInstance();
        };
    }

    private static ObjectNode object(JsonParser parser, Parts parts) throws IOException {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            JsonNode value = value(parser, parts.in(name));
            if (value != null) {
                object.set(name, value);
            }
        }
        return object;
    }

    private static ArrayNode array(JsonParser parser, Parts parts) throws IOException {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value(parser, parts.inList()));
        }
        return array;
    }

    private static JsonNode integer(JsonParser parser) throws IOException {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (parser.getNumberType()) {
            case INT -> nodes.numberNode(parser.getIntValue());
            case LONG -> nodes.numberNode(parser.getLongValue());
            default -> nodes.numberNode(parser.getBigIntegerValue());
        };
    }

    private static void skip(JsonParser parser) throws IOException {
        int open = 0;
        for (JsonToken token = parser.currentToken(); token != null; token = parser.nextToken()) {
            if (token == JsonToken.VALUE_NUMBER_FLOAT) {
                // An exponent may exceed that of any decimal number.
                parser.getDecimalValue();
            }
            open += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (open == 0) {
                return;
            }
        }
    }
}
