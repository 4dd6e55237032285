package io.github.genaistreams.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemRules;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The JSON form of results. {@link Codecs} reads both shapes; Avro has only one form. */
public enum ResultShape {
    /** The answer is JSON inside the JSON, and {@code error} is an object. */
    NESTED,

    /**
     * The form of Python batch libraries: the answer is a string that contains JSON ({@code raw_response},
     * {@code json_response}), {@code error} is the message, and {@code error_type}, {@code param}, {@code code},
     * {@code is_retriable} and {@code http_status} are separate fields. All other fields are unchanged.
     */
    FLAT;

    /** No API has a longer name. */
    private static final int MAX_API_LENGTH = 1_000;

    private static final String ERROR = "error";
    private static final String JSON_RESPONSE = "json_response";
    private static final List<String> BESIDE = List.of("param", "code", "is_retriable", "http_status");

    /** A codec that writes results in this shape, and reads both shapes. */
    public Codec<CallResult> codec() {
        return this == FLAT ? Codecs.FLAT_CALL_RESULT : Codecs.CALL_RESULT;
    }

    /** Writes one shape and reads both. */
    static JsonShape<CallResult> of(ResultShape written) {
        return new JsonShape<>() {
            @Override
            public byte[] write(ObjectWriter writer, CallResult result) throws IOException {
                return written == FLAT ? flat(writer, result) : JsonText.utf8(writer, result);
            }

            @Override
            public Optional<JsonNode> standard(JsonNode other) {
                return nested(other);
            }

            @Override
            public CallResult checked(CallResult result) {
                String flaw = flaw(result);
                if (flaw != null) {
                    throw new WireException(flaw);
                }
                return withAnswersAsTrees(result);
            }
        };
    }

    /**
     * The differing fields are appended to the otherwise unchanged record: no number in it is parsed and written again.
     */
    private static byte[] flat(ObjectWriter writer, CallResult result) throws IOException {
        byte[] same = JsonText.utf8(
                writer,
                result.toBuilder()
                        .rawResponse(null)
                        .jsonResponse(null)
                        .error(null)
                        .build());
        ObjectNode other = flatFields(result);
        if (other.isEmpty()) {
            return same;
        }
        byte[] more = JsonText.utf8(Mappers.JSON.writer(), other);
        byte[] both = Arrays.copyOf(same, same.length + more.length - 1);
        both[same.length - 1] = ',';
        System.arraycopy(more, 1, both, same.length, more.length - 1);
        return both;
    }

    private static ObjectNode flatFields(CallResult result) throws IOException {
        ObjectNode fields = Mappers.JSON.createObjectNode();
        if (result.rawResponse() != null) {
            fields.set("raw_response", text(result.rawResponse()));
        }
        boolean isDocument = Topics.DOCUMENTS.equals(result.api());
        if (result.jsonResponse() != null || isDocument) {
            fields.set(JSON_RESPONSE, text(result.jsonResponse()));
        }
        CallError error = result.error();
        if (error != null) {
            fields.put(ERROR, error.message())
                    .put("error_type", error.type())
                    .put("param", error.param())
                    .put("code", error.code())
                    .put("is_retriable", error.isRetriable());
            if (error.httpStatus() != null) {
                fields.put("http_status", error.httpStatus());
            }
        } else if (isDocument) {
            fields.putNull(ERROR);
        }
        return fields;
    }

    private static @Nullable JsonNode text(@Nullable JsonNode answer) throws IOException {
        return answer != null && (answer.isContainerNode() || answer.isPojo())
                ? TextNode.valueOf(ValueCodecs.textOf(answer))
                : answer;
    }

    /** Empty unless it is a flat result whose error must be assembled. */
    private static Optional<JsonNode> nested(JsonNode flat) {
        if (!(flat instanceof ObjectNode json) || !json.path(ERROR).isTextual()) {
            return Optional.empty();
        }
        ObjectNode error = Mappers.JSON.createObjectNode();
        error.set("message", json.get(ERROR));
        move("error_type", json, "type", error);
        BESIDE.forEach(field -> move(field, json, field, error));
        json.set(ERROR, error);
        return Optional.of(json);
    }

    private static void move(String from, ObjectNode json, String to, ObjectNode error) {
        JsonNode value = json.remove(from);
        if (value != null) {
            error.set(to, value);
        }
    }

    private static CallResult withAnswersAsTrees(CallResult result) {
        boolean isText = isText(result.rawResponse()) || isText(result.jsonResponse());
        return isText
                ? result.toBuilder()
                        .rawResponse(tree(result.rawResponse()))
                        .jsonResponse(tree(result.jsonResponse()))
                        .build()
                : result;
    }

    private static boolean isText(@Nullable JsonNode answer) {
        return answer != null && answer.isTextual();
    }

    /** Unchanged if it is a text without an object or a list: an API may answer anything. */
    private static @Nullable JsonNode tree(@Nullable JsonNode answer) {
        JsonNode tree = answer != null && answer.isTextual() ? ValueCodecs.treeOf(answer.textValue()) : null;
        return tree != null && tree.isContainerNode() ? tree : answer;
    }

    /**
     * Why this cannot be a result of a worker. Null if it can. All readers of the result topic use this check, so that
     * all count the same results.
     */
    static @Nullable String flaw(CallResult result) {
        String unnamed = ItemRules.unnamed(result.batchId(), result.index()).orElse(null);
        if (unnamed != null) {
            return unnamed;
        }
        if (result.api() == null || result.api().length() > MAX_API_LENGTH) {
            return "`api` is missing, or too long";
        }
        if (result.submittedAt() == null || result.completedAt() == null) {
            return "`submitted_at` or `completed_at` is missing";
        }
        return result.success() || result.error() != null ? null : "it is a failure without an `error`";
    }
}
