package io.github.genaistreams.client.content;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.exc.InvalidDefinitionException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.util.Map;

/** JSON that a model wrote. Error messages never quote it; Jackson's own messages do. */
public final class OutputJson {

    /** Ignores fields that the type does not have. A missing number is an error, not 0. Amounts keep their decimals. */
    public static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNameLength(Integer.MAX_VALUE)
                            .build())
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build())
            .addModule(new JavaTimeModule())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** The problem, as the end of a sentence; without a cause, which would quote the text. */
    static final class JsonProblem extends Exception {
        JsonProblem(String message) {
            super(message);
        }
    }

    private OutputJson() {}

    /** @throws JsonProblem if the text is not one JSON value */
    static JsonNode parse(String text) throws JsonProblem {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String place = at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
            throw new JsonProblem("its text is not JSON" + place);
        }
    }

    /**
     * @throws JsonProblem if the JSON has another shape, or is null
     * @throws IllegalArgumentException if JSON cannot be read into the type
     */
    static <T> T bind(JsonNode json, JavaType type) throws JsonProblem {
        T value;
        try {
            value = MAPPER.readerFor(type).readValue(json);
        } catch (InvalidDefinitionException e) {
            throw new IllegalArgumentException(type.toCanonical() + " cannot be read from JSON", e);
        } catch (IOException e) {
            String path = e instanceof JsonMappingException mapping ? path(mapping) : "";
            String place = path.isEmpty() ? "" : " at " + path;
            throw new JsonProblem("the JSON in its text does not match " + type.toCanonical() + place);
        }
        if (value == null) {
            throw new JsonProblem("the JSON in its text is null");
        }
        return value;
    }

    /** A path such as {@code patients[2].age}. The model chose the keys of a map, so they are left out. */
    private static String path(JsonMappingException e) {
        var path = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else if (isMap(step.getFrom())) {
                path.append("[*]");
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.toString();
    }

    private static boolean isMap(Object from) {
        return from instanceof Map || from instanceof Class<?> type && Map.class.isAssignableFrom(type);
    }
}
