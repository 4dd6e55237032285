package io.github.genaistreams.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rules for a Responses API request with any model: its prompt, ranges, exclusive fields, its policy. The builder and
 * the worker both use them. No message quotes a prompt.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response</a>
 */
public final class ResponsesRules {

    static final int MIN_OUTPUT_TOKENS = 16;
    static final int MAX_LOGPROBS = 20;
    static final int MAX_METADATA = 16;
    static final int MAX_METADATA_KEY_LENGTH = 64;
    static final int MAX_METADATA_VALUE_LENGTH = 512;
    static final int MAX_SAFETY_IDENTIFIER_LENGTH = 64;
    static final int MAX_WAIT_SECS = 24 * 60 * 60;
    static final int MAX_RETRIES = 100;
    static final int MAX_REPAIRS = 10;

    private static final Pattern CREDENTIAL = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    private ResponsesRules() {}

    /** The first violated rule, with the field to correct; empty if there is none. */
    public static Optional<CallError> firstProblem(ResponsesRequest request) {
        return Problem.first(
                () -> model(request.model()),
                () -> prompt(request),
                () -> Problem.unreadable("system_prompt", request.systemPrompt()),
                () -> sampling(request),
                () -> words(request),
                () -> range("max_tool_calls", request.maxToolCalls(), 1, Integer.MAX_VALUE),
                () -> state(request),
                () -> include(request.include()),
                () -> metadata(request.metadata()),
                () -> safetyIdentifier(request.safetyIdentifier()),
                () -> flexFallback(request),
                () -> policy(request),
                () -> range("max_concurrent_requests", request.maxConcurrentRequests(), 1, Integer.MAX_VALUE),
                () -> range("priority", request.priority(), ApiRequest.MIN_PRIORITY, ApiRequest.MAX_PRIORITY),
                () -> repairs(request),
                () -> credential(request.credential()));
    }

    /** Whether a problem concerns only the prompt, so that a request with another prompt may be valid. */
    public static boolean isOfPrompt(CallError problem) {
        return problem.param() != null && problem.param().startsWith(PromptRules.FIELD);
    }

    /** A prompt template may be enough, without a prompt. */
    private static Optional<CallError> prompt(ResponsesRequest request) {
        return request.userPrompt() == null && Problem.isSet(request.prompt())
                ? Optional.empty()
                : PromptRules.firstProblem(request.userPrompt());
    }

    private static Optional<CallError> model(@Nullable String model) {
        if (model == null || model.isBlank()) {
            return Problem.in("model", "is missing: give the name of the model, for example gpt-4o-mini");
        }
        return Problem.unreadable("model", model);
    }

    private static Optional<CallError> sampling(ResponsesRequest request) {
        return Problem.first(
                () -> range("max_output_tokens", request.maxOutputTokens(), MIN_OUTPUT_TOKENS, Integer.MAX_VALUE),
                () -> range("temperature", request.temperature(), 2),
                () -> range("top_p", request.topP(), 1),
                () -> range("top_logprobs", request.topLogprobs(), 0, MAX_LOGPROBS));
    }

    /** Values that the API knows and may add to. */
    private static Optional<CallError> words(ResponsesRequest request) {
        return Problem.first(
                () -> word("reasoning_effort", request.reasoningEffort()),
                () -> word("reasoning_summary", request.reasoningSummary()),
                () -> word("verbosity", request.verbosity()),
                () -> word("truncation", request.truncation()),
                () -> word("service_tier", request.serviceTier()),
                () -> word("prompt_cache_key", request.promptCacheKey()),
                () -> word("prompt_cache_retention", request.promptCacheRetention()));
    }

    /** Objects that the API has stored or is to store. */
    private static Optional<CallError> state(ResponsesRequest request) {
        JsonNode conversation = Problem.orMissing(request.conversation());
        JsonNode prompt = Problem.orMissing(request.prompt());
        JsonNode extra = Problem.orMissing(request.extraBody());
        boolean inConversation = Problem.isSet(conversation);
        if (inConversation && !Problem.isText(conversation) && !Problem.isText(conversation.path("id"))) {
            return Problem.in("conversation", "is not an ID or an object with an id: use one of them");
        }
        if (inConversation && request.previousResponseId() != null) {
            return Problem.in("previous_response_id", "and conversation cannot be used together: remove one of them");
        }
        if (Problem.isSet(prompt) && !Problem.isText(prompt.path("id"))) {
            return Problem.in(
                    "prompt",
                    "is not an object with an id: give the ID of the stored prompt, or remove it; a text belongs in"
                            + " user_prompt");
        }
        boolean notStored = Boolean.FALSE.equals(request.store())
                || extra.path("store").isBoolean() && !extra.path("store").asBoolean();
        if (request.wantsBackground() && notStored) {
            return Problem.in("store", "is false, but a background response must be stored: remove one of them");
        }
        return Problem.first(
                () -> word("previous_response_id", request.previousResponseId()),
                () -> Problem.unreadable("conversation", conversation),
                () -> Problem.unreadable("prompt", prompt));
    }

