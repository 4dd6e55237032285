package io.github.genaistreams.serve.batch;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.serve.batch.Stored.Cancellation;
import io.github.genaistreams.serve.batch.Stored.InputFault;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import java.util.Locale;
import java.util.Optional;

/**
 * Shows a batch as OpenAI's batch object, with the present counts of its calls.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch/object">The batch object</a>
 */
final class BatchJson {

    private final ObjectTable table;
    private final BatchClient client;
    private final FilesApi files;

    BatchJson(ObjectTable table, BatchClient client, FilesApi files) {
        this.table = table;
        this.client = client;
        this.files = files;
    }

    ObjectNode of(StoredBatch batch) {
        Optional<Cancellation> cancellation = table.cancellation(batch.id());
        Optional<BatchStatus> status = batch.total() == 0
                ? Optional.empty()
                : client.reattach(batch.id()).status();
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("id", batch.id())
                .put("object", "batch")
                .put("endpoint", batch.order().endpoint());
        errors(batch, json);
        json.put("input_file_id", batch.order().input().id())
                .put("completion_window", batch.order().window())
                .put("status", name(batch, cancellation.isPresent()))
                .put("output_file_id", files.resultId(batch, false).orElse(null))
                .put("error_file_id", files.resultId(batch, true).orElse(null))
                .put("created_at", batch.createdAt())
                .put("in_progress_at", batch.times().inProgressAt())
                .put("expires_at", batch.expiresAt())
                .put("finalizing_at", batch.times().finalizingAt())
                .put("completed_at", batch.times().completedAt())
                .put("failed_at", batch.times().failedAt())
                .put("expired_at", batch.times().expiredAt())
                .put("cancelling_at", cancellation.map(Cancellation::createdAt).orElse(null))
                .put("cancelled_at", batch.times().cancelledAt());
        json.putObject("request_counts")
                .put("total", batch.total())
                .put("completed", count(batch, status, false))
                .put("failed", count(batch, status, true));
        status.map(BatchStatus::usage).ifPresent(usage -> json.set("usage", usage(usage)));
        ObjectNode metadata = json.putObject("metadata");
        batch.order().metadata().forEach(metadata::put);
        status.ifPresent(known -> {
            ObjectNode more = json.putObject("genai").put("cost_usd", known.cost());
            if (known.waiting() != null) {
                more.putObject("waiting")
                        .put("reason", known.waiting().reason())
                        .put(
                                "until",
                                known.waiting().until() == null
                                        ? null
                                        : known.waiting().until().toString())
                        .put("detail", known.waiting().detail());
            }
        });
        return json;
    }

    private static int count(StoredBatch batch, Optional<BatchStatus> status, boolean isFailed) {
        if (batch.outcome() != null) {
            return isFailed ? batch.outcome().failed() : batch.outcome().succeeded();
        }
        return status.map(known -> isFailed ? known.failed() : known.succeeded())
                .orElse(0);
    }

    private static String name(StoredBatch batch, boolean isCancelled) {
        boolean isCancelling = isCancelled && batch.phase().hasCalls();
        return isCancelling ? "cancelling" : batch.phase().name().toLowerCase(Locale.ROOT);
    }

    private static void errors(StoredBatch batch, ObjectNode json) {
        if (batch.faults().isEmpty()) {
            json.putNull("errors");
            return;
        }
        ArrayNode data = json.putObject("errors").put("object", "list").putArray("data");
        for (InputFault fault : batch.faults()) {
            data.addObject()
                    .put("code", fault.code())
                    .put("message", fault.message())
                    .put("param", fault.param())
                    .put("line", fault.line());
        }
    }

    private static ObjectNode usage(Usage usage) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("input_tokens", usage.inputTokens());
        json.putObject("input_tokens_details")
                .put("cached_tokens", usage.inputTokensDetails().getOrDefault("cached_tokens", 0L));
        json.put("output_tokens", usage.outputTokens());
        json.putObject("output_tokens_details")
                .put("reasoning_tokens", usage.outputTokensDetails().getOrDefault("reasoning_tokens", 0L));
        return json.put("total_tokens", usage.totalTokens());
    }
}
