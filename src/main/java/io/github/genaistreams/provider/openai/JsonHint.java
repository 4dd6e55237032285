package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.regex.Pattern;

/**
 * Mentions JSON in the input, since the API refuses {@code json_object} otherwise. Instructions do not count. If no
 * text of the input mentions it, the user's last message gets one more sentence.
 *
 * @see <a href="https://platform.openai.com/docs/guides/structured-outputs#json-mode">JSON mode</a>
 */
final class JsonHint {

    private static final String HINT = "Respond in JSON format.";
    private static final Pattern JSON = Pattern.compile("json", Pattern.CASE_INSENSITIVE);

    private JsonHint() {}

    /** The input with the hint, if it needs one: a string, or a list of items, which is changed. */
    static JsonNode added(JsonNode input) {
        if (input.isTextual()) {
            return speaksOfJson(input) ? input : appended(input);
        }
        var items = (ArrayNode) input;
        ObjectNode lastOfUser = null;
        for (JsonNode item : items) {
            JsonNode content = item.path("content");
            if (speaksOfJson(content)) {
                return input;
            }
            for (JsonNode part : content) {
                if (speaksOfJson(part.path("text"))) {
                    return input;
                }
            }
            if (item.path("role").asText().equals("user")) {
                lastOfUser = (ObjectNode) item;
            }
        }
        if (lastOfUser == null) {
            items.addObject().put("type", "message").put("role", "user").put("content", HINT);
        } else if (lastOfUser.path("content").isArray()) {
            addTo((ArrayNode) lastOfUser.get("content"));
        } else {
            lastOfUser.set("content", appended(lastOfUser.path("content")));
        }
        return input;
    }

    private static void addTo(ArrayNode parts) {
        for (int i = parts.size() - 1; i >= 0; i--) {
            JsonNode text = parts.get(i).path("text");
            if (text.isTextual()) {
                ((ObjectNode) parts.get(i)).set("text", appended(text));
                return;
            }
        }
        parts.add(
                JsonNodeFactory.instance.objectNode().put("type", "input_text").put("text", HINT));
    }

    private static JsonNode appended(JsonNode text) {
        return TextNode.valueOf(text.asText() + " " + HINT);
    }

    private static boolean speaksOfJson(JsonNode text) {
        return text.isTextual() && JSON.matcher(text.textValue()).find();
    }
}