    private static Optional<CallError> include(@Nullable List<String> include) {
        for (int i = 0; include != null && i < include.size(); i++) {
            String field = "include[" + i + "]";
            Optional<CallError> problem = include.get(i) == null
                    ? Problem.in(field, "is null: name what to include, or remove it")
                    : word(field, include.get(i));
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private static Optional<CallError> metadata(@Nullable Map<String, String> metadata) {
        if (metadata == null) {
            return Optional.empty();
        }
        if (metadata.size() > MAX_METADATA) {
            return Problem.in(
                    "metadata", "has %d entries, but the API accepts %d".formatted(metadata.size(), MAX_METADATA));
        }
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
            String key = entry.getKey();
            String field = "metadata." + Problem.abbreviated(key);
            if (Problem.characters(key) > MAX_METADATA_KEY_LENGTH) {
                return Problem.in(
                        field, "has a name that is too long: use at most " + MAX_METADATA_KEY_LENGTH + " characters");
            }
            if (entry.getValue() == null) {
                return Problem.in(field, "is null: give it a string, or remove it");
            }
            if (Problem.characters(entry.getValue()) > MAX_METADATA_VALUE_LENGTH) {
                return Problem.in(field, "is too long: use at most " + MAX_METADATA_VALUE_LENGTH + " characters");
            }
            Optional<CallError> problem = Problem.first(
                    () -> Problem.unreadable("metadata", key), () -> Problem.unreadable(field, entry.getValue()));
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private static Optional<CallError> safetyIdentifier(@Nullable String identifier) {
        if (identifier != null && Problem.characters(identifier) > MAX_SAFETY_IDENTIFIER_LENGTH) {
            return Problem.in(
                    "safety_identifier",
                    "is too long: use at most " + MAX_SAFETY_IDENTIFIER_LENGTH + " characters, for example a hash");
        }
        return word("safety_identifier", identifier);
    }

    private static Optional<CallError> flexFallback(ResponsesRequest request) {
        if (!request.fallsBackFromFlex()) {
            return Optional.empty();
        }
        if (!ResponsesRequest.FLEX.equals(request.serviceTier())) {
            return Problem.in(
                    "flex_fallback",
                    "is true, but service_tier is not flex: set service_tier to flex, or remove this field");
        }
        // It wins over service_tier, so the default tier could not be asked for.
        return Problem.orMissing(request.extraBody()).has("service_tier")
                ? Problem.in(
                        "extra_body.service_tier",
                        "and flex_fallback cannot be used together: set the field service_tier to flex instead")
                : Optional.empty();
    }

    private static Optional<CallError> policy(ResponsesRequest request) {
        return Problem.first(
                () -> range("timeout_secs", request.timeoutSecs(), 1, MAX_WAIT_SECS),
                () -> range("total_wait_secs", request.totalWaitSecs(), 1, MAX_WAIT_SECS),
                () -> range("stream_idle_timeout_secs", request.streamIdleTimeoutSecs(), 1, MAX_WAIT_SECS),
                () -> range("max_retries", request.maxRetries(), 0, MAX_RETRIES),
                () -> range("retry_delay_min_ms", request.retryDelayMinMs(), 0, Integer.MAX_VALUE),
                () -> range("retry_delay_max_ms", request.retryDelayMaxMs(), 0, Integer.MAX_VALUE),
                () -> delays(request));
    }

    private static Optional<CallError> delays(ResponsesRequest request) {
        var policy = request.policy();
        if (policy.retryDelayMin().compareTo(policy.retryDelayMax()) <= 0) {
            return Optional.empty();
        }
        String message = "is %d, more than retry_delay_max_ms (%d%s): lower it or raise retry_delay_max_ms"
                .formatted(
                        policy.retryDelayMin().toMillis(),
                        policy.retryDelayMax().toMillis(),
                        request.retryDelayMaxMs() == null ? " by default" : "");
        // The field that was set is the more likely mistake.
        if (request.retryDelayMinMs() == null) {
            return Problem.in(
                    "retry_delay_max_ms",
                    "is %d, less than retry_delay_min_ms (%d by default): raise it or lower retry_delay_min_ms"
                            .formatted(
                                    policy.retryDelayMax().toMillis(),
                                    policy.retryDelayMin().toMillis()));
        }
        return Problem.in("retry_delay_min_ms", message);
    }

    private static Optional<CallError> repairs(ResponsesRequest request) {
        Optional<CallError> outOfRange = range("repair_attempts", request.repairAttempts(), 0, MAX_REPAIRS);
        if (outOfRange.isEmpty() && request.maxRepairs() > 0 && !request.validatesOutput()) {
            return Problem.in(
                    "repair_attempts",
                    "is set, but validate_output is not: set validate_output to true, or remove this field");
        }
        return outOfRange;
    }

    /** Does not quote the value: it may be a key. */
    private static Optional<CallError> credential(@Nullable String credential) {
        return credential == null || CREDENTIAL.matcher(credential).matches()
                ? Optional.empty()
                : Problem.in(
                        "credential",
                        "is not an alias: use 1 to 64 letters, digits, dots, hyphens or underscores, never a key");
    }

    private static Optional<CallError> word(String field, @Nullable String word) {
        if (word != null && word.isBlank()) {
            return Problem.in(field, "is blank: give it a value, or remove it");
        }
        return Problem.unreadable(field, word);
    }

    private static Optional<CallError> range(String field, @Nullable Double value, int max) {
        // Written so that NaN is out of range.
        if (value != null && !(value >= 0 && value <= max)) {
            return Problem.in(field, "is " + value + ": use a number from 0 to " + max + ", or remove it");
        }
        return Optional.empty();
    }

    private static Optional<CallError> range(String field, @Nullable Integer value, int min, int max) {
        if (value == null || value >= min && value <= max) {
            return Optional.empty();
        }
        String allowed = max == Integer.MAX_VALUE ? min + " or more" : min + " to " + max;
        return Problem.in(field, "is " + value + ": use " + allowed + ", or remove it");
    }
}
