package io.github.genaistreams.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Problem;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Whether {@code response_format} has one of the spellings of {@link ResponseFormat} and a valid schema. */
final class ResponseFormatCheck {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Set<String> FORMATS = Set.of("text", "json_object", "json_schema");

    private ResponseFormatCheck() {}

    static Optional<CallError> firstProblem(@Nullable JsonNode responseFormat) {
        if (responseFormat == null || ResponseFormat.isUnset(responseFormat)) {
            return Optional.empty();
        }
        if (!responseFormat.isObject()) {
            return Problem.in("response_format", "is not an object: use {\"type\": \"json_schema\", ...} or remove it");
        }
        JsonNode format = ResponseFormat.formatOf(responseFormat);
        if (!format.isObject()) {
            return Problem.in("response_format.format", "is not an object: give the type and fields of the format");
        }
        JsonNode type = format.path("type");
        if (!type.isTextual() || !FORMATS.contains(type.asText())) {
            String found =
                    type.isTextual() ? "has the type \"" + Problem.abbreviated(type.asText()) + "\"" : "has no type";
            return Problem.in("response_format", found + ": use text, json_object or json_schema");
        }
        return type.asText().equals("json_schema") ? schema(format) : Optional.empty();
    }

    private static Optional<CallError> schema(JsonNode format) {
        JsonNode fields = ResponseFormat.schemaFieldsOf(format);
        String path = format.has("json_schema") ? "response_format.json_schema" : "response_format";
        if (!fields.isObject()) {
            return Problem.in(path, "is not an object: give name, schema and strict");
        }
        if (!fields.path("schema").isObject()) {
            return Problem.in(path + ".schema", "is missing or not an object: give the JSON schema");
        }
        JsonNode name = fields.path("name");
        boolean nameSet = !name.isMissingNode() && !name.isNull();
        if (nameSet && !(name.isTextual() && NAME.matcher(name.asText()).matches())) {
            return Problem.in(path + ".name", "is not valid: use 1 to 64 letters, digits, underscores or hyphens");
        }
        JsonNode strict = fields.path("strict");
        if (!strict.isMissingNode() && !strict.isNull() && !strict.isBoolean()) {
            return Problem.in(path + ".strict", "is not a boolean: use true or false, or remove it");
        }
        // As it is sent: the Chat spelling is strict by default.
        boolean isStrict = strict.asBoolean(format.has("json_schema"));
        return SchemaCheck.firstProblem(path + ".schema", fields.path("schema"), isStrict);
    }
}
