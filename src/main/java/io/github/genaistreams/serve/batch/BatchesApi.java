package io.github.genaistreams.serve.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.serve.batch.Stored.Cancellation;
import io.github.genaistreams.serve.batch.Stored.Fault;
import io.github.genaistreams.serve.batch.Stored.Order;
import io.github.genaistreams.serve.batch.Stored.Phase;
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
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/batches}.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/batch">Batch</a>
 */
final class BatchesApi {

    private static final int DEFAULT_PAGE = 20;
    private static final int MAX_PAGE = 100;
    private static final int MAX_METADATA = 16;
    private static final int MAX_METADATA_KEY = 64;
    private static final int MAX_METADATA_VALUE = 512;
    private static final Set<String> FIELDS = Set.of("input_file_id", "endpoint", "completion_window", "metadata");

    /** Names of the metadata that say how a batch is run. */
    static final String PRIORITY = "priority";

    static final String MAX_COST = "max_cost_usd";

    private final ObjectTable table;
    private final BatchClient client;
    private final FilesApi files;
    private final Budgets budgets;
    private final Duration maxWindow;
    private final Ids ids;
    private final Clock clock;

    /** @param maxWindow longest completion window */
    BatchesApi(
            ObjectTable table,
            BatchClient client,
            FilesApi files,
            Budgets budgets,
            Duration maxWindow,
            Ids ids,
            Clock clock) {
        this.table = table;
        this.client = client;
        this.files = files;
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
                .on("GET", "/v1/batches/{id}", request -> HttpReply.json(json(batch(request))))
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
        String fileId = text(body, "input_file_id");
        String endpoint = text(body, "endpoint");
        if (!endpoint.equals(ResponsesApi.PATH)) {
            throw ApiException.invalid(
                    "endpoint",
                    "invalid_value",
                    "`endpoint` must be " + ResponsesApi.PATH + ". This server does not support other endpoints.");
        }
        String window = text(body, "completion_window");
        Duration time = window(window);
        Map<String, String> metadata = metadata(body.path("metadata"));
        Integer priority = priority(metadata.get(PRIORITY));
        BigDecimal maxCost = maxCost(metadata.get(MAX_COST));
        long now = clock.instant().getEpochSecond();
        StoredFile file = table.find(fileId, StoredFile.class)
                .filter(found -> caller.sees(Optional.of(found.owner())))
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
        return HttpReply.json(json(batch));
    }

    private static String text(ObjectNode body, String field) {
        JsonNode value = body.get(field);
        if (value == null || value.isNull()) {
            throw ApiException.invalid(
                    field, "missing_required_parameter", "Missing required parameter: '" + field + "'.");
        }
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw ApiException.invalid(field, "invalid_type", "`" + field + "` must be a string that is not empty.");
        }
        return value.textValue();
    }

    private Duration window(String text) {
        Duration window = !text.matches("\\d{1,3}[hd]")
                ? Duration.ZERO
                : text.endsWith("h")
                        ? Duration.ofHours(Long.parseLong(text.substring(0, text.length() - 1)))
                        : Duration.ofDays(Long.parseLong(text.substring(0, text.length() - 1)));
        if (window.isZero() || window.compareTo(maxWindow) > 0) {
            throw ApiException.invalid(
                    "completion_window",
                    "invalid_value",
                    "`completion_window` must be from 1h to %dh, for example 24h.".formatted(maxWindow.toHours()));
        }
        return window;
    }

    /** As OpenAI bounds it: 16 pairs, names of 64 characters and values of 512. */
    static Map<String, String> metadata(JsonNode given) {
        if (given.isMissingNode() || given.isNull()) {
            return Map.of();
        }
        if (!given.isObject() || given.size() > MAX_METADATA) {
            throw ApiException.invalid(
                    "metadata",
                    "invalid_type",
                    "`metadata` must be an object of at most " + MAX_METADATA + " strings.");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        given.properties().forEach(entry -> {
            String value = entry.getValue().textValue();
            if (value == null
                    || value.length() > MAX_METADATA_VALUE
                    || entry.getKey().length() > MAX_METADATA_KEY) {
                throw ApiException.invalid(
                        "metadata",
                        "invalid_value",
                        "A name in `metadata` must have at most " + MAX_METADATA_KEY
                                + " characters, and its value must be a string of at most " + MAX_METADATA_VALUE + ".");
            }
            metadata.put(entry.getKey(), value);
        });
        return metadata;
    }

    static @Nullable Integer priority(@Nullable String text) {
        if (text == null) {
            return null;
        }
        int priority = text.matches("\\d{1,3}") ? Integer.parseInt(text) : 0;
        if (priority < ResponsesRequest.MIN_PRIORITY || priority > ResponsesRequest.MAX_PRIORITY) {
            throw ApiException.invalid(
                    "metadata." + PRIORITY,
                    "invalid_value",
                    "`metadata." + PRIORITY + "` must be from " + ResponsesRequest.MIN_PRIORITY + " to "
                            + ResponsesRequest.MAX_PRIORITY + ".");
        }
        return priority;
    }

    static @Nullable BigDecimal maxCost(@Nullable String text) {
        if (text == null) {
            return null;
        }
        if (text.matches("\\d{1,9}(\\.\\d{1,9})?") && new BigDecimal(text).signum() > 0) {
            return new BigDecimal(text);
        }
        throw ApiException.invalid(
                "metadata." + MAX_COST,
                "invalid_value",
                "`metadata." + MAX_COST + "` must be an amount above 0, for example 2.50.");
    }

    private HttpReply list(Request request) {
        var mine = table.all(StoredBatch.class)
                .filter(batch -> request.caller().sees(Optional.of(batch.owner())))
                .toList();
        return HttpReply.json(
                Pages.of(request, DEFAULT_PAGE, MAX_PAGE, mine, StoredBatch::createdAt, StoredBatch::id, this::json));
    }

    StoredBatch batch(Request request) {
        String id = request.path("id");
        return table.find(id, StoredBatch.class)
                .filter(batch -> request.caller().sees(Optional.of(batch.owner())))
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
        return HttpReply.json(json(table.find(batch.id(), StoredBatch.class).orElse(batch)));
    }

    /** Cancels it, if its calls may not be over yet; returns whether they may not. */
    boolean cancel(StoredBatch batch) {
        if (batch.phase().isFinal() || batch.phase() == Phase.FINALIZING) {
            return false;
        }
        if (cancellation(batch).isEmpty()) {
            // At once, so that no more calls are made even while no replica has the batch.
            client.control(BatchControl.of(batch.id()).withCancel());
            table.put(new Cancellation(
                    Cancellation.idOf(batch.id()),
                    batch.owner(),
                    clock.instant().getEpochSecond()));
        }
        return true;
    }

    private Optional<Cancellation> cancellation(StoredBatch batch) {
        return table.find(Cancellation.idOf(batch.id()), Cancellation.class);
    }

    ObjectNode json(StoredBatch batch) {
        Optional<Cancellation> cancellation = cancellation(batch);
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
        boolean isCancelling = isCancelled && !batch.phase().isFinal() && batch.phase() != Phase.FINALIZING;
        return isCancelling ? "cancelling" : batch.phase().name().toLowerCase(Locale.ROOT);
    }

    private static void errors(StoredBatch batch, ObjectNode json) {
        if (batch.faults().isEmpty()) {
            json.putNull("errors");
            return;
        }
        ArrayNode data = json.putObject("errors").put("object", "list").putArray("data");
        for (Fault fault : batch.faults()) {
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
