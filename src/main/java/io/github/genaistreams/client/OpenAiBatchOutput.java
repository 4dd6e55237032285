package io.github.genaistreams.client;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import java.util.Optional;

/**
 * Results in the format that OpenAI's Batch API writes, one JSON object for each.
 *
 * <pre>
 *   an answer            response {200, the answer}           error null
 *   refused by the API   response {its status, {error: ...}}  error null
 *   anything else        response null                        error {code, message}
 * </pre>
 *
 * <p>An answer may be a failure only for this program, for example a truncated one with {@code fail_on_incomplete}. It
 * is written as the API would write it, with its own status.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch/request-output">Request output</a>
 */
public final class OpenAiBatchOutput {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int OK = 200;

    /** The error for the result of a document, and for a success without an answer that another program has written. */
    private static final CallError NO_ANSWER = CallError.internal("The result has no answer of the Responses API");

    private OpenAiBatchOutput() {}

    /** @param customId the item's custom ID; if it is empty, the line has the index instead */
    public static ObjectNode line(CallResult result, Optional<String> customId) {
        ObjectNode line = NODES.objectNode()
                .put("id", "batch_req_" + result.batchId() + "-" + result.index())
                .put("custom_id", customId.orElseGet(() -> Integer.toString(result.index())));
        if (result.rawResponse() != null && !result.rawResponse().isNull()) {
            line.set("response", response(OK, result).set("body", result.rawResponse()));
            return line.putNull("error");
        }
        CallError error = result.error() == null ? NO_ANSWER : result.error();
        Integer status = error.httpStatus();
        if (status != null && status != OK) {
            ObjectNode response = response(status, result);
            response.putObject("body")
                    .putObject("error")
                    .put("message", error.message())
                    .put("type", error.type())
                    .put("param", error.param())
                    .put("code", error.code());
            line.set("response", response);
            return line.putNull("error");
        }
        line.putNull("response")
                .putObject("error")
                .put("code", error.code() == null ? error.type() : error.code())
                .put("message", error.message());
        return line;
    }

    private static ObjectNode response(int status, CallResult result) {
        return NODES.objectNode().put("status_code", status).put("request_id", result.requestId());
    }
}
