package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.JsonCheck.choice;
import static io.github.genaistreams.sandbox.JsonCheck.first;
import static io.github.genaistreams.sandbox.JsonCheck.list;
import static io.github.genaistreams.sandbox.JsonCheck.object;
import static io.github.genaistreams.sandbox.JsonCheck.present;
import static io.github.genaistreams.sandbox.JsonCheck.text;
import static io.github.genaistreams.sandbox.JsonCheck.type;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** {@code input}: a string, or a list of messages, tool outputs and what earlier answers held. Pure. */
final class InputCheck {

    private static final int MAX_LENGTH = 10_485_760;
    private static final Set<String> ROLES = Set.of("user", "assistant", "system", "developer");
    private static final Set<String> PARTS =
            Set.of("input_text", "input_image", "input_file", "input_audio", "output_text", "refusal");

    private InputCheck() {}

    static Optional<ErrorReply> refusal(JsonNode body) {
        JsonNode input = body.path("input");
        if (JsonCheck.isAbsent(input)) {
            return body.hasNonNull("prompt") ? Optional.empty() : Optional.of(ErrorReply.missing("input"));
        }
        if (input.isTextual()) {
            return text(input, "input", MAX_LENGTH);
        }
        return input.isArray()
                ? list(input, "input", InputCheck::item)
                : type("input", "a string or an array of input items");
    }

    private static Optional<ErrorReply> item(JsonNode item, String name) {
        if (!item.isObject()) {
            return type(name, "an object");
        }
        return switch (item.path("type").asText("message")) {
            case "message" -> message(item, name);
            case "function_call", "custom_tool_call" ->
                needed(
                        item,
                        name,
                        "call_id",
                        "name",
                        item.path("type").asText().startsWith("f") ? "arguments" : "input");
            case "function_call_output", "custom_tool_call_output" -> needed(item, name, "call_id", "output");
            default -> text(item.path("type"), name + ".type");
        };
    }

    private static Optional<ErrorReply> message(JsonNode item, String name) {
        JsonNode content = item.path("content");
        return first(
                () -> needed(item, name, "role", "content"),
                () -> choice(item.path("role"), name + ".role", ROLES),
                () -> content.isTextual()
                        ? text(content, name + ".content", MAX_LENGTH)
                        : list(content, name + ".content", InputCheck::part));
    }

    private static Optional<ErrorReply> part(JsonNode part, String name) {
        return first(
                () -> part.isObject() ? Optional.empty() : type(name, "an object"),
                () -> needed(part, name, "type"),
                () -> choice(part.path("type"), name + ".type", PARTS),
                () -> switch (part.path("type").asText()) {
                    case "input_text", "output_text" ->
                        needed(part, name, "text").or(() -> text(part.path("text"), name + ".text", MAX_LENGTH));
                    case "input_image" -> image(part, name);
                    case "input_file" -> file(part, name);
                    default -> object(part, name);
                });
    }

    private static Optional<ErrorReply> image(JsonNode part, String name) {
        return oneOf(part, name, "image_url", "file_id")
                .or(() -> choice(part.path("detail"), name + ".detail", Set.of("low", "high", "auto", "original")));
    }

    private static Optional<ErrorReply> file(JsonNode part, String name) {
        return first(
                () -> oneOf(part, name, "file_id", "file_data", "file_url"),
                () -> part.hasNonNull("file_data") ? needed(part, name, "filename") : Optional.empty(),
                () -> choice(part.path("detail"), name + ".detail", Set.of("auto", "low", "high")));
    }

    private static Optional<ErrorReply> needed(JsonNode object, String name, String... fields) {
        return Arrays.stream(fields)
                .map(field -> present(object.path(field), name + "." + field))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<ErrorReply> oneOf(JsonNode part, String name, String... fields) {
        return Arrays.stream(fields).anyMatch(part::hasNonNull)
                ? Optional.empty()
                : Optional.of(ErrorReply.missing(name + "." + fields[0]));
    }
}
