package io.github.genaistreams.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Json;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether an answer is what its JSON schema asks for. Draft 2020-12 unless the schema names another one. References
 * outside the schema are not followed: a record must not make this program open addresses or files. Immutable and
 * thread-safe; a check can take long, since schemas have regular expressions.
 */
public final class OutputCheck {

    private static final int MAX_VIOLATIONS = 10;
    private static final int MAX_VIOLATION_LENGTH = 300;

    /**
     * One way in which an answer differs from its schema.
     *
     * @param at   JSON Pointer into the answer, empty for all of it
     * @param what what is wrong there, for people and models
     */
    public record Violation(String at, String what) {
        @Override
        public String toString() {
            return (at.isEmpty() ? "" : at + ": ") + what;
        }
    }

    /** The items of a batch share their schema, and making a check of one takes long. */
    private static final int MAX_KNOWN = 32;

    private static final Map<JsonNode, OutputCheck> KNOWN =
            Collections.synchronizedMap(new LinkedHashMap<>(MAX_KNOWN, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<JsonNode, OutputCheck> eldest) {
                    return size() > MAX_KNOWN;
                }
            });

    private final Schema schema;

    /**
     * The check of a request's answers; the same for the same schema.
     *
     * @param request has a JSON schema as its response format
     * @throws RuntimeException if nothing can be checked with that schema; its message says why
     */
    public static OutputCheck of(ResponsesRequest request) {
        JsonNode format = ResponseFormat.formatOf(request.responseFormat());
        JsonNode schema = ResponseFormat.schemaFieldsOf(format).path("schema");
        OutputCheck known = KNOWN.get(schema);
        if (known == null) {
            known = new OutputCheck(schema.deepCopy());
            KNOWN.put(schema.deepCopy(), known);
        }
        return known;
    }

    /** Why nothing can be checked with a request's schema; empty if all is well. */
    static Optional<String> flaw(ResponsesRequest request) {
        try {
            of(request);
            return Optional.empty();
        } catch (RuntimeException | StackOverflowError e) {
            return Optional.of(shortened(String.valueOf(e.getMessage())));
        }
    }

    private OutputCheck(JsonNode schema) {
        this.schema = SchemaRegistry.withDefaultDialect(
                        SpecificationVersion.DRAFT_2020_12, registry -> registry.schemaLoader(
                                        loader -> loader.allow(address -> isMetaSchema(address.toString())))
                                .schemaRegistryConfig(SchemaRegistryConfig.builder()
                                        .pathType(PathType.JSON_POINTER)
                                        .build()))
                .getSchema(schema);
        // Finds references that lead nowhere, and patterns that are none, before an answer is paid for.
        this.schema.initializeValidators();
    }

    /** Those come with the library. */
    private static boolean isMetaSchema(String address) {
        return address.startsWith("https://json-schema.org/draft/")
                || address.startsWith("http://json-schema.org/draft-");
    }

    /** What is wrong with the text, the first of it; empty if it is as asked for. */
    public List<Violation> violations(String text) {
        JsonNode json;
        try {
            json = Json.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return List.of(new Violation("", "the answer is not one JSON value and nothing else"));
        }
        if (json.isMissingNode()) {
            return List.of(new Violation("", "the answer is empty"));
        }
        return schema.validate(json).stream()
                .map(error -> new Violation(error.getInstanceLocation().toString(), shortened(error.getMessage())))
                .sorted((a, b) -> a.toString().compareTo(b.toString()))
                .distinct()
                .limit(MAX_VIOLATIONS)
                .toList();
    }

    private static String shortened(String message) {
        return message.length() <= MAX_VIOLATION_LENGTH ? message : message.substring(0, MAX_VIOLATION_LENGTH) + "…";
    }
}
