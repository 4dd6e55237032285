package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.http.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.Predicate;

/**
 * Takes from a response object what results carry beside it.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/object">The response object</a>
 */
final class AnswerReader {

    /** How an answer finished in which the model refuses; also the type of the part that says so. */
    static final String REFUSAL = "refusal";

    private AnswerReader() {}

    static Answer read(JsonNode body, String requestId) {
        return new Answer(
                body,
                outputText(body),
                usage(body.path("usage")),
                Json.text(body, "model"),
                requestId,
                finish(body),
                Json.text(body, "service_tier"));
    }

    /** The status, with its reason if it is incomplete; a refusal has the status completed, but is none. */
    private static String finish(JsonNode body) {
        String status = Json.text(body, "status");
        if ("incomplete".equals(status)) {
            String reason = Json.text(body.path("incomplete_details"), "reason");
            return reason == null ? status : status + ":" + reason;
        }
        if (status != null && !status.equals("completed")) {
            return status;
        }
        return refuses(body) ? REFUSAL : "completed";
    }

    private static boolean refuses(JsonNode body) {
        for (JsonNode item : body.path("output")) {
            if (item.path("type").asText().equals("message")) {
                for (JsonNode part : item.path("content")) {
                    if (part.path("type").asText().equals(REFUSAL)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Every text part of every message that is not empty, each on a line of its own; reasoning and tool calls are not text. */
    private static String outputText(JsonNode body) {
        return text(body, message -> true);
    }

    /** The same without what the model says of its work on the way ({@code phase}: commentary): what was asked for. */
    static String finalText(JsonNode body) {
        return text(body, message -> !"commentary".equals(Json.text(message, "phase")));
    }

    private static String text(JsonNode body, Predicate<JsonNode> messages) {
        var text = new StringJoiner("\n");
        for (JsonNode item : body.path("output")) {
            if (item.path("type").asText().equals("message") && messages.test(item)) {
                for (JsonNode part : item.path("content")) {
                    String piece = part.path("text").asText();
                    if (part.path("type").asText().equals("output_text") && !piece.isEmpty()) {
                        text.add(piece);
                    }
                }
            }
        }
        return text.toString();
    }

    /** Null if nothing was reported; a figure that is missing beside others counts as 0. */
    private static Usage usage(JsonNode usage) {
        if (!usage.path("input_tokens").isNumber()
                && !usage.path("output_tokens").isNumber()) {
            return null;
        }
        long input = usage.path("input_tokens").asLong();
        long output = usage.path("output_tokens").asLong();
        return new Usage(
                input,
                details(usage.path("input_tokens_details")),
                output,
                details(usage.path("output_tokens_details")),
                usage.path("total_tokens").asLong(input + output));
    }

    private static Map<String, Long> details(JsonNode details) {
        var kinds = new HashMap<String, Long>();
        details.properties().forEach(kind -> {
            if (kind.getValue().isIntegralNumber()) {
                kinds.put(kind.getKey(), kind.getValue().asLong());
            }
        });
        return kinds;
    }
}
