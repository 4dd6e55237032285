package io.github.genaistreams.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What the API refuses before it does any work: the first reason, in its words. Pure. */
final class RequestCheck {

    private static final Set<String> PARAMETERS = Set.of(
            "background",
            "context_management",
            "conversation",
            "include",
            "input",
            "instructions",
            "max_output_tokens",
            "max_tool_calls",
            "metadata",
            "model",
            "moderation",
            "parallel_tool_calls",
            "previous_response_id",
            "prompt",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention",
            "reasoning",
            "safety_identifier",
            "service_tier",
            "store",
            "stream",
            "stream_options",
            "temperature",
            "text",
            "tool_choice",
            "tools",
            "top_logprobs",
            "top_p",
            "truncation",
            "user");

    private static final Set<String> FORMATS = Set.of("text", "json_object", "json_schema");
    private static final int MIN_OUTPUT_TOKENS = 16;

    private RequestCheck() {}

    static Optional<ApiError> refusal(JsonNode body) {
        if (!body.isObject()) {
            return Optional.of(ApiError.invalid(null, null, "The body of the request must be a JSON object."));
        }
        return Stream.<Supplier<Optional<ApiError>>>of(
                        () -> unknown(body),
                        () -> model(body),
                        () -> input(body),
                        () -> maxOutputTokens(body),
                        () -> range(body, "temperature", 2),
                        () -> range(body, "top_p", 1),
                        () -> metadata(body),
                        () -> format(body),
                        () -> notOffered(body, "stream"),
                        () -> notOffered(body, "background"))
                .map(Supplier::get)
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<ApiError> unknown(JsonNode body) {
        return body.propertyStream()
                .map(field -> field.getKey())
                .filter(name -> !PARAMETERS.contains(name))
                .findFirst()
                .map(name -> ApiError.invalid("unknown_parameter", name, "Unknown parameter: '" + name + "'."));
    }

    private static Optional<ApiError> model(JsonNode body) {
        JsonNode model = body.path("model");
        if (model.isTextual()) {
            return model.textValue().isBlank() ? Optional.of(ApiError.missing("model")) : Optional.empty();
        }
        return Optional.of(
                model.isMissingNode() || model.isNull() ? ApiError.missing("model") : type("model", "a string"));
    }

    private static Optional<ApiError> input(JsonNode body) {
        JsonNode input = body.path("input");
        if (input.isMissingNode() || input.isNull()) {
            return body.hasNonNull("prompt") ? Optional.empty() : Optional.of(ApiError.missing("input"));
        }
        return input.isTextual() || input.isArray()
                ? Optional.empty()
                : Optional.of(type("input", "a string or an array of input items"));
    }

    private static Optional<ApiError> maxOutputTokens(JsonNode body) {
        JsonNode max = body.path("max_output_tokens");
        if (max.isMissingNode() || max.isNull()) {
            return Optional.empty();
        }
        if (!max.isIntegralNumber()) {
            return Optional.of(type("max_output_tokens", "an integer"));
        }
        return max.longValue() >= MIN_OUTPUT_TOKENS
                ? Optional.empty()
                : Optional.of(ApiError.invalid(
                        "integer_below_min_value",
                        "max_output_tokens",
                        "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= %d, but got %s instead."
                                .formatted(MIN_OUTPUT_TOKENS, max)));
    }

    private static Optional<ApiError> range(JsonNode body, String param, int max) {
        JsonNode value = body.path(param);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isNumber()) {
            return Optional.of(type(param, "a decimal"));
        }
        boolean below = value.doubleValue() < 0;
        if (!below && value.doubleValue() <= max) {
            return Optional.empty();
        }
        return Optional.of(ApiError.invalid(
                below ? "decimal_below_min_value" : "decimal_above_max_value",
                param,
                "Invalid '%s': decimal %s. Expected a value %s, but got %s instead."
                        .formatted(
                                param,
                                below ? "below minimum value" : "above maximum value",
                                below ? ">= 0" : "<= " + max,
                                value)));
    }

