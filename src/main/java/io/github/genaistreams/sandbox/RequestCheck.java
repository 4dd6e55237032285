package io.github.genaistreams.sandbox;

import static java.util.stream.Collectors.toSet;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first reason why the API would refuse a request, in the API's words. It contains only what OpenAI's
 * reference states, each point with a test, and accepts everything else. It is a second opinion on what the client
 * sends, so it shares no code with package {@code check}. No side effects.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response</a>
 */
final class RequestCheck {

    /**
     * Parameters of Chat Completions that the Responses API does not know.
     *
     * @see <a href="https://platform.openai.com/docs/guides/migrate-to-responses">Migrate to the Responses API</a>
     */
    private static final List<String> OF_CHAT =
            List.of("messages", "response_format", "max_tokens", "max_completion_tokens", "functions", "function_call");

    private static final Set<String> PARTS =
            Set.of("input_text", "input_image", "input_file", "input_audio", "output_text", "refusal");
    private static final Set<String> FORMATS = Set.of("text", "json_object", "json_schema");
    private static final Pattern FORMAT_NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private static final int MIN_OUTPUT_TOKENS = 16;
    private static final int MAX_METADATA = 16;
    private static final int MAX_METADATA_KEY_LENGTH = 64;
    private static final int MAX_METADATA_VALUE_LENGTH = 512;
    private static final int MAX_SAFETY_IDENTIFIER_LENGTH = 64;

    private RequestCheck() {}

    static Optional<ErrorReply> refusal(JsonNode body) {
        if (!body.isObject()) {
            return Optional.of(ErrorReply.invalid("The body of the request must be a JSON object."));
        }
        return first(
                () -> OF_CHAT.stream().filter(body::has).findFirst().map(RequestCheck::unknown),
                () -> body.hasNonNull("prompt") ? Optional.empty() : text(body, "model"),
                () -> input(body),
                () -> range(body, "max_output_tokens", MIN_OUTPUT_TOKENS, Integer.MAX_VALUE),
                () -> range(body, "max_tool_calls", 1, Integer.MAX_VALUE),
                () -> range(body, "temperature", 0, 2),
                () -> range(body, "top_p", 0, 1),
                () -> range(body, "top_logprobs", 0, 20),
                () -> modes(body),
                () -> metadata(body.path("metadata")),
                () -> length(body.path("safety_identifier"), "safety_identifier", MAX_SAFETY_IDENTIFIER_LENGTH),
                () -> format(body),
                () -> tools(body));
    }

    private static Optional<ErrorReply> input(JsonNode body) {
        JsonNode input = body.path("input");
        if (!body.hasNonNull("input")) {
            return body.hasNonNull("prompt") ? Optional.empty() : Optional.of(ErrorReply.missing("input"));
        }
        if (!input.isTextual() && !input.isArray()) {
            return type("input", "a string or an array of input items");
        }
        for (int i = 0; i < input.size(); i++) {
            JsonNode content = input.get(i).path("content");
            for (int j = 0; content.isArray() && j < content.size(); j++) {
                String type = content.get(j).path("type").asText();
                if (!PARTS.contains(type)) {
                    return value("input[%d].content[%d].type".formatted(i, j), type);
                }
            }
        }
        return Optional.empty();
    }

    /** What goes together, and what does not. */
    private static Optional<ErrorReply> modes(JsonNode body) {
        if (body.hasNonNull("stream_options") && !body.path("stream").asBoolean()) {
            return refuse(null, "stream_options", "only allowed when 'stream' is true.");
        }
        if (body.path("background").asBoolean() && !body.path("store").asBoolean(true)) {
            return refuse(null, "store", "background responses must be stored.");
        }
        if (body.hasNonNull("conversation") && body.hasNonNull("previous_response_id")) {
            return refuse(
                    "mutually_exclusive_parameters", "previous_response_id", "not allowed beside 'conversation'.");
        }
        return Optional.empty();
    }

