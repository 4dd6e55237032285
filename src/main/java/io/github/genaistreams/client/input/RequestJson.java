package io.github.genaistreams.client.input;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON of an input as requests. A value that a line does not set comes from the template. The wire decoder
 * decides whether a field is valid, so a file is refused for the same reasons as a record.
 */
final class RequestJson {

    static final String USER_PROMPTS = "user_prompts";
    static final String USER_PROMPT = "user_prompt";

    /** Placeholder for the batch ID, which a file does not have. */
    private static final String ANY_BATCH = "file";

    private static final JsonMapper MAPPER = JsonMapper.builder(new JsonFactoryBuilder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private final RequestDecoder<ResponsesRequest> decoder = RequestDecoder.responses();
    private final ObjectNode defaults;

    RequestJson(ResponsesRequest template) {
        try {
            byte[] json = Codecs.RESPONSES_REQUEST.encode(template, WireFormat.JSON);
            defaults = ((ObjectNode) MAPPER.readTree(json)).without(List.of("batch_id", "index", "batch_size"));
        } catch (IOException e) {
            throw new IllegalArgumentException("the template is not a request", e);
        }
    }

    /** The text as one JSON object; null if it is incomplete, like the first line of a value over several lines. */
    @Nullable
    ObjectNode objectOrNull(String text, long line) {
        try {
            return object(MAPPER.readTree(text), line);
        } catch (JsonEOFException e) {
            return null;
        } catch (JsonProcessingException e) {
            throw fault(e, line);
        }
    }

    /** The text as one JSON object; {@code line} is where it starts. */
    ObjectNode object(String text, long line) {
        try {
            return object(MAPPER.readTree(text), line);
        } catch (JsonProcessingException e) {
            throw fault(e, line);
        }
    }

    /** Whether the text is an array, which some users mistake for a list of requests. */
    boolean isArray(String text) {
        String line = text.strip();
        try {
            return MAPPER.readTree(line.endsWith(",") ? line.substring(0, line.length() - 1) : line)
                    .isArray();
        } catch (JsonEOFException e) {
            // Incomplete but valid JSON is the first line of an array over several lines.
            return line.startsWith("[");
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /** Whether the text is a request in JSON, as in a line of a JSON file. */
    boolean isRequest(String text) {
        if (!text.stripLeading().startsWith("{")) {
            return false;
        }
        try {
            JsonNode tree = MAPPER.readTree(text);
            return tree.has(USER_PROMPT) || tree instanceof ObjectNode object && OpenAiBatchLine.isOne(object);
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /** A plain prompt as a request. */
    ResponsesRequest prompt(String prompt, int index, long line) {
        return decoded(JsonNodeFactory.instance.objectNode().put(USER_PROMPT, prompt), index, line, "");
    }

    /** One line of JSON as a request. */
    ResponsesRequest request(ObjectNode fields, int index, long line) {
        if (fields.has(USER_PROMPTS)) {
            throw new RequestFileException(
                    line, "an object with `user_prompts` is a whole batch and must be the only value of the file");
        }
        return decoded(fields, index, line, "");
    }

    /** A body of the API as a request. */
    ResponsesRequest body(ObjectNode body, int index, long line) {
        return decoded(WireBody.fields(body, defaults.get(WireBody.EXTRA_BODY), line), index, line, "body: ");
    }

    /** A whole batch in one value as its requests. */
    List<ResponsesRequest> wholeBatch(ObjectNode batch, long line) {
        JsonNode prompts = batch.get(USER_PROMPTS);
        if (prompts == null) {
            throw new RequestFileException(
                    line,
                    "a JSON object over several lines is a whole batch and needs `user_prompts`; write separate"
                            + " requests as one object per line");
        }
        if (!prompts.isArray() || prompts.isEmpty()) {
            throw new RequestFileException(line, "`user_prompts` must be a list with at least one text");
        }
        if (batch.has(USER_PROMPT)) {
            throw new RequestFileException(line, "`user_prompt` and `user_prompts` cannot be used together");
        }
        ObjectNode common = batch.deepCopy();
        common.remove(USER_PROMPTS);
        var requests = new ArrayList<ResponsesRequest>(prompts.size());
        ResponsesRequest first = null;
        for (int index = 0; index < prompts.size(); index++) {
            JsonNode prompt = prompts.get(index);
            boolean isPrompt = prompt.isTextual() || prompt.isArray();
            if (!isPrompt || UserPrompt.of(prompt).isBlank()) {
                throw new RequestFileException(
                        line,
                        "`user_prompts[" + index + "]` must be a string that is not blank, or a list of input items");
            }
            if (first == null) {
                first = decoded(common.set(USER_PROMPT, prompt), index, line, "whole batch: ");
            }
            requests.add(first.toBuilder()
                    .index(index)
                    .userPrompt(UserPrompt.of(prompt))
                    .buildUnchecked());
        }
        return requests;
    }

    private ResponsesRequest decoded(ObjectNode fields, int index, long line, String where) {
        for (String placed : List.of("batch_id", "index", "batch_size")) {
            if (fields.has(placed)) {
                throw new RequestFileException(
                        line,
                        where + "`" + placed + "` must not be given; it is set on submit, from the order of the"
                                + " requests");
            }
        }
        ObjectNode all = defaults.deepCopy();
        fields.properties().forEach(field -> {
            if (!field.getValue().isNull() || !defaults.has(field.getKey())) {
                all.set(field.getKey(), field.getValue());
            }
        });
        all.put("batch_id", ANY_BATCH).put("index", index);
        Decoded<ResponsesRequest> decoded = decoder.decode(bytes(all));
        if (decoded instanceof Decoded.Valid<ResponsesRequest> valid) {
            return valid.request().toBuilder().batchId(null).buildUnchecked();
        }
        String reason = decoded instanceof Decoded.Invalid<ResponsesRequest> invalid
                ? invalid.error().message()
                : ((Decoded.Unreadable<ResponsesRequest>) decoded).reason();
        throw new RequestFileException(line, where + reason);
    }

    private static byte[] bytes(ObjectNode tree) {
        try {
            return MAPPER.writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ObjectNode object(JsonNode tree, long line) {
        if (tree instanceof ObjectNode object) {
            return object;
        }
        throw new RequestFileException(line, "this must be a JSON object, like the first line");
    }

    /** Jackson's own message may quote the text. */
    private static RequestFileException fault(JsonProcessingException e, long firstLine) {
        var at = e.getLocation();
        long line = at == null ? firstLine : firstLine + at.getLineNr() - 1;
        String column = at == null ? "" : " near column " + at.getColumnNr();
        String what = e instanceof JsonEOFException
                ? "the JSON object has no end"
                : e instanceof JsonParseException
                        ? "this is not JSON, repeats a field or contains more than one object" + column
                        : "there is more than one JSON object here" + column;
        return new RequestFileException(line, what + "; the input is read as JSON because it starts with {");
    }
}
