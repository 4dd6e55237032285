package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** What a model that was asked to reason shows of it, and what it is charged for. Pure. */
final class Reasoning {

    /** The value of {@code include} that asks for the thoughts, in a form that only the API can read. */
    static final String ENCRYPTED = "reasoning.encrypted_content";

    private Reasoning() {}

    static long tokens(JsonNode request) {
        JsonNode reasoning = request.path("reasoning");
        if (!isAsked(reasoning)) {
            return 0;
        }
        return switch (reasoning.path("effort").asText("medium")) {
            case "minimal" -> 16;
            case "low" -> 32;
            case "high" -> 128;
            case "xhigh", "max" -> 256;
            default -> 64;
        };
    }

    /** The output item; empty if no reasoning was asked for. */
    static Optional<ObjectNode> item(Turn turn) {
        JsonNode reasoning = turn.request().path("reasoning");
        if (!isAsked(reasoning)) {
            return Optional.empty();
        }
        var item = JsonNodeFactory.instance
                .objectNode()
                .put("id", "rs_" + turn.id())
                .put("type", "reasoning");
        var summary = item.putArray("summary");
        if (reasoning.hasNonNull("summary") || reasoning.hasNonNull("generate_summary")) {
            summary.addObject().put("type", "summary_text").put("text", "**Reading the prompt**\n\nWhat is asked?");
            summary.addObject().put("type", "summary_text").put("text", "**Answering**\n\nThe sandbox echoes it.");
        }
        boolean encrypted = turn.request().path("include").valueStream().anyMatch(each -> each.asText()
                .equals(ENCRYPTED));
        if (encrypted) {
            byte[] content = ("sandbox " + turn.id()).getBytes(StandardCharsets.UTF_8);
            item.put("encrypted_content", Base64.getEncoder().encodeToString(content));
        }
        return Optional.of(item);
    }

    private static boolean isAsked(JsonNode reasoning) {
        boolean named = reasoning.hasNonNull("effort")
                || reasoning.hasNonNull("summary")
                || reasoning.hasNonNull("generate_summary");
        return named && !reasoning.path("effort").asText().equals("none");
    }
}
