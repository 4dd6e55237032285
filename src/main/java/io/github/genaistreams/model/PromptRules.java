package io.github.genaistreams.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the API accepts a prompt: a text, or input items with a type, or a role and a content. Unknown kinds of items
 * and parts are accepted.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response: input</a>
 */
final class PromptRules {

    /** Longest input string the API takes, in characters (https://github.com/openai/openai-openapi). */
    static final int MAX_TEXT_LENGTH = 10_485_760;

    static final String FIELD = "user_prompt";

    private PromptRules() {}

    static Optional<CallError> firstProblem(@Nullable UserPrompt prompt) {
        if (prompt == null || prompt.equals(UserPrompt.text(""))) {
            return Problem.in(FIELD, "is missing or empty: give the text of the prompt");
        }
        if (prompt instanceof UserPrompt.Text text) {
            // In a record, such a prompt is refused when it is read.
            return text.isBlank()
                    ? Problem.in(FIELD, "is blank: give the text of the prompt")
                    : text(FIELD, text.text());
        }
        List<JsonNode> items = ((UserPrompt.Items) prompt).items();
        if (items.isEmpty()) {
            return Problem.in(FIELD, "is an empty list: give a text or input items");
        }
        for (int i = 0; i < items.size(); i++) {
            Optional<CallError> problem = item(FIELD + "[" + i + "]", items.get(i));
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private static Optional<CallError> item(String path, JsonNode item) {
        if (!item.isObject()) {
            return Problem.in(
                    path, "is not an object: use {\"role\": \"user\", \"content\": ...}, or another input item");
        }
        JsonNode type = item.path("type");
        if (Problem.isSet(type) && !Problem.isText(type)) {
            return Problem.in(path + ".type", "is not a string: give the type of the item, or remove it for a message");
        }
        boolean message = !Problem.isSet(type) || type.asText().equals("message");
        if (!message) {
            return Problem.unreadable(path, item);
        }
        if (!Problem.isText(item.path("role"))) {
            return Problem.in(path + ".role", "is missing or not a string: use user, assistant, system or developer");
        }
        JsonNode content = item.path("content");
        if (content.isTextual()) {
            return text(path + ".content", content.textValue());
        }
        if (!content.isArray() || content.isEmpty()) {
            return Problem.in(path + ".content", "is missing or empty: give a text or a list of parts");
        }
        for (int i = 0; i < content.size(); i++) {
            Optional<CallError> problem = part(path + ".content[" + i + "]", content.get(i));
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private static Optional<CallError> part(String path, JsonNode part) {
        if (!part.isObject() || !Problem.isText(part.path("type"))) {
            return Problem.in(path, "has no type: use for example input_text, input_image or input_file");
        }
        return switch (part.get("type").textValue()) {
            case "input_text" -> {
                JsonNode text = part.path("text");
                yield text.isTextual()
                        ? text(path + ".text", text.textValue())
                        : Problem.in(path + ".text", "is missing or not a string");
            }
            case "input_image" -> needsOneOf(path, part, "image_url", "file_id");
            case "input_file" -> needsOneOf(path, part, "file_id", "file_data", "file_url");
            // The spellings of the Chat API, which this API refuses.
            case "text" -> Problem.in(path + ".type", "is text: use input_text");
            case "image_url" ->
                Problem.in(
                        path + ".type",
                        "is image_url: use {\"type\": \"input_image\", \"image_url\": \"https://...\"}");
            default -> Problem.unreadable(path, part);
        };
    }

    private static Optional<CallError> needsOneOf(String path, JsonNode part, String... names) {
        for (String name : names) {
            if (Problem.isText(part.path(name))) {
                return Problem.unreadable(path, part);
            }
            if (Problem.isSet(part.path(name))) {
                return Problem.in(path + "." + name, "is not a string");
            }
        }
        return Problem.in(path, "needs one of " + String.join(", ", names));
    }

    private static Optional<CallError> text(String path, String text) {
        int length = Problem.characters(text);
        if (length > MAX_TEXT_LENGTH) {
            return Problem.in(
                    path,
                    "has %,d characters, but the API accepts %,d: shorten it or split it"
                            .formatted(length, MAX_TEXT_LENGTH));
        }
        return Problem.unreadable(path, text);
    }
}
