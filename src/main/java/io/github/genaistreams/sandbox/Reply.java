package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.SplittableRandom;

/** The message of an answer, in the format asked for. It quotes the prompt and the turn before. No side effects. */
final class Reply {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int WORDS_ECHOED = 12;
    private static final int CHARS_ECHOED = 80;

    private Reply() {}

    /** The message as an output item. */
    static ObjectNode message(Turn turn) {
        var message = JSON.objectNode()
                .put("id", "msg_" + turn.id())
                .put("type", "message")
                .put("status", "completed")
                .put("role", "assistant");
        var content = message.putArray("content").addObject();
        if (turn.meets(Fault.REFUSAL)) {
            content.put("type", "refusal").put("refusal", "I'm sorry, but I cannot help with that request.");
        } else {
            content.put("type", "output_text");
            content.putArray("annotations");
            content.putArray("logprobs");
            content.put("text", text(turn));
        }
        return message;
    }

    private static String text(Turn turn) {
        String prompt = PromptText.ofInput(turn.request());
        long digest = Draw.hash(prompt);
        String reply =
                echo(prompt, digest) + turn.earlier().map(Reply::reminder).orElse("");
        JsonNode format = turn.request().path("text").path("format");
        return switch (format.path("type").asText("text")) {
            case "json_object" ->
                JSON.objectNode()
                        .put("answer", reply)
                        .put("digest", shortHex(digest))
                        .toString();
            case "json_schema" ->
                turn.meets(Fault.INVALID_OUTPUT)
                        ? "[\"not what was asked for\"]"
                        : SchemaExample.of(format.path("schema"), new SplittableRandom(digest))
                                .toString();
            default -> reply;
        };
    }

    private static String echo(String prompt, long digest) {
        int words = prompt.strip().split("\\s+").length;
        return "Sandbox answer %s to “%s”. The prompt has %d word%s; a real model would say more."
                .formatted(shortHex(digest), beginning(prompt), words, words == 1 ? "" : "s");
    }

    private static String reminder(Turn.Earlier earlier) {
        return " In turn %d you said “%s”.".formatted(earlier.number(), earlier.prompt());
    }

    /** The first words. */
    static String beginning(String prompt) {
        String[] words = prompt.strip().split("\\s+", WORDS_ECHOED + 1);
        var start = new StringBuilder();
        for (int i = 0; i < Math.min(words.length, WORDS_ECHOED) && start.length() < CHARS_ECHOED; i++) {
            start.append(i == 0 ? "" : " ").append(words[i]);
        }
        boolean cut = words.length > WORDS_ECHOED || start.length() > CHARS_ECHOED;
        return start.substring(0, Math.min(start.length(), CHARS_ECHOED)) + (cut ? " …" : "");
    }

    private static String shortHex(long digest) {
        return "%08x".formatted((int) (digest ^ (digest >>> 32)));
    }
}
