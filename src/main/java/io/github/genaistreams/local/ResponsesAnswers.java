package io.github.genaistreams.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.SplittableRandom;

/** Good answers of {@code POST /v1/responses}: a pure function of the request, apart from IDs and time. */
final class ResponsesAnswers {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int WORDS_ECHOED = 12;
    private static final int CHARS_ECHOED = 80;
    private static final int CHARS_PER_TOKEN = 4;
    private static final int DEFAULT_OUTPUT_TOKENS = 16;

    private ResponsesAnswers() {}

    /** What the rate limit counts before the answer is known: room for the output and an estimate of the input. */
    static long tokenCharge(JsonNode request) {
        long output = Math.max(
                DEFAULT_OUTPUT_TOKENS, request.path("max_output_tokens").asLong(0));
        return output + inputTokens(request);
    }

    static long inputTokens(JsonNode request) {
        return tokens(text(request.path("instructions"))) + tokens(text(request.path("input")));
    }

    /** @param id of the response without its prefix */
    static ObjectNode answer(JsonNode request, String id, long createdAt) {
        String full = outputText(request);
        long allowed = request.path("max_output_tokens").asLong(Long.MAX_VALUE);
        boolean complete = tokens(full) <= allowed;
        String text = complete ? full : full.substring(0, (int) allowed * CHARS_PER_TOKEN);

        var response = JSON.objectNode();
        response.put("id", "resp_" + id)
                .put("object", "response")
                .put("created_at", createdAt)
                .put("status", complete ? "completed" : "incomplete")
                .put("background", false)
                .put("completed_at", createdAt)
                .putNull("error");
        if (complete) {
            response.putNull("incomplete_details");
        } else {
            response.putObject("incomplete_details").put("reason", "max_output_tokens");
        }
        echo(response, request, "instructions", JSON.nullNode());
        echo(response, request, "max_output_tokens", JSON.nullNode());
        response.set("model", request.get("model"));
        var message = response.putArray("output")
                .addObject()
                .put("id", "msg_" + id)
                .put("type", "message")
                .put("status", complete ? "completed" : "incomplete")
                .put("role", "assistant");
        var content = message.putArray("content").addObject().put("type", "output_text");
        content.putArray("annotations");
        content.putArray("logprobs");
        content.put("text", text);
        echo(response, request, "parallel_tool_calls", JSON.booleanNode(true));
        echo(response, request, "previous_response_id", JSON.nullNode());
        echo(response, request, "reasoning", JSON.objectNode().putNull("effort").putNull("summary"));
        response.put("service_tier", "default");
        echo(response, request, "store", JSON.booleanNode(true));
        echo(response, request, "temperature", JSON.numberNode(1.0));
        var textParameter = response.putObject("text");
        if (request.path("text").isObject()) {
            textParameter.setAll((ObjectNode) request.get("text"));
        }
        if (!textParameter.has("format")) {
            textParameter.putObject("format").put("type", "text");
        }
        echo(response, request, "tool_choice", JSON.textNode("auto"));
        echo(response, request, "tools", JSON.arrayNode());
        echo(response, request, "top_p", JSON.numberNode(1.0));
        echo(response, request, "truncation", JSON.textNode("disabled"));
        long input = inputTokens(request);
        long output = tokens(text);
        var usage = response.putObject("usage").put("input_tokens", input);
        usage.putObject("input_tokens_details").put("cached_tokens", 0).put("cache_write_tokens", 0);
        usage.put("output_tokens", output);
        usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
        usage.put("total_tokens", input + output);
        echo(response, request, "metadata", JSON.objectNode());
        return response;
    }

    private static void echo(ObjectNode response, JsonNode request, String field, JsonNode otherwise) {
        response.set(field, request.hasNonNull(field) ? request.get(field) : otherwise);
    }

    private static String outputText(JsonNode request) {
        String prompt = text(request.path("input"));
        long digest = Draw.hash(prompt);
        String reply = reply(prompt, digest);
        JsonNode format = request.path("text").path("format");
        return switch (format.path("type").asText("text")) {
            case "json_object" ->
                JSON.objectNode()
                        .put("answer", reply)
                        .put("digest", shortHex(digest))
                        .toString();
            case "json_schema" ->
                SchemaExample.of(format.path("schema"), new SplittableRandom(digest))
                        .toString();
            default -> reply;
        };
    }

    private static String reply(String prompt, long digest) {
        String[] words = prompt.strip().split("\\s+");
        var start = new StringBuilder();
        for (int i = 0; i < Math.min(words.length, WORDS_ECHOED) && start.length() < CHARS_ECHOED; i++) {
            start.append(i == 0 ? "" : " ").append(words[i]);
        }
        boolean cut = words.length > WORDS_ECHOED || start.length() > CHARS_ECHOED;
        String shown = start.substring(0, Math.min(start.length(), CHARS_ECHOED)) + (cut ? " …" : "");
        return "Sandbox answer %s to “%s”. The prompt has %d word%s; a real model would say more."
                .formatted(shortHex(digest), shown, words.length, words.length == 1 ? "" : "s");
    }

    private static String shortHex(long digest) {
        return "%08x".formatted((int) (digest ^ (digest >>> 32)));
    }

    /** The text of a string, of an array of input items, or of an item's content. */
    private static String text(JsonNode node) {
        if (node.isTextual()) {
            return node.textValue();
        }
        if (node.isArray()) {
            var joined = new StringBuilder();
            for (JsonNode part : node) {
                joined.append(joined.isEmpty() ? "" : "\n").append(text(part));
            }
            return joined.toString();
        }
        return node.isObject() ? text(node.has("content") ? node.get("content") : node.path("text")) : "";
    }

    private static long tokens(String text) {
        return (text.length() + CHARS_PER_TOKEN - 1) / CHARS_PER_TOKEN;
    }
}
