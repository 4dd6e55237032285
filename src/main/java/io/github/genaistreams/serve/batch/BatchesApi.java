package io.github.genaistreams.serve.batch;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.serve.batch.Stored.Cancellation;
import io.github.genaistreams.serve.batch.Stored.Order;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredFile;
import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Caller;
import io.github.genaistreams.serve.http.HttpReply;
import io.github.genaistreams.serve.http.Request;
import io.github.genaistreams.serve.http.Router;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code /v1/batches}.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch">Batch</a>
 */
final class BatchesApi {

    private static final int DEFAULT_PAGE = 20;
    private static final int MAX_PAGE = 100;
    private static final Set<String> FIELDS = Set.of("input_file_id", "endpoint", "completion_window", "metadata");

    private final ObjectTable table;
    private final BatchClient client;
    private final BatchJson json;
    private final Budgets budgets;
    private final Duration maxWindow;
    private final Ids ids;
    private final Clock clock;

    /** @param maxWindow the longest completion window */
    BatchesApi(
            ObjectTable table,
            BatchClient client,
            BatchJson json,
            Budgets budgets,
            Duration maxWindow,
            Ids ids,
            Clock clock) {
        this.table = table;
        this.client = client;
        this.json = json;
        this.budgets = budgets;
        this.maxWindow = maxWindow;
        this.ids = ids;
        this.clock = clock;
    }

    Duration maxWindow() {
        return maxWindow;
    }

    void addTo(Router router) {
        router.on("POST", "/v1/batches", this::create)
                .on("GET", "/v1/batches", this::list)
                .on("GET", "/v1/batches/{id}", request -> HttpReply.json(json.of(batch(request))))
                .on("POST", "/v1/batches/{id}/cancel", this::cancel);
    }

    private HttpReply create(Request request) {
        Caller caller = request.caller();
        caller.requireWrite();
        ObjectNode body = request.json();
        body.fieldNames().forEachRemaining(field -> {
            if (!FIELDS.contains(field)) {
                throw ApiException.invalid(field, "unknown_parameter", "Unknown parameter: '" + field + "'.");
            }
        });
        String fileId = BatchFields.text(body, "input_file_id");
        String endpoint = BatchFields.text(body, "endpoint");
        if (!endpoint.equals(ResponsesApi.PATH)) {
            throw ApiException.invalid(
                    "endpoint",
                    "invalid_value",
                    "`endpoint` must be " + ResponsesApi.PATH + ". This server does not support other endpoints.");
        }
        String window = BatchFields.text(body, "completion_window");
        Duration time = BatchFields.window(window, maxWindow);
        Map<String, String> metadata = BatchFields.metadata(body.path("metadata"));
        Integer priority = BatchFields.priority(metadata.get(BatchFields.PRIORITY));
        BigDecimal maxCost = BatchFields.maxCost(metadata.get(BatchFields.MAX_COST));
        long now = clock.instant().getEpochSecond();
        StoredFile file = table.find(fileId, StoredFile.class, caller)
                .orElseThrow(
                        () -> ApiException.invalid("input_file_id", "invalid_value", "No such File object: " + fileId));
        if (file.expiresAt() <= now) {
            throw ApiException.invalid(
                    "input_file_id", "file_expired", "The file " + fileId + " has expired. Upload it again.");
        }
        budgets.requireLeft(caller);
        var batch = StoredBatch.of(
                ids.create(Ids.BATCH, clock.millis()),
                caller.name(),
                now,
                now + time.toSeconds(),
                new Order(
                        file,
                        endpoint,
                        window,
                        metadata,
                        caller.credential().orElse(null),
                        priority,
                        maxCost,
                        caller.budgetPerDayUsd().orElse(null)));
        table.put(batch);
        return HttpReply.json(json.of(batch));
    }

    private HttpReply list(Request request) {
        var mine = table.all(StoredBatch.class)
                .filter(batch -> request.caller().sees(Optional.of(batch.owner())))
                .toList();
        return HttpReply.json(
                Pages.of(request, DEFAULT_PAGE, MAX_PAGE, mine, StoredBatch::createdAt, StoredBatch::id, json::of));
    }

    StoredBatch batch(Request request) {
        String id = request.path("id");
        return table.find(id, StoredBatch.class, request.caller())
                .orElseThrow(() -> ApiException.notFound("Batch", id));
    }

    HttpReply cancel(Request request) {
        request.caller().requireWrite();
        StoredBatch batch = batch(request);
        if (!cancel(batch)) {
            throw ApiException.refused(
                    409,
                    "Cannot cancel a batch with status '" + batch.phase().name().toLowerCase(Locale.ROOT) + "'.");
        }
        return HttpReply.json(json.of(table.find(batch.id(), StoredBatch.class).orElse(batch)));
    }

    /** Cancels a batch, unless all its calls are over. Returns whether it did. */
    boolean cancel(StoredBatch batch) {
        if (!batch.phase().hasCalls()) {
            return false;
        }
        if (table.cancellation(batch.id()).isEmpty()) {
            // At once: no replica may own the batch at the moment, and no more calls must be made.
            client.control(BatchControl.of(batch.id()).withCancel());
            table.put(new Cancellation(
                    Cancellation.idOf(batch.id()),
                    batch.owner(),
                    clock.instant().getEpochSecond()));
        }
        return true;
    }
}
