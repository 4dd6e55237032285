package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.wire.Json;
import io.github.genaistreams.wire.JsonReading;
import io.github.genaistreams.wire.JsonReading.Parts;
import io.github.genaistreams.wire.RawJson;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Takes from a response object what results carry beside it.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/object">The response object</a>
 */
final class AnswerReader {

    /** How an answer finished in which the model refuses; also the type of the part that says so. */
    static final String REFUSAL = "refusal";

    /** Names of models, tiers and reasons are short; what a server sends in their place is in the body whole. */
    private static final int MAX_NAME_LENGTH = 256;

    private static final Parts PART = Parts.of(Map.of("type", Parts.WHOLE, "text", Parts.WHOLE));
    private static final Parts ITEM = Parts.of(Map.of("type", Parts.WHOLE, "content", Parts.each(PART)));

    /** The parts of a completed response that are looked at here. */
    private static final Parts RESPONSE = Parts.of(Map.of(
            "status", Parts.WHOLE,
            "model", Parts.WHOLE,
            "service_tier", Parts.WHOLE,
            "usage", Parts.WHOLE,
            "output", Parts.each(ITEM)));

    private AnswerReader() {}

    /**
     * Reads a response object that is completed, as nearly all are, without a tree of all of it. Empty if it is anything else, or
     * has something in it that only a tree can do with.
     */
    static Optional<Answer> completed(byte[] body, String requestId) {
        return JsonReading.of(body, RESPONSE)
                .filter(read -> isCompleted(read.seen()))
                .map(read -> read(read.seen(), read.all(), requestId));
    }

    private static boolean isCompleted(JsonNode body) {
        JsonNode status = body.path("status");
        return body.path("output").isArray() && (status.isMissingNode() || "completed".equals(status.textValue()));
    }

    static Answer read(JsonNode body, String requestId) {
        return read(body, RawJson.of(body), requestId);
    }

    private static Answer read(JsonNode body, RawJson all, String requestId) {
        String text = outputText(body);
        return new Answer(
                all,
                null,
                text,
                UsageReader.read(body.path("usage")),
                name(body, "model"),
                requestId,
                finish(body, text),
                name(body, "service_tier"),
                null,
                List.of());
    }

    /** The status, with its reason if it is incomplete; a refusal and nothing at all have the status completed, too. */
    private static String finish(JsonNode body, String text) {
        String status = name(body, "status");
        if ("incomplete".equals(status)) {
            String reason = name(body.path("incomplete_details"), "reason");
            return reason == null ? status : status + ":" + reason;
        }
        if (status != null && !status.equals("completed")) {
            return status;
        }
        return refuses(body) ? REFUSAL : text.isEmpty() && !callsTools(body) ? Answer.EMPTY : Answer.COMPLETED;
    }

    private static String name(JsonNode object, String field) {
        String name = Json.text(object, field);
        return name == null || name.length() <= MAX_NAME_LENGTH ? name : name.substring(0, MAX_NAME_LENGTH - 1) + "…";
    }

    /** Whether a response has neither text, nor refusal, nor call of a tool. */
    static boolean isEmpty(JsonNode body) {
        return outputText(body).isEmpty() && !refuses(body) && !callsTools(body);
    }

    static boolean refuses(JsonNode body) {
        for (JsonNode item : body.path("output")) {
            if (isMessage(item)) {
                for (JsonNode part : item.path("content")) {
                    if (part.path("type").asText().equals(REFUSAL)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    static boolean callsTools(JsonNode body) {
        for (JsonNode item : body.path("output")) {
            String type = item.path("type").asText();
            if (type.endsWith("_call") || type.equals("mcp_approval_request")) {
                return true;
            }
        }
        return false;
    }

    static boolean isMessage(JsonNode item) {
        return item.path("type").asText().equals("message");
    }

    /**
     * Every text part of every message with nothing between them, as OpenAI's own libraries join them
     * (https://github.com/openai/openai-python, {@code Response.output_text}); reasoning and tool calls are not text.
     */
    static String outputText(JsonNode body) {
        return text(body, message -> true);
    }

    /** The same without what the model says of its work on the way ({@code phase}: commentary): what was asked for. */
    static String finalText(JsonNode body) {
        return text(body, message -> !"commentary".equals(Json.text(message, "phase")));
    }

    private static String text(JsonNode body, Predicate<JsonNode> messages) {
        var text = new StringBuilder();
        for (JsonNode item : body.path("output")) {
            if (isMessage(item) && messages.test(item)) {
                for (JsonNode part : item.path("content")) {
                    if (part.path("type").asText().equals("output_text")
                            && part.path("text").isTextual()) {
                        text.append(part.path("text").textValue());
                    }
                }
            }
        }
        return text.toString();
    }
}
