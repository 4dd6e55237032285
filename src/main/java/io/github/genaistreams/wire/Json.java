package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.genaistreams.provider.http.HttpSettings;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** JSON for the bodies of the APIs. */
public final class Json {

    /**
     * Strings and names may be as long as the response ({@link HttpSettings#maxResponseBytes}). Jackson's own limit
     * would make a long, paid answer unreadable. Text after the object is an error.
     */
    public static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNameLength(Integer.MAX_VALUE)
                            .maxNestingDepth(JsonReading.MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // Keeps every digit of numbers; 1e400 stays a number.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private static final ObjectReader LENIENT = MAPPER.reader().with(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS);

    private Json() {}

    /**
     * Parses an API's answer. NaN and Infinity, which are not JSON but which some servers send as log probabilities,
     * become strings of that name: the answer is paid for, and every reader can parse it then.
     *
     * @throws IOException if it is otherwise not JSON
     */
    public static JsonNode read(byte[] json) throws IOException {
        try {
            return MAPPER.readTree(json);
        } catch (JsonEOFException cutOff) {
            throw cutOff;
        } catch (JsonParseException | NumberFormatException e) {
            return leniently(json);
        }
    }

    private static JsonNode leniently(byte[] json) throws IOException {
        try {
            return finite(LENIENT.readTree(json));
        } catch (NumberFormatException e) {
            // An exponent that no decimal number has. In binary numbers, it gives 0 or infinity.
            return finite(LENIENT.without(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .readTree(json));
        }
    }

    private static JsonNode finite(JsonNode tree) {
        if (tree instanceof ObjectNode object) {
            object.properties().forEach(field -> field.setValue(finite(field.getValue())));
        } else if (tree instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, finite(array.get(i)));
            }
        }
        boolean isNumber = !(tree.isFloat() || tree.isDouble()) || Double.isFinite(tree.doubleValue());
        return isNumber ? tree : TextNode.valueOf(tree.asText());
    }

    /** A field's text, or a number as text (some servers send {@code "code": 429}); null for anything else. */
    public static @Nullable String text(JsonNode object, String field) {
        JsonNode value = object.path(field);
        return value.isTextual() || value.isNumber() ? value.asText() : null;
    }
}
