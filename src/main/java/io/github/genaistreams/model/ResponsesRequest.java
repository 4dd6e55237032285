package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/**
 * One call of the OpenAI Responses API, as it stands on the request topic. Field names on the wire are
 * these in snake_case; a null field is absent on the wire and the default holds.
 *
 * @param batchId         the batch this item belongs to
 * @param index           the item's place in the batch, from 0
 * @param batchSize       number of items of the batch, null if not known yet
 * @param model           model ID, for example {@code gpt-4o-mini}
 * @param systemPrompt    instructions for the model, or null
 * @param userPrompt      the prompt
 * @param responseFormat  {@code text}, {@code json_object} or {@code json_schema} in the Chat or the
 *                        Responses spelling; null means text
 * @param maxOutputTokens bound on generated tokens, at least 16, reasoning included; null for the API's
 * @param temperature     0 to 2; null for the API's
 * @param timeoutSecs     bound on one attempt in seconds, default {@value #DEFAULT_TIMEOUT_SECS}
 * @param maxRetries      attempts after the first, default {@value #DEFAULT_MAX_RETRIES}
 * @param retryDelayMinMs shortest back-off in milliseconds, default {@value #DEFAULT_RETRY_DELAY_MIN_MS}
 * @param retryDelayMaxMs longest back-off in milliseconds, default {@value #DEFAULT_RETRY_DELAY_MAX_MS}
 */
public record ResponsesRequest(
        String batchId,
        int index,
        Integer batchSize,
        String model,
        String systemPrompt,
        String userPrompt,
        JsonNode responseFormat,
        Integer maxOutputTokens,
        Double temperature,
        Integer timeoutSecs,
        Integer maxRetries,
        Integer retryDelayMinMs,
        Integer retryDelayMaxMs)
        implements ApiRequest {

    public static final int DEFAULT_TIMEOUT_SECS = 60;
    public static final int DEFAULT_MAX_RETRIES = 5;
    public static final int DEFAULT_RETRY_DELAY_MIN_MS = 1_000;
    public static final int DEFAULT_RETRY_DELAY_MAX_MS = 60_000;

    @Override
    @JsonIgnore
    public CallPolicy policy() {
        return new CallPolicy(
                Duration.ofSeconds(or(timeoutSecs, DEFAULT_TIMEOUT_SECS)),
                or(maxRetries, DEFAULT_MAX_RETRIES),
                Duration.ofMillis(or(retryDelayMinMs, DEFAULT_RETRY_DELAY_MIN_MS)),
                Duration.ofMillis(or(retryDelayMaxMs, DEFAULT_RETRY_DELAY_MAX_MS)));
    }

    @Override
    @JsonIgnore
    public ItemKey key() {
        return ApiRequest.super.key();
    }

    private static int or(Integer value, int fallback) {
        return value == null ? fallback : value;
    }

    /** A builder that starts from this request: to set an index, or to change one parameter. */
    public Builder toBuilder() {
        var builder = new Builder();
        builder.batchId = batchId;
        builder.index = index;
        builder.batchSize = batchSize;
        builder.model = model;
        builder.systemPrompt = systemPrompt;
        builder.userPrompt = userPrompt;
        builder.responseFormat = responseFormat;
        builder.maxOutputTokens = maxOutputTokens;
        builder.temperature = temperature;
        builder.timeoutSecs = timeoutSecs;
        builder.maxRetries = maxRetries;
        builder.retryDelayMinMs = retryDelayMinMs;
        builder.retryDelayMaxMs = retryDelayMaxMs;
        return builder;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects the fields of a {@link ResponsesRequest}; not thread-safe. */
    public static final class Builder {
        private String batchId;
        private int index;
        private Integer batchSize;
        private String model;
        private String systemPrompt;
        private String userPrompt;
        private JsonNode responseFormat;
        private Integer maxOutputTokens;
        private Double temperature;
        private Integer timeoutSecs;
        private Integer maxRetries;
        private Integer retryDelayMinMs;
        private Integer retryDelayMaxMs;

        private Builder() {}

        public Builder batchId(String batchId) {
            this.batchId = batchId;
            return this;
        }

        public Builder index(int index) {
            this.index = index;
            return this;
        }

        public Builder batchSize(Integer batchSize) {
            this.batchSize = batchSize;
            return this;
        }

        public Builder model(String model) {
            this.model = model;
            return this;
        }

        public Builder systemPrompt(String systemPrompt) {
            this.systemPrompt = systemPrompt;
            return this;
        }

        public Builder userPrompt(String userPrompt) {
            this.userPrompt = userPrompt;
            return this;
        }

        public Builder responseFormat(JsonNode responseFormat) {
            this.responseFormat = responseFormat;
            return this;
        }

        public Builder maxOutputTokens(Integer maxOutputTokens) {
            this.maxOutputTokens = maxOutputTokens;
            return this;
        }

        public Builder temperature(Double temperature) {
            this.temperature = temperature;
            return this;
        }

        public Builder timeoutSecs(Integer timeoutSecs) {
            this.timeoutSecs = timeoutSecs;
            return this;
        }

        public Builder maxRetries(Integer maxRetries) {
            this.maxRetries = maxRetries;
            return this;
        }

        public Builder retryDelayMinMs(Integer retryDelayMinMs) {
            this.retryDelayMinMs = retryDelayMinMs;
            return this;
        }

        public Builder retryDelayMaxMs(Integer retryDelayMaxMs) {
            this.retryDelayMaxMs = retryDelayMaxMs;
            return this;
        }

        public ResponsesRequest build() {
            return new ResponsesRequest(
                    batchId,
                    index,
                    batchSize,
                    model,
                    systemPrompt,
                    userPrompt,
                    responseFormat,
                    maxOutputTokens,
                    temperature,
                    timeoutSecs,
                    maxRetries,
                    retryDelayMinMs,
                    retryDelayMaxMs);
        }
    }
}
