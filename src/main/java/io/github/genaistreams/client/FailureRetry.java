package io.github.genaistreams.client;

import io.github.genaistreams.client.BatchClient.Retried;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.client.read.Resubmitted;
import io.github.genaistreams.client.read.SeenBatch;
import io.github.genaistreams.client.read.Selection;
import io.github.genaistreams.client.read.StoredAnswers;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireHeaders;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Submits the failed items of a batch again, and reads their new results. Thread-safe. */
final class FailureRetry {

    private final Connection connection;
    private final ControlSender controls;

    FailureRetry(Connection connection, ControlSender controls) {
        this.connection = connection;
        this.controls = controls;
    }

    /** See {@link BatchClient#retryFailed(String, Predicate, BigDecimal, Long)}. */
    Retried retry(
            String batchId,
            Predicate<CallError> which,
            @Nullable BigDecimal maxCostUsd,
            @Nullable Long maxTotalTokens) {
        if (maxCostUsd != null || maxTotalTokens != null) {
            controls.send(BatchControl.of(batchId).withBudget(maxCostUsd, maxTotalTokens));
        } else if (connection
                .statuses()
                .ifKnown(batchId)
                .filter(status -> BatchControl.BUDGET_EXCEEDED.equals(status.stopped()))
                .isPresent()) {
            throw new BatchClientException("batch " + batchId
                    + " has reached its limit: give it a higher limit (--max-cost-usd, --max-total-tokens)");
        }
        long from = connection.results().end(batchId);
        Map<String, FailedItems> failed = failedItems(batchId, which);
        int sent = 0;
        List<IndexRange> missing = new ArrayList<>();
        Map<Integer, Long> submitted = new HashMap<>();
        for (var api : failed.entrySet()) {
            sent += submitAgain(api.getKey(), api.getValue());
            missing.addAll(api.getValue().missing());
            submitted.putAll(api.getValue().submitted());
        }
        // Announced after the requests are sent, so that no reader waits for requests that were not sent.
        Resubmitted.headers(submitted)
                .forEach(header -> controls.send(
                        BatchControl.of(batchId), new RecordHeaders().add(WireHeaders.RESUBMITTED, header)));
        var news = Selection.follow(false).from(from).only(sent, record -> failed.values().stream()
                .anyMatch(items -> items.isResult(record)));
        return new Retried(sent, missing, connection.results().read(SeenBatch.elsewhere(batchId), news));
    }

    private Map<String, FailedItems> failedItems(String batchId, Predicate<CallError> which) {
        Map<String, FailedItems> failed = new HashMap<>();
        var batch = SeenBatch.elsewhere(BatchIds.check(batchId));
        var soFar = Selection.snapshot().withoutAnswers();
        try (BatchResults results = connection.results().read(batch, soFar)) {
            results.forEachRemaining(result -> {
                if (!result.success() && !StoredAnswers.isUnavailable(result) && which.test(result.error())) {
                    failed.computeIfAbsent(result.api(), api -> new FailedItems(batchId))
                            .add(result.index(), results.lastOffset());
                }
            });
            if (results.progress().received() == 0) {
                throw new BatchClientException("no result found for batch " + batchId);
            }
        }
        return failed;
    }

    private int submitAgain(String api, FailedItems items) {
        RequestKind<?> kind = (api.equals(Topics.DOCUMENTS) ? RequestKind.DOCUMENTS : RequestKind.RESPONSES)
                .reading(connection.schemas());
        for (String topic : connection.requestTopics(kind)) {
            items.find(kind, topic, connection);
        }
        int sent = 0;
        for (String topic : items.topics()) {
            sent += items.send(topic, connection);
        }
        return sent;
    }
}
