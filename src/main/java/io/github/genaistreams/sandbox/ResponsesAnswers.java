package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Answers of {@code POST /v1/responses}: reasoning if it is asked for, then a message, which is cut where the allowed
 * tokens end. A pure function of the turn.
 */
final class ResponsesAnswers {

    /** The value of {@code include} that asks for the reasoning, in a form that only the API can read. */
    static final String ENCRYPTED = "reasoning.encrypted_content";

    private ResponsesAnswers() {}

    static ObjectNode answer(Turn turn) {
        ObjectNode response = ResponseObject.of(turn);
        if (turn.meets(Fault.FAILED) || turn.meets(Fault.BACKGROUND_FAILED)) {
            FaultReplies.fail(response);
            return response;
        }
        List<ObjectNode> items = items(turn);
        long reasoning = reasoningTokens(turn.request().path("reasoning"));
        long wanted = reasoning
                + items.stream()
                        .mapToLong(item -> PromptText.tokens(words(item)))
                        .sum();
        long allowed = turn.request().path("max_output_tokens").asLong(Long.MAX_VALUE);
        if (turn.meets(Fault.CONTENT_FILTER)) {
            allowed = Math.min(allowed, Math.max(1, wanted / 2));
            incomplete(response, "content_filter");
        } else if (wanted > allowed) {
            incomplete(response, "max_output_tokens");
        }
        long spoken = fill((ArrayNode) response.get("output"), items, allowed - Math.min(reasoning, allowed));
        usage(response, turn, Math.min(reasoning, allowed), spoken);
        return response;
    }

    private static List<ObjectNode> items(Turn turn) {
        var items = new ArrayList<ObjectNode>();
        if (reasoningTokens(turn.request().path("reasoning")) > 0) {
            items.add(reasoning(turn));
        }
        items.add(Reply.message(turn));
        return items;
    }

    private static long reasoningTokens(JsonNode reasoning) {
        if (!reasoning.hasNonNull("effort") && !reasoning.hasNonNull("summary")) {
            return 0;
        }
        return switch (reasoning.path("effort").asText("medium")) {
            case "none" -> 0;
            case "minimal" -> 16;
            case "low" -> 32;
            case "high" -> 128;
            case "xhigh", "max" -> 256;
            default -> 64;
        };
    }

    private static ObjectNode reasoning(Turn turn) {
        var item = JsonNodeFactory.instance
                .objectNode()
                .put("id", "rs_" + turn.id())
                .put("type", "reasoning");
        item.putArray("summary");
        if (turn.request().path("include").valueStream().anyMatch(each -> each.asText()
                .equals(ENCRYPTED))) {
            byte[] content = ("sandbox " + turn.id()).getBytes(StandardCharsets.UTF_8);
            item.put("encrypted_content", Base64.getEncoder().encodeToString(content));
        }
        return item;
    }

    private static void incomplete(ObjectNode response, String reason) {
        response.put("status", "incomplete").putNull("completed_at");
        response.putObject("incomplete_details").put("reason", reason);
    }

    /** Fills the output until the tokens end. The last item may be cut. Returns the tokens that were used. */
    private static long fill(ArrayNode output, List<ObjectNode> items, long allowed) {
        long left = allowed;
        for (ObjectNode item : items) {
            String words = words(item);
            long tokens = PromptText.tokens(words);
            if (tokens > 0 && left <= 0) {
                break;
            }
            if (tokens > left) {
                holder(item).put(field(item), PromptText.firstTokens(words, left));
                item.put("status", "incomplete");
                tokens = left;
            }
            left -= tokens;
            output.add(item);
        }
        return allowed - left;
    }

    /** The text of an item that counts as output, besides reasoning. */
    private static String words(ObjectNode item) {
        return holder(item).path(field(item)).asText("");
    }

    private static ObjectNode holder(ObjectNode item) {
        return item.path("content").path(0) instanceof ObjectNode content ? content : item;
    }

    private static String field(ObjectNode item) {
        return holder(item).has("refusal") ? "refusal" : "text";
    }

    private static void usage(ObjectNode response, Turn turn, long reasoning, long spoken) {
        long input = PromptText.inputTokens(turn.request())
                + turn.earlier().map(Turn.Earlier::contextTokens).orElse(0L);
        long cached = Math.min(turn.cachedTokens(), Math.max(0, input - 1));
        var usage = JsonNodeFactory.instance.objectNode().put("input_tokens", input);
        usage.putObject("input_tokens_details").put("cached_tokens", cached).put("cache_write_tokens", 0);
        usage.put("output_tokens", reasoning + spoken);
        usage.putObject("output_tokens_details").put("reasoning_tokens", reasoning);
        usage.put("total_tokens", input + reasoning + spoken);
        response.set("usage", usage);
    }
}
