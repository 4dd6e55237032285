package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.wire.Json;
import io.github.genaistreams.wire.JsonReading;
import io.github.genaistreams.wire.JsonReading.Parts;
import io.github.genaistreams.wire.RawJson;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a response object the fields that a result also has outside it.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/object">The response object</a>
 */
final class AnswerReader {

    /** The finish of an answer that is a refusal, and the type of the part that contains it. */
    static final String REFUSAL = "refusal";

    /** Names of models, tiers and reasons are short. Whatever a server sends instead, the body has all of it. */
    private static final int MAX_NAME_LENGTH = 256;

    private static final Parts PART = Parts.of(Map.of("type", Parts.WHOLE, "text", Parts.WHOLE));
    private static final Parts ITEM = Parts.of(Map.of("type", Parts.WHOLE, "content", Parts.each(PART)));

    /** The parts of a completed response that are read here. */
    private static final Parts RESPONSE = Parts.of(Map.of(
            "status", Parts.WHOLE,
            "model", Parts.WHOLE,
            "service_tier", Parts.WHOLE,
            "usage", Parts.WHOLE,
            "output", Parts.each(ITEM)));

    private AnswerReader() {}

    /**
     * Reads a completed response object, the usual case, without a tree of all of it. Empty if it is anything else, or
     * needs such a tree.
     */
    static Optional<Answer> completed(byte[] body, @Nullable String requestId) {
        return JsonReading.of(body, RESPONSE)
                .filter(read -> isCompleted(read.seen()))
                .map(read -> read(read.seen(), read.all(), requestId));
    }

    private static boolean isCompleted(JsonNode body) {
        JsonNode status = body.path("status");
        return body.path("output").isArray() && (status.isMissingNode() || "completed".equals(status.textValue()));
    }

    static Answer read(JsonNode body, @Nullable String requestId) {
        return read(body, RawJson.of(body), requestId);
    }

    private static Answer read(JsonNode body, RawJson all, @Nullable String requestId) {
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
                List.of(),
                ApiLimits.NONE);
    }

    /**
     * The status, with the reason if the response is incomplete. A refusal and an empty answer have a finish of their
     * own, although their status is completed.
     */
    private static String finish(JsonNode body, String text) {
        String status = name(body, "status");
        if ("incomplete".equals(status)) {
            String reason = name(body.path("incomplete_details"), "reason");
            return reason == null ? "incomplete" : "incomplete:" + reason;
        }
        if (status != null && !status.equals("completed")) {
            return status;
        }
        return refuses(body) ? REFUSAL : text.isEmpty() && !callsTools(body) ? Answer.EMPTY : Answer.COMPLETED;
    }

    private static @Nullable String name(JsonNode object, String field) {
        String name = Json.text(object, field);
        return name == null || name.length() <= MAX_NAME_LENGTH ? name : name.substring(0, MAX_NAME_LENGTH - 1) + "…";
    }

    /** Whether a response has neither text, nor a refusal, nor a tool call. */
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
     * All text parts of all messages without a separator, as in OpenAI's own libraries
     * (https://github.com/openai/openai-python, {@code Response.output_text}). Reasoning and tool calls are not text.
     */
    static String outputText(JsonNode body) {
        return text(body, message -> true);
    }

    /** The same without the model's comments on its work ({@code phase}: commentary). */
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
