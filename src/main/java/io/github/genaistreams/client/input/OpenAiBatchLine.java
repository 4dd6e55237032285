package io.github.genaistreams.client.input;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.Set;

/**
 * A line of an input file for OpenAI's Batch API: {@code {custom_id, method: POST, url: /v1/responses, body}}.
 *
 * @param customId the custom ID of the line; not blank
 * @param body     the body of the call
 * @see <a href="https://platform.openai.com/docs/guides/batch">Batch API</a>
 */
record OpenAiBatchLine(String customId, ObjectNode body) {

    private static final String CUSTOM_ID = "custom_id";
    private static final String METHOD = "method";
    private static final String URL = "url";
    private static final String BODY = "body";
    private static final Set<String> FIELDS = Set.of(CUSTOM_ID, METHOD, URL, BODY);
    private static final String RESPONSES = "/v1/responses";

    /**
     * Whether the object is meant to be such a line. A request in this program's own form may have a custom ID, but none of
     * the other fields.
     */
    static boolean isOne(ObjectNode object) {
        return object.has(BODY) || object.has(METHOD) || object.has(URL);
    }

    /**
     * Removes the custom ID from a line of either form, and returns it; empty if there is none.
     *
     * @throws RequestFileException if it is not a text
     */
    static Optional<String> takeCustomId(ObjectNode object, long line) {
        JsonNode customId = object.remove(CUSTOM_ID);
        if (customId == null || customId.isNull()) {
            return Optional.empty();
        }
        if (!customId.isTextual() || customId.textValue().isBlank()) {
            throw new RequestFileException(line, "`custom_id` must be a string that is not blank");
        }
        return Optional.of(customId.textValue());
    }

    /** @throws RequestFileException if it is not such a line, or is for another API */
    static OpenAiBatchLine of(ObjectNode object, long line) {
        object.fieldNames().forEachRemaining(field -> {
            if (!FIELDS.contains(field)) {
                throw new RequestFileException(
                        line,
                        "`" + field + "` is not a field of OpenAI's Batch API, which is the format of the first line;"
                                + " use custom_id, method, url and body");
            }
        });
        String customId = takeCustomId(object, line)
                .orElseThrow(() -> new RequestFileException(line, "`custom_id` must be a string that is not blank"));
        if (!object.path(METHOD).asText().equals("POST")) {
            throw new RequestFileException(line, "`method` must be POST");
        }
        if (!object.path(URL).asText().equals(RESPONSES)) {
            throw new RequestFileException(line, "`url` must be " + RESPONSES + "; other APIs are not supported");
        }
        if (!(object.get(BODY) instanceof ObjectNode body)) {
            throw new RequestFileException(line, "`body` must be an object");
        }
        return new OpenAiBatchLine(customId, body);
    }
}
