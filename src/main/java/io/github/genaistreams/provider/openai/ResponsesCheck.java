package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ResponsesRequest;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Why a request cannot be sent as it is: the API would refuse it, or its policy makes no sense. Found here it costs no
 * call. Only what holds for every model is checked; the rest is the API's to say. No message quotes a prompt.
 */
final class ResponsesCheck {

    /** Longest input string the API takes, in characters (https://github.com/openai/openai-openapi). */
    static final int LONGEST_PROMPT = 10_485_760;

    static final int LEAST_OUTPUT_TOKENS = 16;
    static final int LONGEST_TIMEOUT_SECS = 24 * 60 * 60;
    static final int MOST_RETRIES = 100;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
    private static final Set<String> FORMATS = Set.of("text", "json_object", "json_schema");

    private ResponsesCheck() {}

    static Optional<CallError> firstProblem(ResponsesRequest request) {
        return Stream.<Optional<CallError>>of(
                        model(request.model()),
                        prompt(request.userPrompt()),
                        readable("system_prompt", request.systemPrompt()),
                        responseFormat(request.responseFormat()),
                        range("max_output_tokens", request.maxOutputTokens(), LEAST_OUTPUT_TOKENS, Integer.MAX_VALUE),
                        temperature(request.temperature()),
                        range("timeout_secs", request.timeoutSecs(), 1, LONGEST_TIMEOUT_SECS),
                        range("max_retries", request.maxRetries(), 0, MOST_RETRIES),
                        range("retry_delay_min_ms", request.retryDelayMinMs(), 0, Integer.MAX_VALUE),
                        range("retry_delay_max_ms", request.retryDelayMaxMs(), 0, Integer.MAX_VALUE),
                        delays(request))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<CallError> model(String model) {
        if (model == null || model.isBlank()) {
            return problem("model", "is missing: name the model to call, for example gpt-4o-mini");
        }
        return readable("model", model);
    }

    private static Optional<CallError> prompt(String prompt) {
        if (prompt == null || prompt.isEmpty()) {
            return problem("user_prompt", "is missing or empty: put the prompt's text there");
        }
        int length = prompt.codePointCount(0, prompt.length());
        if (length > LONGEST_PROMPT) {
            return problem(
                    "user_prompt",
                    "has %,d characters, the API takes %,d: shorten it or split it".formatted(length, LONGEST_PROMPT));
        }
        return readable("user_prompt", prompt);
    }

    /** JSON can carry half a surrogate pair as an escape; it is no character and has no UTF-8 form. */
    private static Optional<CallError> readable(String field, String text) {
        if (text == null) {
            return Optional.empty();
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (!pair) {
                return problem(field, "has half a surrogate pair at position " + i + ": remove or complete it");
            }
            i++;
        }
        return Optional.empty();
    }

    private static Optional<CallError> temperature(Double temperature) {
        // Written so that NaN is out of range.
        if (temperature != null && !(temperature >= 0 && temperature <= 2)) {
            return problem("temperature", "is " + temperature + ": use a number from 0 to 2, or leave it out");
        }
        return Optional.empty();
    }

    private static Optional<CallError> range(String field, Integer value, int least, int most) {
        if (value == null || value >= least && value <= most) {
            return Optional.empty();
        }
        String allowed = most == Integer.MAX_VALUE ? least + " or more" : least + " to " + most;
        return problem(field, "is " + value + ": use " + allowed + ", or leave it out");
    }

    private static Optional<CallError> delays(ResponsesRequest request) {
        var policy = request.policy();
        if (policy.retryDelayMin().compareTo(policy.retryDelayMax()) <= 0) {
            return Optional.empty();
        }
        String message = "is %d, more than retry_delay_max_ms, which is %d%s: lower it or raise the other"
                .formatted(
                        policy.retryDelayMin().toMillis(),
                        policy.retryDelayMax().toMillis(),
                        request.retryDelayMaxMs() == null ? " by default" : "");
        // The field that was set is the one to look at first.
        if (request.retryDelayMinMs() == null) {
            return problem(
                    "retry_delay_max_ms",
                    "is %d, less than retry_delay_min_ms, which is %d by default: raise it or lower the other"
                            .formatted(
                                    policy.retryDelayMax().toMillis(),
                                    policy.retryDelayMin().toMillis()));
        }
        return problem("retry_delay_min_ms", message);
    }

    private static Optional<CallError> responseFormat(JsonNode responseFormat) {
        if (ResponseFormat.isUnset(responseFormat)) {
            return Optional.empty();
        }
        if (!responseFormat.isObject()) {
            return problem("response_format", "is not an object: use {\"type\": \"json_schema\", ...} or leave it out");
        }
        JsonNode format = ResponseFormat.formatOf(responseFormat);
        if (!format.isObject()) {
            return problem("response_format.format", "is not an object: put the format's type and fields there");
        }
        JsonNode type = format.path("type");
        if (!type.isTextual() || !FORMATS.contains(type.asText())) {
            String found = type.isTextual() ? "has the type \"" + abbreviated(type.asText()) + "\"" : "has no type";
            return problem("response_format", found + ": use text, json_object or json_schema");
        }
        return type.asText().equals("json_schema") ? schema(format) : Optional.empty();
    }

    private static Optional<CallError> schema(JsonNode format) {
        JsonNode fields = ResponseFormat.schemaFieldsOf(format);
        String path = format.has("json_schema") ? "response_format.json_schema" : "response_format";
        if (!fields.isObject()) {
            return problem(path, "is not an object: put name, schema and strict there");
        }
        if (!fields.path("schema").isObject()) {
            return problem(path + ".schema", "is missing or not an object: put the JSON schema there");
        }
        JsonNode name = fields.path("name");
        boolean nameSet = !name.isMissingNode() && !name.isNull();
        if (nameSet && !(name.isTextual() && NAME.matcher(name.asText()).matches())) {
            return problem(path + ".name", "is not valid: use 1 to 64 letters, digits, underscores or hyphens");
        }
        JsonNode strict = fields.path("strict");
        if (!strict.isMissingNode() && !strict.isNull() && !strict.isBoolean()) {
            return problem(path + ".strict", "is not a boolean: use true or false, or leave it out for true");
        }
        return Optional.empty();
    }

    private static String abbreviated(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }

    private static Optional<CallError> problem(String field, String problem) {
        return Optional.of(CallError.invalidRequest(field, field + " " + problem));
    }
}