    private static Optional<ErrorReply> metadata(JsonNode metadata) {
        if (metadata.size() > MAX_METADATA) {
            return refuse("object_above_max_properties", "metadata", "at most 16 pairs are allowed.");
        }
        return metadata.propertyStream()
                .map(pair -> pair.getKey().length() > MAX_METADATA_KEY_LENGTH
                        ? refuse("string_above_max_length", "metadata", "a key has more than 64 characters.")
                        : length(pair.getValue(), "metadata." + pair.getKey(), MAX_METADATA_VALUE_LENGTH))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** @see <a href="https://platform.openai.com/docs/guides/structured-outputs">Structured outputs</a> */
    private static Optional<ErrorReply> format(JsonNode body) {
        JsonNode format = body.path("text").path("format");
        String type = format.path("type").asText();
        if (format.isObject() && !FORMATS.contains(type)) {
            return value("text.format.type", type);
        }
        if (type.equals("json_object")
                && !body.path("input").toString().toLowerCase(Locale.ROOT).contains("json")) {
            return refuse(null, "input", "the messages must contain the word 'json' for a 'json_object'.");
        }
        if (!type.equals("json_schema")) {
            return Optional.empty();
        }
        if (!FORMAT_NAME.matcher(format.path("name").asText()).matches()) {
            return format.hasNonNull("name")
                    ? value("text.format.name", format.path("name").asText())
                    : Optional.of(ErrorReply.missing("text.format.name"));
        }
        if (!format.path("schema").isObject()) {
            return Optional.of(ErrorReply.missing("text.format.schema"));
        }
        return format.path("strict").asBoolean() && !isStrict(format.path("schema"))
                ? refuse("invalid_json_schema", "text.format.schema", "a strict schema closes every object.")
                : Optional.empty();
    }

    /** Whether every object requires each of its properties and allows no others. */
    private static boolean isStrict(JsonNode schema) {
        boolean isObject = schema.path("type").asText().equals("object");
        boolean closed = schema.path("additionalProperties").isBoolean()
                && !schema.path("additionalProperties").asBoolean();
        Set<String> required =
                schema.path("required").valueStream().map(JsonNode::asText).collect(toSet());
        boolean all = schema.path("properties").propertyStream().allMatch(each -> required.contains(each.getKey()));
        return (!isObject || closed && all) && schema.valueStream().allMatch(RequestCheck::isStrict);
    }

    /** A function in the form of Chat Completions has its name one level too deep. */
    private static Optional<ErrorReply> tools(JsonNode body) {
        JsonNode tools = body.path("tools");
        for (int i = 0; i < tools.size(); i++) {
            String type = tools.get(i).path("type").asText();
            if (type.isEmpty() || type.equals("function") && !tools.get(i).hasNonNull("name")) {
                return Optional.of(ErrorReply.missing("tools[%d].%s".formatted(i, type.isEmpty() ? "type" : "name")));
            }
        }
        JsonNode choice = body.path("tool_choice");
        return choice.path("type").asText().equals("function") && !choice.hasNonNull("name")
                ? Optional.of(ErrorReply.missing("tool_choice.name"))
                : Optional.empty();
    }

    /** The first refusal. Later checks are not made. */
    @SafeVarargs
    private static Optional<ErrorReply> first(Supplier<Optional<ErrorReply>>... checks) {
        return Stream.of(checks).map(Supplier::get).flatMap(Optional::stream).findFirst();
    }

    private static Optional<ErrorReply> text(JsonNode body, String param) {
        if (!body.hasNonNull(param) || body.get(param).asText("x").isBlank()) {
            return Optional.of(ErrorReply.missing(param));
        }
        return body.get(param).isTextual() ? Optional.empty() : type(param, "a string");
    }

    private static Optional<ErrorReply> range(JsonNode body, String param, int min, int max) {
        JsonNode value = body.path(param);
        if (!body.hasNonNull(param) || value.isNumber() && value.asDouble() >= min && value.asDouble() <= max) {
            return Optional.empty();
        }
        String code = value.asDouble() < min ? "_below_min_value" : "_above_max_value";
        return value.isNumber()
                ? refuse(
                        (value.isIntegralNumber() ? "integer" : "decimal") + code,
                        param,
                        "expected a value from %d to %d, but got %s instead.".formatted(min, max, value))
                : type(param, "a number");
    }

    private static Optional<ErrorReply> length(JsonNode value, String param, int max) {
        if (value.isMissingNode() || value.isTextual() && value.textValue().length() <= max) {
            return Optional.empty();
        }
        return value.isTextual()
                ? refuse("string_above_max_length", param, "expected at most %d characters.".formatted(max))
                : type(param, "a string");
    }

    private static ErrorReply unknown(String param) {
        return ErrorReply.invalid("unknown_parameter", param, "Unknown parameter: '" + param + "'.");
    }

    private static Optional<ErrorReply> value(String param, String value) {
        return Optional.of(ErrorReply.invalid("invalid_value", param, "Invalid value: '" + value + "'."));
    }

    private static Optional<ErrorReply> type(String param, String expected) {
        return Optional.of(ErrorReply.invalid(
                "invalid_type", param, "Invalid type for '%s': expected %s.".formatted(param, expected)));
    }

    private static Optional<ErrorReply> refuse(@Nullable String code, String param, String what) {
        return Optional.of(ErrorReply.invalid(code, param, "Invalid '%s': %s".formatted(param, what)));
    }
}
