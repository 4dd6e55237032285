package io.github.genaistreams.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.jspecify.annotations.Nullable;

/** Values of a request's fields: those that are left out, and those that are given as a text. */
final class RequestValues {

    private RequestValues() {}

    static int or(@Nullable Integer value, int fallback) {
        return value == null ? fallback : value;
    }

    static boolean or(@Nullable Boolean value, boolean fallback) {
        return value == null ? fallback : value;
    }

    /** @throws IllegalArgumentException if it is not JSON; the message names the field */
    static @Nullable JsonNode parsed(String field, @Nullable String json) {
        try {
            return json == null ? null : new JsonMapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("`" + field + "` is not JSON", e);
        }
    }
}
