package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * The outcome of one item: its one record on the result topic.
 *
 * @param batchId            as in the request
 * @param index              as in the request
 * @param batchSize          as in the request, null if the request has none
 * @param api                the API that was called: {@code responses} or {@code documents}
 * @param success            whether the API gave the requested answer
 * @param finish             how the answer ended: {@code completed} (also with tool calls), {@code empty} (completed,
 *     but without a text, refusal or tool call), {@code refusal}, {@code failed}, {@code cancelled},
 *     {@code incomplete:max_output_tokens}, {@code incomplete:content_filter}, or another word of the API; null without
 *     an answer
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
 * @param error              why it failed, null on success
 * @param attempts           attempts made, 0 if the request was refused before any call
 * @param repairs           answers that violated their schema and were requested again; each is included in usage and
 *     cost. Null if there was none
 * @param possibleDuplicate true if an attempt was repeated although the API may already have done and billed its work;
 *     null if not
 * @param model              the model that answered, or the requested one if none did
 * @param serviceTier        the service tier that the API reports, or null
 * @param requestId          the API's own ID of the last HTTP exchange (header {@code x-request-id}), or null
 * @param processingTimeSecs duration of the last attempt in seconds, 0 without one
 * @param submittedAt        timestamp of the request record
 * @param completedAt        when the outcome was known
 */
public record CallResult(
        String batchId,
        int index,
        Integer batchSize,
        String api,
        boolean success,
        String finish,
        JsonNode rawResponse,
        JsonNode jsonResponse,
        String responseRef,
        String outputText,
        Usage usage,
        BigDecimal cost,
        String costUnknownReason,
        CostBreakdown costBreakdown,
        Integer pageCount,
        CallError error,
        int attempts,
        Integer repairs,
        Boolean possibleDuplicate,
        String model,
        String serviceTier,
        String requestId,
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
        private Integer batchSize;
        private final String api;
        private boolean success;
        private String finish;
        private JsonNode rawResponse;
        private JsonNode jsonResponse;
        private String responseRef;
        private String outputText;
        private Usage usage;
        private BigDecimal cost;
        private String costUnknownReason;
        private CostBreakdown costBreakdown;
        private Integer pageCount;
        private CallError error;
        private int attempts;
        private Integer repairs;
        private Boolean possibleDuplicate;
        private String model;
        private String serviceTier;
        private String requestId;
        private double processingTimeSecs;
        private Instant submittedAt;
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

        public Builder batchSize(Integer batchSize) {
            this.batchSize = batchSize;
            return this;
        }

        public Builder success(boolean success) {
            this.success = success;
            return this;
        }

        public Builder finish(String finish) {
            this.finish = finish;
            return this;
        }

        public Builder rawResponse(JsonNode rawResponse) {
            this.rawResponse = rawResponse;
            return this;
        }

        public Builder jsonResponse(JsonNode jsonResponse) {
            this.jsonResponse = jsonResponse;
            return this;
        }

        public Builder responseRef(String responseRef) {
            this.responseRef = responseRef;
            return this;
        }

        public Builder outputText(String outputText) {
            this.outputText = outputText;
            return this;
        }

        public Builder usage(Usage usage) {
            this.usage = usage;
            return this;
        }

        public Builder cost(BigDecimal cost) {
            this.cost = cost;
            return this;
        }

        public Builder costUnknownReason(String costUnknownReason) {
            this.costUnknownReason = costUnknownReason;
            return this;
        }

        public Builder costBreakdown(CostBreakdown costBreakdown) {
            this.costBreakdown = costBreakdown;
            return this;
        }

        public Builder pageCount(Integer pageCount) {
            this.pageCount = pageCount;
            return this;
        }

        public Builder error(CallError error) {
            this.error = error;
            return this;
        }

        public Builder attempts(int attempts) {
            this.attempts = attempts;
            return this;
        }

        public Builder repairs(Integer repairs) {
            this.repairs = repairs;
            return this;
        }

        public Builder possibleDuplicate(Boolean possibleDuplicate) {
            this.possibleDuplicate = possibleDuplicate;
            return this;
        }

        public Builder model(String model) {
            this.model = model;
            return this;
        }

        public Builder serviceTier(String serviceTier) {
            this.serviceTier = serviceTier;
            return this;
        }

        public Builder requestId(String requestId) {
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
