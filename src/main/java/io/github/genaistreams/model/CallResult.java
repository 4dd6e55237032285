package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of one item: its one record on the result topic.
 *
 * @param batchId            as in the request
 * @param index              as in the request
 * @param batchSize          as in the request; null if the request has none
 * @param api                the API that was called: {@code responses} or {@code documents}
 * @param success            whether the API gave the requested answer
 * @param finish             how the answer ended: {@code completed} (also with tool calls), {@code empty} (completed,
 *     but without a text, refusal or tool call), {@code refusal}, {@code failed}, {@code cancelled},
 *     {@code incomplete:max_output_tokens}, {@code incomplete:content_filter}, or another word of the API; null
 *     without an answer
 * @param rawResponse        the Responses API's answer, unchanged; null if there was none, or it is in the document
 *     store
 * @param jsonResponse      the document API's answer, unchanged; null for other APIs or if there was none
 * @param responseRef       reference of the answer in the document store, if it was too large for the record; the
 *     client fetches it
 * @param outputText         the answer's text, all parts joined without a separator; null without an answer
 * @param usage              tokens used, including those of a billed failed call; null if unknown
 * @param cost               cost of all attempts in USD, exact; with a {@code costUnknownReason} a lower bound; null if
 *     unknown
 * @param costUnknownReason  why the cost is not or not completely known; null if it is known
 * @param costBreakdown     cost of a document in US cents, as the API reports it; null for other APIs or if unknown
 * @param pageCount         converted pages of a document; null for other APIs or if unknown
 * @param error              why it failed; null on success
 * @param attempts           attempts made, 0 if the request was refused before any call
 * @param repairs           answers that violated their schema and were requested again; each is included in usage and
 *     cost. Unset if there was none
 * @param possibleDuplicate true if an attempt was repeated although the API may already have done and billed its work;
 *     null if not
 * @param model              the model that answered, or the requested one if none did; null for an API without models
 * @param serviceTier        the service tier, if the API reports one
 * @param requestId          the API's own ID of the last HTTP exchange (header {@code x-request-id}), if it
 *     has one
 * @param processingTimeSecs duration of the last attempt in seconds, 0 without one
 * @param submittedAt        timestamp of the request record
 * @param completedAt        when the outcome was known
 */