    private static Optional<ApiError> metadata(JsonNode body) {
        JsonNode metadata = body.path("metadata");
        if (metadata.isMissingNode() || metadata.isNull()) {
            return Optional.empty();
        }
        if (!metadata.isObject()) {
            return Optional.of(type("metadata", "an object"));
        }
        if (metadata.size() > 16) {
            return Optional.of(ApiError.invalid(
                    "object_above_max_properties", "metadata", "Invalid 'metadata': at most 16 pairs are allowed."));
        }
        return metadata.propertyStream()
                .filter(pair -> !pair.getValue().isTextual())
                .findFirst()
                .map(pair -> type("metadata." + pair.getKey(), "a string"));
    }

    private static Optional<ApiError> format(JsonNode body) {
        JsonNode format = body.path("text").path("format");
        if (format.isMissingNode() || format.isNull()) {
            return Optional.empty();
        }
        String type = format.path("type").asText("");
        if (!FORMATS.contains(type)) {
            return Optional.of(
                    type.isEmpty()
                            ? ApiError.missing("text.format.type")
                            : ApiError.invalid("invalid_value", "text.format.type", "Invalid value: '" + type + "'."));
        }
        if (type.equals("json_schema")) {
            for (String needed : new String[] {"name", "schema"}) {
                if (!format.hasNonNull(needed)) {
                    return Optional.of(ApiError.missing("text.format." + needed));
                }
            }
            return format.path("strict").asBoolean() ? StrictSchema.refusal(format) : Optional.empty();
        }
        if (type.equals("json_object")
                && !body.path("input").toString().toLowerCase(Locale.ROOT).contains("json")) {
            return Optional.of(
                    ApiError.invalid(
                            null,
                            "input",
                            "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'."));
        }
        return Optional.empty();
    }

    private static Optional<ApiError> notOffered(JsonNode body, String param) {
        return body.path(param).asBoolean()
                ? Optional.of(ApiError.invalid(
                        "unsupported_parameter",
                        param,
                        "Unsupported parameter: the sandbox does not offer '" + param + "'."))
                : Optional.empty();
    }

    private static ApiError type(String param, String expected) {
        return ApiError.invalid(
                "invalid_type", param, "Invalid type for '%s': expected %s.".formatted(param, expected));
    }

    /** The stricter form that {@code strict: true} asks of a schema. */
    private static final class StrictSchema {

        static Optional<ApiError> refusal(JsonNode format) {
            return flaw(format.path("schema"), "()")
                    .map(flaw -> ApiError.invalid(
                            "invalid_json_schema",
                            "text.format.schema",
                            "Invalid schema for response_format '%s': %s"
                                    .formatted(format.path("name").asText(), flaw)));
        }

        private static Optional<String> flaw(JsonNode schema, String context) {
            if (!schema.isObject()) {
                return Optional.empty();
            }
            JsonNode properties = schema.path("properties");
            if (schema.path("type").asText().equals("object") || properties.isObject()) {
                if (!schema.path("additionalProperties").isBoolean()
                        || schema.path("additionalProperties").asBoolean()) {
                    return Optional.of(
                            "In context=%s, 'additionalProperties' is required to be supplied and to be false."
                                    .formatted(context));
                }
                var required = schema.path("required")
                        .valueStream()
                        .map(JsonNode::asText)
                        .toList();
                Optional<String> optional = properties
                        .propertyStream()
                        .map(property -> property.getKey())
                        .filter(name -> !required.contains(name))
                        .findFirst();
                if (optional.isPresent()) {
                    return Optional.of(
                            "In context=%s, 'required' is required to be supplied and to be an array including every key in properties. Missing '%s'."
                                    .formatted(context, optional.get()));
                }
            }
            return Stream.of(
                            children(properties, "properties"),
                            children(schema.path("$defs"), "$defs"),
                            children(schema.path("definitions"), "definitions"),
                            children(schema.path("anyOf"), "anyOf"),
                            Stream.of(Map.entry("items", schema.path("items"))))
                    .flatMap(child -> child)
                    .map(child -> flaw(child.getValue(), "(" + child.getKey() + ")"))
                    .flatMap(Optional::stream)
                    .findFirst();
        }

        private static Stream<Map.Entry<String, JsonNode>> children(JsonNode parent, String name) {
            return parent.isObject()
                    ? parent.propertyStream()
                    : parent.valueStream().map(child -> Map.entry(name, child));
        }
    }
}
