package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.JsonCheck.choice;
import static io.github.genaistreams.sandbox.JsonCheck.first;
import static io.github.genaistreams.sandbox.JsonCheck.flag;
import static io.github.genaistreams.sandbox.JsonCheck.isAbsent;
import static io.github.genaistreams.sandbox.JsonCheck.object;
import static io.github.genaistreams.sandbox.JsonCheck.present;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** {@code text}: what form the answer has. Pure. */
final class FormatCheck {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private FormatCheck() {}

    static Optional<ErrorReply> refusal(JsonNode body) {
        JsonNode text = body.path("text");
        return first(
                () -> object(text, "text"),
                () -> choice(text.path("verbosity"), "text.verbosity", Set.of("low", "medium", "high")),
                () -> object(text.path("format"), "text.format"),
                () -> isAbsent(text.path("format")) ? Optional.empty() : format(text.path("format"), body));
    }

    private static Optional<ErrorReply> format(JsonNode format, JsonNode body) {
        return first(
                () -> present(format.path("type"), "text.format.type"),
                () -> choice(format.path("type"), "text.format.type", Set.of("text", "json_object", "json_schema")),
                () -> switch (format.path("type").asText()) {
                    case "json_schema" -> schema(format);
                    case "json_object" -> asksForJson(body);
                    default -> Optional.empty();
                });
    }

    private static Optional<ErrorReply> schema(JsonNode format) {
        return first(
                () -> present(format.path("name"), "text.format.name"),
                () -> name(format.path("name"), "text.format.name"),
                () -> present(format.path("schema"), "text.format.schema"),
                () -> object(format.path("schema"), "text.format.schema"),
                () -> flag(format.path("strict"), "text.format.strict"),
                () -> !format.path("strict").asBoolean()
                        ? Optional.empty()
                        : StrictSchema.flaw(format.path("schema"))
                                .map(flaw -> ErrorReply.invalid(
                                        "invalid_json_schema",
                                        "text.format.schema",
                                        "Invalid schema for response_format '%s': %s"
                                                .formatted(format.path("name").asText(), flaw))));
    }

    /** Letters, digits, {@code _} and {@code -}, at most 64. */
    static Optional<ErrorReply> name(JsonNode name, String param) {
        return name.isTextual() && NAME.matcher(name.textValue()).matches()
                ? Optional.empty()
                : JsonCheck.refuse(
                        "invalid_value", param, "expected a string that matches the pattern '^[a-zA-Z0-9_-]{1,64}$'.");
    }

    private static Optional<ErrorReply> asksForJson(JsonNode body) {
        return body.path("input").toString().toLowerCase(Locale.ROOT).contains("json")
                ? Optional.empty()
                : Optional.of(
                        ErrorReply.invalid(
                                null,
                                "input",
                                "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'."));
    }
}
