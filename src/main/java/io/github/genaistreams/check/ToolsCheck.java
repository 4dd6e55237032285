package io.github.genaistreams.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Problem;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether {@code tools} and {@code tool_choice} have a form that the API accepts. Unknown kinds of tools are accepted.
 */
final class ToolsCheck {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,128}");

    private ToolsCheck() {}

    static Optional<CallError> tools(@Nullable JsonNode tools) {
        if (tools == null || !Problem.isSet(tools)) {
            return Optional.empty();
        }
        if (!tools.isArray()) {
            return Problem.in("tools", "is not a list: give each tool as an object");
        }
        for (int i = 0; i < tools.size(); i++) {
            Optional<CallError> problem = tool("tools[" + i + "]", tools.get(i));
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Problem.unreadable("tools", tools);
    }

    private static Optional<CallError> tool(String path, JsonNode tool) {
        if (!tool.isObject() || !Problem.isText(tool.path("type"))) {
            return Problem.in(
                    path, "is not an object with a type: use {\"type\": \"function\", \"name\": ...}, for example");
        }
        String type = tool.get("type").textValue();
        if (!type.equals("function") && !type.equals("custom")) {
            return Optional.empty();
        }
        JsonNode fields = Tools.fieldsOf(tool);
        String at = Tools.isNested(tool) ? path + "." + type : path;
        JsonNode name = fields.path("name");
        if (!name.isTextual() || !NAME.matcher(name.textValue()).matches()) {
            return Problem.in(
                    at + ".name", "is missing or not valid: use 1 to 128 letters, digits, underscores or hyphens");
        }
        JsonNode strict = fields.path("strict");
        if (Problem.isSet(strict) && !strict.isBoolean()) {
            return Problem.in(at + ".strict", "is not a boolean: use true or false, or remove it");
        }
        JsonNode parameters = fields.path("parameters");
        if (!Problem.isSet(parameters)) {
            return Optional.empty();
        }
        if (!parameters.isObject()) {
            return Problem.in(at + ".parameters", "is not an object: give the JSON schema of the arguments");
        }
        return SchemaCheck.firstProblem(at + ".parameters", parameters, strict.asBoolean(false));
    }

    static Optional<CallError> choice(@Nullable JsonNode choice) {
        if (choice == null || !Problem.isSet(choice) || Problem.isText(choice)) {
            return Optional.empty();
        }
        if (!choice.isObject() || !Problem.isText(choice.path("type"))) {
            return Problem.in("tool_choice", "is not auto, none, required or an object with a type: use one of them");
        }
        String type = choice.get("type").textValue();
        JsonNode fields = Tools.fieldsOf(choice);
        String at = Tools.isNested(choice) ? "tool_choice." + type : "tool_choice";
        if ((type.equals("function") || type.equals("custom")) && !Problem.isText(fields.path("name"))) {
            return Problem.in(at + ".name", "is missing: give the name of the tool to call");
        }
        if (type.equals("allowed_tools") && !fields.path("tools").isArray()) {
            return Problem.in(at + ".tools", "is missing or not a list: list the tools that may be called");
        }
        return Problem.unreadable("tool_choice", choice);
    }
}
