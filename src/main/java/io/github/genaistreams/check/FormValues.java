package io.github.genaistreams.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.wire.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values of form fields that a request may give as JSON or as its text. */
public final class FormValues {

    private FormValues() {}

    /**
     * The words of a comma-separated text, of a list of texts, or of the text of such a list; none for anything else,
     * including the text of an object.
     */
    public static List<String> words(@Nullable JsonNode value) {
        List<String> words = new ArrayList<>();
        if (value == null || object(value) != null) {
            return words;
        }
        if (value.isTextual() && value.textValue().strip().startsWith("[")) {
            JsonNode list = tree(value.textValue());
            return list != null && list.isArray() ? words(list) : words;
        }
        if (value.isTextual()) {
            for (String word : value.textValue().split(",")) {
                if (!word.isBlank()) {
                    words.add(word.strip());
                }
            }
        } else if (value.isArray()) {
            for (JsonNode word : value) {
                if (!word.isTextual() || word.textValue().isBlank()) {
                    return List.of();
                }
                words.add(word.textValue().strip());
            }
        }
        return words;
    }

    /** An object, also from its text. Null for anything else. */
    public static @Nullable ObjectNode object(@Nullable JsonNode value) {
        if (value instanceof ObjectNode object) {
            return object;
        }
        if (value == null || !value.isTextual() || !value.textValue().strip().startsWith("{")) {
            return null;
        }
        return tree(value.textValue()) instanceof ObjectNode object ? object : null;
    }

    /** Null if the text is not JSON. */
    private static @Nullable JsonNode tree(String json) {
        try {
            return Json.MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            return null;
        }
    }
}
