package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.ResponsesRequest;
import java.util.regex.Pattern;

/**
 * A request as the body of {@code POST /v1/responses}. A parameter that is not set is left out, so the API's default
 * holds.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response</a>
 */
final class ResponsesBody {

    /** The API refuses {@code json_object} unless the input speaks of JSON. */
    static final String JSON_HINT = " Respond in JSON format.";

    private static final Pattern JSON = Pattern.compile("json", Pattern.CASE_INSENSITIVE);

    private ResponsesBody() {}

    static ObjectNode of(ResponsesRequest request) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("model", request.model());
        if (request.systemPrompt() != null) {
            body.put("instructions", request.systemPrompt());
        }
        body.put("input", input(request));
        if (!ResponseFormat.isUnset(request.responseFormat())) {
            body.set("text", ResponseFormat.toText(request.responseFormat()));
        }
        if (request.maxOutputTokens() != null) {
            body.put("max_output_tokens", request.maxOutputTokens());
        }
        if (request.temperature() != null) {
            body.put("temperature", request.temperature());
        }
        return body;
    }

    /** The same as UTF-8. */
    static byte[] bytesOf(ResponsesRequest request) throws JsonProcessingException {
        return Json.MAPPER.writeValueAsBytes(of(request));
    }

    private static String input(ResponsesRequest request) {
        String prompt = request.userPrompt();
        boolean needsHint = ResponseFormat.isJsonObject(request.responseFormat())
                && !JSON.matcher(prompt).find();
        return needsHint ? prompt + JSON_HINT : prompt;
    }
}
