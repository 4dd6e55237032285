package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words of a request and what they count in tokens. No side effects. */
final class PromptText {

    private static final int CHARS_PER_TOKEN = 4;
    private static final int DEFAULT_OUTPUT_TOKENS = 16;
    private static final int IMAGE_TOKENS = 765;
    private static final int FILE_TOKENS = 500;
    private static final Pattern MARKER = Pattern.compile("sandbox:([a-z_0-9]+)");

    private PromptText() {}

    /** All text of the input, of every item and role. */
    static String ofInput(JsonNode request) {
        return text(request.path("input"));
    }

    /** All that stands before the answer, in the order of the prompt cache. */
    static String whole(JsonNode request) {
        return json(request.path("tools")) + text(request.path("instructions")) + "\n" + ofInput(request);
    }

    /** The fault which the prompt asks for by {@code sandbox:NAME}. */
    static Optional<Fault> marker(JsonNode request) {
        Matcher found = MARKER.matcher(ofInput(request));
        while (found.find()) {
            Optional<Fault> named = Fault.named(found.group(1));
            if (named.isPresent()) {
                return named;
            }
        }
        return Optional.empty();
    }

    /** What the rate limit counts before the answer is known: room for the output and an estimate of the input. */
    static long tokenCharge(JsonNode request) {
        long output = Math.max(
                DEFAULT_OUTPUT_TOKENS, request.path("max_output_tokens").asLong(0));
        return output + inputTokens(request);
    }

    static long inputTokens(JsonNode request) {
        return tokens(text(request.path("instructions")))
                + tokens(ofInput(request))
                + media(request.path("input"))
                + tokens(json(request.path("tools")))
                + tokens(json(request.path("text").path("format").path("schema")));
    }

    static long tokens(String text) {
        return (text.length() + CHARS_PER_TOKEN - 1) / CHARS_PER_TOKEN;
    }

    /** The first tokens of a text. A character at the end stays whole or goes. */
    static String firstTokens(String text, long tokens) {
        if (tokens(text) <= tokens) {
            return text;
        }
        int end = (int) tokens * CHARS_PER_TOKEN;
        return text.substring(0, end > 0 && Character.isLowSurrogate(text.charAt(end)) ? end - 1 : end);
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
        for (String member : new String[] {"content", "text", "output"}) {
            if (node.has(member)) {
                return text(node.get(member));
            }
        }
        return "";
    }

    private static long media(JsonNode node) {
        return switch (node.path("type").asText()) {
            case "input_image" -> IMAGE_TOKENS;
            case "input_file" -> FILE_TOKENS;
            default -> {
                long sum = 0;
                for (JsonNode part : node.isArray() ? node : node.path("content")) {
                    sum += media(part);
                }
                yield sum;
            }
        };
    }

    private static String json(JsonNode node) {
        return node.isEmpty() ? "" : node.toString();
    }
}
