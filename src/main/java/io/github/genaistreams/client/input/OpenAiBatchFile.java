package io.github.genaistreams.client.input;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.ResponsesRequest;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An input file of OpenAI's Batch API, line by line. Lines can be read on after an invalid one. The caller checks for
 * duplicate custom IDs. For one thread.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch/request-input">The request input object</a>
 */
public final class OpenAiBatchFile implements AutoCloseable {

    private static final String URL = "/v1/responses";

    /** Maximum length. The custom ID is stored with each request and each result. */
    private static final int MAX_CUSTOM_ID = 512;

    private final Utf8Lines lines;
    private final RequestJson json;

    /** A line that is not blank. */
    public sealed interface Line {

        /** The line number, from 1. */
        long number();
    }

    /**
     * A request, without a batch ID and an index.
     *
     * @param length number of characters of the line
     */
    public record Valid(long number, String customId, int length, ResponsesRequest request) implements Line {}

    /**
     * A line that is not a request.
     *
     * @param code    error code of OpenAI's validation, such as {@code invalid_json_line}
     * @param param   the invalid field, if it is known
     * @param message the problem, without content of the line's body
     */
    public record Invalid(
            long number, String code, @Nullable String param, String message) implements Line {}

    /**
     * @param in           closed by {@link #close()}
     * @param template     values that a line does not set
     * @param maxLineBytes maximum size of a line
     */
    public OpenAiBatchFile(InputStream in, ResponsesRequest template, int maxLineBytes) {
        this.lines = new Utf8Lines(in, maxLineBytes);
        this.json = new RequestJson(template);
    }

    /**
     * The body of a call as a request, without a batch ID and an index.
     *
     * @throws RequestFileException if it is not a valid request
     */
    public static ResponsesRequest request(ObjectNode body, ResponsesRequest template) {
        return new RequestJson(template).body(body, 0, 1);
    }

    /** The next line that is not blank; empty after the last one. */
    public Optional<Line> next() {
        while (true) {
            try {
                String text = lines.next();
                if (text == null) {
                    return Optional.empty();
                }
                if (!text.isBlank()) {
                    return Optional.of(line(text));
                }
            } catch (RequestFileException e) {
                return Optional.of(invalid("invalid_json_line", null, e));
            }
        }
    }

    private Line line(String text) {
        ObjectNode object;
        try {
            object = json.object(text, lines.number());
        } catch (RequestFileException e) {
            return new Invalid(
                    lines.number(),
                    "invalid_json_line",
                    null,
                    "This line is not exactly one JSON object, or repeats a field.");
        }
        if (object.hasNonNull("custom_id") && !object.path("custom_id").isTextual()) {
            return new Invalid(lines.number(), "invalid_type", "custom_id", "`custom_id` must be a string.");
        }
        if (!object.path("custom_id").isTextual()
                || object.path("custom_id").textValue().isBlank()) {
            return new Invalid(
                    lines.number(),
                    "missing_required_parameter",
                    "custom_id",
                    "`custom_id` must be a string that is not blank.");
        }
        if (object.path("custom_id").textValue().length() > MAX_CUSTOM_ID) {
            return new Invalid(
                    lines.number(),
                    "invalid_value",
                    "custom_id",
                    "`custom_id` has more than " + MAX_CUSTOM_ID + " characters.");
        }
        if (!object.path("method").asText().equals("POST")) {
            return new Invalid(lines.number(), "invalid_method", "method", "`method` must be POST.");
        }
        if (!object.path("url").asText().equals(URL)) {
            return new Invalid(
                    lines.number(), "invalid_url", "url", "`url` must be " + URL + ", like the endpoint of the batch.");
        }
        JsonNode body = object.path("body");
        if (!body.isObject()) {
            return new Invalid(
                    lines.number(),
                    object.hasNonNull("body") ? "invalid_type" : "missing_required_parameter",
                    "body",
                    "`body` must be an object.");
        }
        try {
            var line = OpenAiBatchLine.of(object, lines.number());
            return new Valid(lines.number(), line.customId(), text.length(), json.body(line.body(), 0, lines.number()));
        } catch (RequestFileException e) {
            return invalid("invalid_request", "body", e);
        }
    }

    private Invalid invalid(String code, @Nullable String param, RequestFileException e) {
        return new Invalid(lines.number(), code, param, e.reason());
    }

    @Override
    public void close() {
        lines.close();
    }
}
