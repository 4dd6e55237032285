package io.github.genaistreams.model;

import static io.github.genaistreams.model.RequestValues.or;
import static io.github.genaistreams.model.RequestValues.parsed;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.auto.value.AutoBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call of the OpenAI Responses API, as it is on the request topic. Field names on the wire are these in snake_case.
 * A field that is null is absent on the wire and has its default: the API's own for its parameters, the one given here for the
 * fields that control how this program makes the call.
 *
 * @param batchId               the batch this item belongs to
 * @param index                 the item's index in the batch, from 0
 * @param batchSize             number of items of the batch; null if unknown
 * @param model                 model ID, for example {@code gpt-4o-mini}
 * @param systemPrompt          instructions for the model
 * @param userPrompt            the prompt: a text or a list of input items; may be null if {@code prompt} is set
 * @param responseFormat        {@code text}, {@code json_object} or {@code json_schema} in the Chat or the Responses
 *     spelling; text if unset
 * @param maxOutputTokens       maximum number of generated tokens, at least 16, reasoning included
 * @param temperature           0 to 2
 * @param topP                  probability mass to sample from, 0 to 1
 * @param topLogprobs           number of most likely tokens to report at each position, 0 to 20
 * @param reasoningEffort       how much a reasoning model thinks, for example {@code low}
 * @param reasoningSummary      how reasoning is summarised, for example {@code auto}
 * @param verbosity             how wordy the answer is, for example {@code low}
 * @param tools                 tools that the model may call: a list of objects; functions in the Chat or the Responses
 *     spelling
 * @param toolChoice            which tool the model calls: a string such as {@code auto}, or an object
 * @param parallelToolCalls     whether the model may call several tools at once
 * @param maxToolCalls          maximum number of calls of built-in tools, at least 1
 * @param previousResponseId    the stored response that this one continues; not together with {@code conversation}
 * @param conversation          the stored conversation that this call belongs to: its ID, or an object with {@code id}
 * @param prompt                a stored prompt template: an object with {@code id}, {@code version} and
 *     {@code variables}
 * @param include               more output to return, for example {@code file_search_call.results}
 * @param store                 whether the API keeps the response, which it does by default
 * @param background            whether the API works on this as a job, which the worker polls
 * @param stream                whether the answer is streamed to the worker; has no effect with {@code background}
 * @param truncation            what happens to an input that is too long: {@code auto} or {@code disabled}
 * @param contextManagement     how a long context is shortened: a list of objects
 * @param metadata              up to 16 names with values, stored with the response
 * @param serviceTier           how the call is served and priced, for example {@code flex}
 * @param promptCacheKey        a key that similar prompts share, for the API's cache
 * @param promptCacheOptions    how prompts are cached: an object with {@code mode} and {@code ttl}
 * @param promptCacheRetention  how long prompts are cached, for example {@code 24h}
 * @param safetyIdentifier      an identifier of the end user, at most 64 characters, that reveals nothing about them
 * @param moderation            how input and output are moderated: an object with {@code model} and {@code policy}
 * @param extraBody             fields to add to the body that is sent: an object. It is applied last: objects are
 *     merged field by field, and anything else replaces the field of the same name. Not {@code model}, {@code input},
 *     {@code stream} or {@code background}
 * @param flexFallback          whether a request with the service tier {@code flex} is made once more on the default tier, if
 *     its last attempt on flex was refused for a lack of capacity; default false
 * @param timeoutSecs           time limit of one attempt in seconds, default {@value #DEFAULT_TIMEOUT_SECS}, or
 *     {@value #DEFAULT_FLEX_TIMEOUT_SECS} with the service tier {@code flex}
 * @param totalWaitSecs         how long the API may report that it works on a background response, in seconds, default
 *     {@value #DEFAULT_TOTAL_WAIT_SECS}
 * @param streamIdleTimeoutSecs time limit between two events of a stream in seconds, default {@code timeoutSecs}
 * @param maxRetries            attempts after the first, default {@value #DEFAULT_MAX_RETRIES}
 * @param retryDelayMinMs       minimum back-off in milliseconds, default {@value #DEFAULT_RETRY_DELAY_MIN_MS}
 * @param retryDelayMaxMs       maximum back-off in milliseconds, default {@value #DEFAULT_RETRY_DELAY_MAX_MS}
 * @param failOnIncomplete      whether a truncated answer or a refusal is a failure, default true
 * @param validateOutput        whether the answer is checked against the requested JSON schema, default false
 * @param repairAttempts        how often the model is asked to correct an answer that violates the schema, default 0
 * @param credential            alias of the API key in the worker's settings; null for the default. Never a key
 * @param maxConcurrentRequests maximum calls of its batch at once for each partition of the request topic; null for the
 *     worker's slots only
 * @param priority              weight of its batch when batches take turns, from {@value #MIN_PRIORITY} to
 *     {@value #MAX_PRIORITY}, default {@value #DEFAULT_PRIORITY}
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response</a>
 */
public record ResponsesRequest(
        @Nullable String batchId,
        int index,
        @Nullable Integer batchSize,
        @Nullable String model,
        @Nullable String systemPrompt,
        @Nullable UserPrompt userPrompt,
        @Nullable JsonNode responseFormat,
        @Nullable Integer maxOutputTokens,
        @Nullable Double temperature,
        @Nullable Double topP,
        @Nullable Integer topLogprobs,
        @Nullable String reasoningEffort,
        @Nullable String reasoningSummary,
        @Nullable String verbosity,
        @Nullable JsonNode tools,
        @Nullable JsonNode toolChoice,
        @Nullable Boolean parallelToolCalls,
        @Nullable Integer maxToolCalls,
        @Nullable String previousResponseId,
        @Nullable JsonNode conversation,
        @Nullable JsonNode prompt,
        @Nullable List<String> include,
        @Nullable Boolean store,
        @Nullable Boolean background,
        @Nullable Boolean stream,
        @Nullable String truncation,
        @Nullable JsonNode contextManagement,
        @Nullable Map<String, String> metadata,
        @Nullable String serviceTier,
        @Nullable String promptCacheKey,
        @Nullable JsonNode promptCacheOptions,
        @Nullable String promptCacheRetention,
        @Nullable String safetyIdentifier,
        @Nullable JsonNode moderation,
        @Nullable JsonNode extraBody,
        @Nullable Boolean flexFallback,
        @Nullable Integer timeoutSecs,
        @Nullable Integer totalWaitSecs,
        @Nullable Integer streamIdleTimeoutSecs,
        @Nullable Integer maxRetries,
        @Nullable Integer retryDelayMinMs,
        @Nullable Integer retryDelayMaxMs,
        @Nullable Boolean failOnIncomplete,
        @Nullable Boolean validateOutput,
        @Nullable Integer repairAttempts,
        @Nullable String credential,
        @Nullable Integer maxConcurrentRequests,
        @Nullable Integer priority)
        implements ApiRequest {

    /** The service tier at half price: slower, and sometimes out of capacity. */
    public static final String FLEX = "flex";

    /** The service tier of a request that names none, unless the account's project says otherwise. */
    public static final String DEFAULT_TIER = "default";

    public static final int DEFAULT_TIMEOUT_SECS = 60;

    /** https://platform.openai.com/docs/guides/flex-processing: "Increase default timeout to 15 minutes". */
    public static final int DEFAULT_FLEX_TIMEOUT_SECS = 900;

    public static final int DEFAULT_TOTAL_WAIT_SECS = 3_600;
    public static final int DEFAULT_MAX_RETRIES = 5;
    public static final int DEFAULT_RETRY_DELAY_MIN_MS = 1_000;
    public static final int DEFAULT_RETRY_DELAY_MAX_MS = 60_000;
    private static final int JITTER_PERCENT = 50;

    /** https://platform.openai.com/docs/guides/background: "roughly 10 minutes". */
    private static final Duration RESPONSE_KEPT = Duration.ofMinutes(10);

    /**
     * The parameters that have the same name in the API and are sent unchanged. Each of the others has its own place in
     * the body.
     */
    public static final Map<String, Function<ResponsesRequest, Object>> SAME_IN_BODY = sameInBody();

    private static Map<String, Function<ResponsesRequest, Object>> sameInBody() {
        var same = new LinkedHashMap<String, Function<ResponsesRequest, Object>>();
        same.put("max_output_tokens", ResponsesRequest::maxOutputTokens);
        same.put("temperature", ResponsesRequest::temperature);
        same.put("top_p", ResponsesRequest::topP);
        same.put("top_logprobs", ResponsesRequest::topLogprobs);
        same.put("parallel_tool_calls", ResponsesRequest::parallelToolCalls);
        same.put("max_tool_calls", ResponsesRequest::maxToolCalls);
        same.put("previous_response_id", ResponsesRequest::previousResponseId);
        same.put("conversation", ResponsesRequest::conversation);
        same.put("prompt", ResponsesRequest::prompt);
        same.put("include", ResponsesRequest::include);
        same.put("store", ResponsesRequest::store);
        same.put("background", ResponsesRequest::background);
        same.put("truncation", ResponsesRequest::truncation);
        same.put("context_management", ResponsesRequest::contextManagement);
        same.put("metadata", ResponsesRequest::metadata);
        same.put("service_tier", ResponsesRequest::serviceTier);
        same.put("prompt_cache_key", ResponsesRequest::promptCacheKey);
        same.put("prompt_cache_options", ResponsesRequest::promptCacheOptions);
        same.put("prompt_cache_retention", ResponsesRequest::promptCacheRetention);
        same.put("safety_identifier", ResponsesRequest::safetyIdentifier);
        same.put("moderation", ResponsesRequest::moderation);
        return Collections.unmodifiableMap(same);
    }

    public ResponsesRequest {
        // Not List.copyOf: a null element is the producer's mistake, which gets a failed result and not an exception.
        include = include == null ? null : Collections.unmodifiableList(new ArrayList<>(include));
        metadata = metadata == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    @Override
    @JsonIgnore
    public CallPolicy policy() {
        return new CallPolicy(
                Duration.ofSeconds(limitSecs()),
                or(maxRetries, DEFAULT_MAX_RETRIES),
                Duration.ofMillis(or(retryDelayMinMs, DEFAULT_RETRY_DELAY_MIN_MS)),
                Duration.ofMillis(or(retryDelayMaxMs, DEFAULT_RETRY_DELAY_MAX_MS)),
                JITTER_PERCENT);
    }

    @Override
    @JsonIgnore
    public int maxOutputTokensOrZero() {
        return maxOutputTokens == null ? 0 : maxOutputTokens;
    }

    @Override
    @JsonIgnore
    public int pages() {
        return 0;
    }

    @Override
    @JsonIgnore
    public Duration totalWait() {
        return Duration.ofSeconds(or(totalWaitSecs, DEFAULT_TOTAL_WAIT_SECS));
    }

    @Override
    @JsonIgnore
    public Duration maxJobTime() {
        return totalWait().plus(RESPONSE_KEPT);
    }

    @Override
    @JsonIgnore
    public String totalWaitNames() {
        return "total_wait_secs";
    }

    /** Time limit between two events of a stream. */
    @JsonIgnore
    public Duration streamIdleTimeout() {
        return Duration.ofSeconds(or(streamIdleTimeoutSecs, limitSecs()));
    }

    private int limitSecs() {
        return or(timeoutSecs, FLEX.equals(serviceTier) ? DEFAULT_FLEX_TIMEOUT_SECS : DEFAULT_TIMEOUT_SECS);
    }

    /** Whether it is made once more on the default tier, if flex has no capacity for its last attempt. */
    @JsonIgnore
    public boolean fallsBackFromFlex() {
        return or(flexFallback, false);
    }

    /** The same request on the default tier, with the time limit that it has on flex; it falls back no more. */
    public ResponsesRequest onDefaultTier() {
        return toBuilder()
                .serviceTier(DEFAULT_TIER)
                .flexFallback(null)
                .timeoutSecs(limitSecs())
                .buildUnchecked();
    }

    /**
     * Whether to stream the answer. Not in the background: the ID of such a response must be stored before any wait,
     * and comes at once without a stream.
     */
    @JsonIgnore
    public boolean wantsStream() {
        return or(stream, false) && !wantsBackground();
    }

    /** Whether the API works in the background. */
    @JsonIgnore
    public boolean wantsBackground() {
        return or(background, false);
    }

    /** Whether a truncated answer or a refusal is a failure. */
    @JsonIgnore
    public boolean failsOnIncomplete() {
        return or(failOnIncomplete, true);
    }

    /** Whether the answer is checked against its JSON schema. */
    @JsonIgnore
    public boolean validatesOutput() {
        return or(validateOutput, false);
    }

    /** How often the model is asked to correct an answer that violates the schema. */
    @JsonIgnore
    public int maxRepairs() {
        return or(repairAttempts, 0);
    }

    /** A builder that starts from this request, to set an index or change a parameter. */
    public Builder toBuilder() {
        return new AutoBuilder_ResponsesRequest_Builder(this);
    }

    public static Builder builder() {
        return new AutoBuilder_ResponsesRequest_Builder().index(0);
    }

    /** Collects the fields of a {@link ResponsesRequest}, and checks them on build; not thread-safe. */
    @AutoBuilder
    public abstract static class Builder {

        Builder() {}

        public abstract Builder batchId(@Nullable String batchId);

        public abstract Builder index(int index);

        public abstract Builder batchSize(@Nullable Integer batchSize);

        public abstract Builder model(@Nullable String model);

        public abstract Builder systemPrompt(@Nullable String systemPrompt);

        /** A prompt that is a text. */
        public Builder userPrompt(@Nullable String userPrompt) {
            return userPrompt(userPrompt == null ? null : UserPrompt.text(userPrompt));
        }

        public abstract Builder userPrompt(@Nullable UserPrompt userPrompt);

        /** @throws IllegalArgumentException if it is not JSON */
        public Builder responseFormat(@Nullable String json) {
            return responseFormat(parsed("response_format", json));
        }

        public abstract Builder responseFormat(@Nullable JsonNode responseFormat);

        public abstract Builder maxOutputTokens(@Nullable Integer maxOutputTokens);

        public abstract Builder temperature(@Nullable Double temperature);

        public abstract Builder topP(@Nullable Double topP);

        public abstract Builder topLogprobs(@Nullable Integer topLogprobs);

        public abstract Builder reasoningEffort(@Nullable String reasoningEffort);

        public abstract Builder reasoningSummary(@Nullable String reasoningSummary);

        public abstract Builder verbosity(@Nullable String verbosity);

        /** @throws IllegalArgumentException if it is not JSON */
        public Builder tools(@Nullable String json) {
            return tools(parsed("tools", json));
        }

        public abstract Builder tools(@Nullable JsonNode tools);

        /** {@code auto}, {@code none} or {@code required}. */
        public Builder toolChoice(@Nullable String toolChoice) {
            return toolChoice(toolChoice == null ? null : TextNode.valueOf(toolChoice));
        }

        public abstract Builder toolChoice(@Nullable JsonNode toolChoice);

        public abstract Builder parallelToolCalls(@Nullable Boolean parallelToolCalls);

        public abstract Builder maxToolCalls(@Nullable Integer maxToolCalls);

        public abstract Builder previousResponseId(@Nullable String previousResponseId);

        public abstract Builder conversation(@Nullable JsonNode conversation);

        public abstract Builder prompt(@Nullable JsonNode prompt);

        public abstract Builder include(@Nullable List<String> include);

        public abstract Builder store(@Nullable Boolean store);

        public abstract Builder background(@Nullable Boolean background);

        public abstract Builder stream(@Nullable Boolean stream);

        public abstract Builder truncation(@Nullable String truncation);

        public abstract Builder contextManagement(@Nullable JsonNode contextManagement);

        public abstract Builder metadata(@Nullable Map<String, String> metadata);

        public abstract Builder serviceTier(@Nullable String serviceTier);

        public abstract Builder promptCacheKey(@Nullable String promptCacheKey);

        public abstract Builder promptCacheOptions(@Nullable JsonNode promptCacheOptions);

        public abstract Builder promptCacheRetention(@Nullable String promptCacheRetention);

        public abstract Builder safetyIdentifier(@Nullable String safetyIdentifier);

        public abstract Builder moderation(@Nullable JsonNode moderation);

        public abstract Builder extraBody(@Nullable JsonNode extraBody);

        public abstract Builder flexFallback(@Nullable Boolean flexFallback);

        public abstract Builder timeoutSecs(@Nullable Integer timeoutSecs);

        public abstract Builder totalWaitSecs(@Nullable Integer totalWaitSecs);

        public abstract Builder streamIdleTimeoutSecs(@Nullable Integer streamIdleTimeoutSecs);

        public abstract Builder maxRetries(@Nullable Integer maxRetries);

        public abstract Builder retryDelayMinMs(@Nullable Integer retryDelayMinMs);

        public abstract Builder retryDelayMaxMs(@Nullable Integer retryDelayMaxMs);

        public abstract Builder failOnIncomplete(@Nullable Boolean failOnIncomplete);

        public abstract Builder validateOutput(@Nullable Boolean validateOutput);

        public abstract Builder repairAttempts(@Nullable Integer repairAttempts);

        public abstract Builder credential(@Nullable String credential);

        public abstract Builder maxConcurrentRequests(@Nullable Integer maxConcurrentRequests);

        public abstract Builder priority(@Nullable Integer priority);

        /**
         * The request, if a worker would accept it. The worker checks the content of {@code response_format},
         * {@code tools} and other JSON. The batch ID may be missing: it is set on submit.
         *
         * @throws IllegalArgumentException if a worker would refuse it; the message names the field and says what to do
         */
        public ResponsesRequest build() {
            ResponsesRequest request = buildUnchecked();
            ItemRules.firstProblem(request)
                    .or(() -> ResponsesRules.firstProblem(request).map(CallError::message))
                    .ifPresent(problem -> {
                        throw new IllegalArgumentException(problem);
                    });
            return request;
        }

        /**
         * The request without a check: the common parameters of a batch before the prompts are set, or a request from
         * elsewhere. If it is invalid and is sent, its result says why.
         */
        public abstract ResponsesRequest buildUnchecked();
    }
}