public record CallResult(
        String batchId,
        int index,
        @Nullable Integer batchSize,
        String api,
        boolean success,
        @Nullable String finish,
        @Nullable JsonNode rawResponse,
        @Nullable JsonNode jsonResponse,
        @Nullable String responseRef,
        @Nullable String outputText,
        @Nullable Usage usage,
        @Nullable BigDecimal cost,
        @Nullable String costUnknownReason,
        @Nullable CostBreakdown costBreakdown,
        @Nullable Integer pageCount,
        @Nullable CallError error,
        int attempts,
        @Nullable Integer repairs,
        @Nullable Boolean possibleDuplicate,
        @Nullable String model,
        @Nullable String serviceTier,
        @Nullable String requestId,
        double processingTimeSecs,
        Instant submittedAt,
        Instant completedAt) {

    public CallResult {
        if (cost != null && !PicoUsd.isReasonable(cost)) {
            cost = null;
            costUnknownReason = costUnknownReason == null ? Cost.NO_PRICE : costUnknownReason;
        }
        cost = cost == null ? null : PicoUsd.plain(cost);
    }

    @JsonIgnore
    public ItemKey key() {
        return new ItemKey(batchId, index);
    }

    /** A builder that starts from this result. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** A failure with empty fields; set those that are known. */
    public static Builder builder(ItemKey key, String api) {
        return new Builder(key, api);
    }

    /** Collects the fields of a {@link CallResult}; not thread-safe. */
    public static final class Builder {
        private final String batchId;
        private final int index;
        private @Nullable Integer batchSize;
        private final String api;
        private boolean success;
        private @Nullable String finish;
        private @Nullable JsonNode rawResponse;
        private @Nullable JsonNode jsonResponse;
        private @Nullable String responseRef;
        private @Nullable String outputText;
        private @Nullable Usage usage;
        private @Nullable BigDecimal cost;
        private @Nullable String costUnknownReason;
        private @Nullable CostBreakdown costBreakdown;
        private @Nullable Integer pageCount;
        private @Nullable CallError error;
        private int attempts;
        private @Nullable Integer repairs;
        private @Nullable Boolean possibleDuplicate;
        private @Nullable String model;
        private @Nullable String serviceTier;
        private @Nullable String requestId;
        private double processingTimeSecs;
        // Set by whoever builds one: no reader accepts a result without its times.
        @SuppressWarnings("NullAway.Init")
        private Instant submittedAt;

        @SuppressWarnings("NullAway.Init")
        private Instant completedAt;

        private Builder(ItemKey key, String api) {
            batchId = key.batchId();
            index = key.index();
            this.api = api;
        }

        private Builder(CallResult from) {
            batchId = from.batchId;
            index = from.index;
            batchSize = from.batchSize;
            api = from.api;
            success = from.success;
            finish = from.finish;
            rawResponse = from.rawResponse;
            jsonResponse = from.jsonResponse;
            responseRef = from.responseRef;
            outputText = from.outputText;
            usage = from.usage;
            cost = from.cost;
            costUnknownReason = from.costUnknownReason;
            costBreakdown = from.costBreakdown;
            pageCount = from.pageCount;
            error = from.error;
            attempts = from.attempts;
            repairs = from.repairs;
            possibleDuplicate = from.possibleDuplicate;
            model = from.model;
            serviceTier = from.serviceTier;
            requestId = from.requestId;
            processingTimeSecs = from.processingTimeSecs;
            submittedAt = from.submittedAt;
            completedAt = from.completedAt;
        }

        public Builder batchSize(@Nullable Integer batchSize) {
            this.batchSize = batchSize;
            return this;
        }

        public Builder success(boolean success) {
            this.success = success;
            return this;
        }

        public Builder finish(@Nullable String finish) {
            this.finish = finish;
            return this;
        }

        public Builder rawResponse(@Nullable JsonNode rawResponse) {
            this.rawResponse = rawResponse;
            return this;
        }

        public Builder jsonResponse(@Nullable JsonNode jsonResponse) {
            this.jsonResponse = jsonResponse;
            return this;
        }

        public Builder responseRef(@Nullable String responseRef) {
            this.responseRef = responseRef;
            return this;
        }

        public Builder outputText(@Nullable String outputText) {
            this.outputText = outputText;
            return this;
        }

        public Builder usage(@Nullable Usage usage) {
            this.usage = usage;
            return this;
        }

        public Builder cost(@Nullable BigDecimal cost) {
            this.cost = cost;
            return this;
        }

        public Builder costUnknownReason(@Nullable String costUnknownReason) {
            this.costUnknownReason = costUnknownReason;
            return this;
        }

        public Builder costBreakdown(@Nullable CostBreakdown costBreakdown) {
            this.costBreakdown = costBreakdown;
            return this;
        }

        public Builder pageCount(@Nullable Integer pageCount) {
            this.pageCount = pageCount;
            return this;
        }

        public Builder error(@Nullable CallError error) {
            this.error = error;
            return this;
        }

        public Builder attempts(int attempts) {
            this.attempts = attempts;
            return this;
        }

        public Builder repairs(@Nullable Integer repairs) {
            this.repairs = repairs;
            return this;
        }

        public Builder possibleDuplicate(@Nullable Boolean possibleDuplicate) {
            this.possibleDuplicate = possibleDuplicate;
            return this;
        }

        public Builder model(@Nullable String model) {
            this.model = model;
            return this;
        }

        public Builder serviceTier(@Nullable String serviceTier) {
            this.serviceTier = serviceTier;
            return this;
        }

        public Builder requestId(@Nullable String requestId) {
            this.requestId = requestId;
            return this;
        }

        public Builder processingTimeSecs(double processingTimeSecs) {
            this.processingTimeSecs = processingTimeSecs;
            return this;
        }

        public Builder submittedAt(Instant submittedAt) {
            this.submittedAt = submittedAt;
            return this;
        }

        public Builder completedAt(Instant completedAt) {
            this.completedAt = completedAt;
            return this;
        }

        public CallResult build() {
            return new CallResult(
                    batchId,
                    index,
                    batchSize,
                    api,
                    success,
                    finish,
                    rawResponse,
                    jsonResponse,
                    responseRef,
                    outputText,
                    usage,
                    cost,
                    costUnknownReason,
                    costBreakdown,
                    pageCount,
                    error,
                    attempts,
                    repairs,
                    possibleDuplicate,
                    model,
                    serviceTier,
                    requestId,
                    processingTimeSecs,
                    submittedAt,
                    completedAt);
        }
    }
}
