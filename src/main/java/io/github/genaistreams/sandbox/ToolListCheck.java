package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.JsonCheck.choice;
import static io.github.genaistreams.sandbox.JsonCheck.first;
import static io.github.genaistreams.sandbox.JsonCheck.flag;
import static io.github.genaistreams.sandbox.JsonCheck.isAbsent;
import static io.github.genaistreams.sandbox.JsonCheck.list;
import static io.github.genaistreams.sandbox.JsonCheck.object;
import static io.github.genaistreams.sandbox.JsonCheck.present;
import static io.github.genaistreams.sandbox.JsonCheck.text;
import static io.github.genaistreams.sandbox.JsonCheck.type;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.Set;

/** {@code tools} and {@code tool_choice}. Pure. */
final class ToolListCheck {

    private ToolListCheck() {}

    static Optional<ErrorReply> refusal(JsonNode body) {
        JsonNode tools = body.path("tools");
        return list(tools, "tools", ToolListCheck::tool).or(() -> chosen(body.path("tool_choice"), tools));
    }

    private static Optional<ErrorReply> tool(JsonNode tool, String name) {
        if (!tool.isObject()) {
            return type(name, "an object");
        }
        return first(
                () -> present(tool.path("type"), name + ".type"),
                () -> text(tool.path("type"), name + ".type"),
                () -> switch (tool.path("type").asText()) {
                    case "function" -> function(tool, name);
                    case "custom" -> named(tool, name);
                    case "mcp" -> present(tool.path("server_label"), name + ".server_label");
                    case "file_search" -> present(tool.path("vector_store_ids"), name + ".vector_store_ids");
                    default -> Optional.empty();
                });
    }

    /** A function in the shape of chat completions has its name one level too deep. */
    private static Optional<ErrorReply> function(JsonNode tool, String name) {
        JsonNode parameters = tool.path("parameters");
        return first(
                () -> named(tool, name),
                () -> text(tool.path("description"), name + ".description"),
                () -> flag(tool.path("strict"), name + ".strict"),
                () -> object(parameters, name + ".parameters"),
                () -> !tool.path("strict").asBoolean() || isAbsent(parameters)
                        ? Optional.empty()
                        : StrictSchema.flaw(parameters)
                                .map(flaw -> ErrorReply.invalid(
                                        "invalid_function_parameters",
                                        name + ".parameters",
                                        "Invalid schema for function '%s': %s"
                                                .formatted(tool.path("name").asText(), flaw))));
    }

    private static Optional<ErrorReply> named(JsonNode tool, String name) {
        return present(tool.path("name"), name + ".name").or(() -> FormatCheck.name(tool.path("name"), name + ".name"));
    }

    private static Optional<ErrorReply> chosen(JsonNode choice, JsonNode tools) {
        if (isAbsent(choice)) {
            return Optional.empty();
        }
        if (choice.isTextual()) {
            return choice(choice, "tool_choice", Set.of("none", "auto", "required"))
                    .or(() -> choice.asText().equals("required") && tools.isEmpty()
                            ? noSuchTool("Tool choice 'required' must be specified with 'tools' parameter.")
                            : Optional.empty());
        }
        if (!choice.isObject()) {
            return type("tool_choice", "a string or an object");
        }
        return first(
                () -> present(choice.path("type"), "tool_choice.type"),
                () -> text(choice.path("type"), "tool_choice.type"),
                () -> switch (choice.path("type").asText()) {
                    case "function", "custom" ->
                        present(choice.path("name"), "tool_choice.name").or(() -> offered(choice, tools));
                    case "mcp" -> present(choice.path("server_label"), "tool_choice.server_label");
                    case "allowed_tools" -> allowed(choice, tools);
                    default -> offered(choice, tools);
                });
    }

    private static Optional<ErrorReply> allowed(JsonNode choice, JsonNode tools) {
        return first(
                () -> present(choice.path("mode"), "tool_choice.mode"),
                () -> choice(choice.path("mode"), "tool_choice.mode", Set.of("auto", "required")),
                () -> present(choice.path("tools"), "tool_choice.tools"),
                () -> list(choice.path("tools"), "tool_choice.tools", (each, name) -> offered(each, tools)));
    }

    private static Optional<ErrorReply> offered(JsonNode choice, JsonNode tools) {
        boolean offered = tools.valueStream()
                .anyMatch(tool -> tool.path("type").equals(choice.path("type"))
                        && (!choice.hasNonNull("name") || tool.path("name").equals(choice.path("name"))));
        String wanted = choice.path(choice.hasNonNull("name") ? "name" : "type").asText();
        return offered
                ? Optional.empty()
                : noSuchTool("Tool choice '%s' not found in 'tools' parameter.".formatted(wanted));
    }

    private static Optional<ErrorReply> noSuchTool(String message) {
        return Optional.of(ErrorReply.invalid(null, "tool_choice", message));
    }
}
