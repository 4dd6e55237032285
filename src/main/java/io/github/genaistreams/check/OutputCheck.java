package io.github.genaistreams.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import io.github.genaistreams.model.Problem;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Json;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether an answer conforms to its JSON schema. Draft 2020-12 unless the schema names another one. References outside
 * the schema are not followed: a record must not make this program open URLs or files. Immutable and thread-safe. A
 * check can take long, since schemas contain regular expressions.
 */
public final class OutputCheck {

    private static final int MAX_VIOLATIONS = 10;
    private static final int MAX_VIOLATION_LENGTH = 300;

    /**
     * One difference between an answer and its schema.
     *
     * @param at   JSON Pointer into the answer, empty for the whole
     * @param what the problem, for people and models
     */
    public record Violation(String at, String what) {
        @Override
        public String toString() {
            return (at.isEmpty() ? "" : at + ": ") + what;
        }
    }

    /** The items of a batch share their schema, and preparing a check takes long. */
    private static final int MAX_CACHED = 32;

    private static final Map<JsonNode, OutputCheck> KNOWN =
            Collections.synchronizedMap(new LinkedHashMap<>(MAX_CACHED, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<JsonNode, OutputCheck> eldest) {
                    return size() > MAX_CACHED;
                }
            });

    private final Schema schema;

    /**
     * The check of a request's answers; cached by schema.
     *
     * @param request has a JSON schema as its response format
     * @throws RuntimeException if the schema cannot be used for a check; the message says why
     */
    public static OutputCheck of(ResponsesRequest request) {
        JsonNode format = ResponseFormat.formatOf(Problem.orMissing(request.responseFormat()));
        JsonNode schema = ResponseFormat.schemaFieldsOf(format).path("schema");
        OutputCheck known = KNOWN.get(schema);
        if (known == null) {
            known = new OutputCheck(schema.deepCopy());
            KNOWN.put(schema.deepCopy(), known);
        }
        return known;
    }

    /** Why a request's schema cannot be used for a check; empty if it can. */
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
        // Finds unresolved references and invalid patterns before an answer is paid for.
        this.schema.initializeValidators();
    }

    /** The library contains these. */
    private static boolean isMetaSchema(String address) {
        return address.startsWith("https://json-schema.org/draft/")
                || address.startsWith("http://json-schema.org/draft-");
    }

    /** The text's first problem; empty if it conforms. */
    public List<Violation> violations(String text) {
        JsonNode json;
        try {
            json = Json.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return List.of(new Violation("", "the answer is not exactly one JSON value"));
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
