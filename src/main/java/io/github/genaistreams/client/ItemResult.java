package io.github.genaistreams.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.client.content.ResponseTexts;
import io.github.genaistreams.client.content.ResponseView;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.Topics;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One item's result in short, for a prompt or a document; {@link #details()} has the complete record.
 *
 * @param success     whether the API gave the requested answer
 * @param rawResponse the API's answer as JSON text; null if there was none
 * @param usage       tokens used; null if unknown
 * @param error       why it failed; null on success, like the next four
 * @param errorType   the API's error type, or one of this program, such as {@code timeout}
 * @param param       the invalid parameter
 * @param code        the API's error code
 * @param isRetriable whether a later attempt may succeed
 * @param attempts    attempts made
 * @param customId    the custom ID that the item was submitted with, if it had one
 * @param fileName    the document's file name at submission, if it had one
 * @param headers     the headers that the item was submitted with, as texts, without those of this program
 *     ({@code genai.})
 * @param details     the record that the result topic holds
 */
public record ItemResult(
        boolean success,
        @Nullable String rawResponse,
        @Nullable Usage usage,
        @Nullable String error,
        @Nullable String errorType,
        @Nullable String param,
        @Nullable String code,
        @Nullable Boolean isRetriable,
        int attempts,
        @Nullable String customId,
        @Nullable String fileName,
        Map<String, String> headers,
        CallResult details) {

    public ItemResult {
        headers = Map.copyOf(headers);
    }

    /** The result without custom ID, file name and headers, which are not in the record's value. */
    public static ItemResult of(CallResult result) {
        return of(result, null, null, Map.of());
    }

    /** The result that the reader has returned last. */
    static ItemResult of(CallResult result, BatchResults reader) {
        int index = result.index();
        return of(
                result,
                reader.customId(index).orElse(null),
                reader.fileName(index).orElse(null),
                reader.headers(index));
    }

    private static ItemResult of(
            CallResult result, @Nullable String customId, @Nullable String fileName, Map<String, String> headers) {
        CallError error = result.error();
        JsonNode raw = isDocument(result) ? result.jsonResponse() : result.rawResponse();
        return new ItemResult(
                result.success(),
                raw == null ? null : raw.toString(),
                result.usage(),
                error == null ? null : error.message(),
                error == null ? null : error.type(),
                error == null ? null : error.param(),
                error == null ? null : error.code(),
                error == null ? null : error.isRetriable(),
                result.attempts(),
                customId,
                fileName,
                headers,
                result);
    }

    private static boolean isDocument(CallResult result) {
        return Topics.DOCUMENTS.equals(result.api());
    }

    /** The text of the answer, {@code ""} for a failure; see {@link ResponseTexts} and {@link DocumentContents}. */
    public String text() {
        return isDocument(details) ? DocumentContents.of(details) : ResponseTexts.of(details);
    }

    /** The parts of the answer to a prompt: texts, tool calls, refusals, reasoning, parsed JSON. */
    public ResponseView response() {
        return ResponseView.of(details);
    }

    private static ObjectNode usageJson(Usage usage) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("input_tokens", usage.inputTokens())
                .put("output_tokens", usage.outputTokens())
                .put("total_tokens", usage.totalTokens());
        usage.inputTokensDetails().forEach(json.putObject("input_tokens_details")::put);
        usage.outputTokensDetails().forEach(json.putObject("output_tokens_details")::put);
        return json;
    }

    /** The result without its answer. */
    @Override
    public String toString() {
        return "ItemResult[" + details.batchId() + "/" + details.index() + ", "
                + (success ? "ok" : "failed: " + (code == null ? errorType : code)) + "]";
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("success", success);
        if (success) {
            json.put("raw_response", rawResponse);
            if (usage != null) {
                json.set("usage", usageJson(usage));
            }
            return json;
        }
        return json.put("error", error)
                .put("error_type", errorType)
                .put("param", param)
                .put("code", code)
                .put("is_retriable", isRetriable)
                .put("attempts", attempts);
    }
}
