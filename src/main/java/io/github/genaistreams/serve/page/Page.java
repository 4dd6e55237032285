package io.github.genaistreams.serve.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Caller;
import io.github.genaistreams.serve.http.HttpReply;
import io.github.genaistreams.serve.http.Request;
import io.github.genaistreams.serve.http.Router;
import io.github.genaistreams.serve.page.BatchList.Found;
import io.github.genaistreams.worker.GenAiConfig;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The page at {@code /} and the paths below {@code /api} that it uses. Thread-safe. */
public final class Page implements AutoCloseable {

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final int MAX_PAGE = 10_000_000;

    private final BatchClient client;
    private final BatchRegister register;
    private final AllBatches batches;
    private final BatchList list;
    private final BatchReadings readings;
    private final Workers workers;
    private final EventStreams streams;
    private final Assets assets = new Assets();

    /**
     * Does not connect to Kafka yet.
     *
     * @param client not closed here
     */
    public Page(GenAiConfig config, BatchClient client, BatchRegister register) {
        this(
                client,
                register,
                new Workers(
                        config.kafka().admin(),
                        config.getString(GenAiConfig.APPLICATION_ID),
                        config.topics(),
                        config.credentialLimits()),
                new EventStreams(INTERVAL));
    }

    Page(BatchClient client, BatchRegister register, Workers workers, EventStreams streams) {
        this.client = client;
        this.register = register;
        this.batches = new AllBatches(client, register);
        this.list = new BatchList(batches);
        this.readings = new BatchReadings(client);
        this.workers = workers;
        this.streams = streams;
    }

    public void addTo(Router router) {
        assets.addTo(router);
        router.on("GET", "/api/me", request -> HttpReply.json(me(request.caller())))
                .on("GET", "/api/batches", this::batches)
                .on(
                        "GET",
                        "/api/stream",
                        request -> streams.stream(new LiveList(list, BatchList.Query.of(request), request.caller())))
                .on(
                        "GET",
                        "/api/batches/{id}/stream",
                        request -> streams.stream(new LiveBatch(batch(request), batches, readings)))
                .on("GET", "/api/batches/{id}/items", this::items)
                .on("GET", "/api/batches/{id}/items/{index}", this::item)
                .on("POST", "/api/batches/{id}/cancel", this::cancel)
                .on("POST", "/api/batches/{id}/retry-failed", this::retryFailed)
                .on("GET", "/api/workers", this::workers);
    }

    private static ObjectNode me(Caller caller) {
        return PageJson.object()
                .put("name", caller.name())
                .put("may_write", caller.role() != Caller.Role.READ)
                .put("sees_all", caller.role() == Caller.Role.ADMIN);
    }

    private HttpReply batches(Request request) {
        Found found = list.find(BatchList.Query.of(request), request.caller());
        ObjectNode json = PageJson.now().put("page", found.page()).put("pages", found.pages());
        ObjectNode counts = json.putObject("counts");
        found.counts().forEach((show, count) -> counts.put(show.label(), count));
        ArrayNode listed = json.putArray("batches");
        found.batches().forEach(batch -> listed.add(batch.json()));
        return HttpReply.json(json);
    }

    /** The batch of the path, if it exists and the caller may see it. */
    private BatchHandle batch(Request request) {
        return client.reattach(listed(request).id());
    }

    private ListedBatch listed(Request request) {
        return batches.require(request.path("id"), request.caller());
    }

    /** Reads the results of the batch; empty until workers have published its status. */
    private Optional<BatchReading> reading(Request request) {
        ListedBatch batch = listed(request);
        if (batch.stage() != null) {
            return Optional.empty();
        }
        BatchReading reading = readings.of(batch.id());
        reading.readOn(batch.status());
        return Optional.of(reading);
    }

    private HttpReply items(Request request) {
        String show = request.query("show").orElse("all");
        if (!show.equals("all") && !show.equals("failed")) {
            throw ApiException.invalid("show", "invalid_value", "`show` must be all or failed.");
        }
        int page = request.number("page", 0, 0, MAX_PAGE);
        return HttpReply.json(reading(request)
                .map(reading -> reading.page(show.equals("failed"), page))
                .orElseGet(BatchReading::emptyPage));
    }

    private HttpReply item(Request request) {
        String index = request.path("index");
        ItemFacts facts = (index.matches("\\d{1,9}")
                        ? reading(request).flatMap(reading -> reading.item(Integer.parseInt(index)))
                        : Optional.<ItemFacts>empty())
                .orElseThrow(() -> ApiException.notFound("item", index));
        CallResult result = client.reattach(request.path("id"))
                .resultAt(facts.offset())
                .orElseThrow(() -> ApiException.refused(
                        410, "result_expired", "The result topic no longer has the result of this item."));
        ObjectNode json = facts.json().put("finish", result.finish()).put("text", text(result));
        CallError error = result.error();
        if (error != null) {
            json.putObject("error")
                    .put("message", error.message())
                    .put("type", error.type())
                    .put("code", error.code())
                    .put("http_status", error.httpStatus());
        }
        return HttpReply.json(json);
    }

    /** The answer as a text, or the API's own object if it has no text; null if there is no answer. */
    private static @Nullable String text(CallResult result) {
        if (result.outputText() != null) {
            return result.outputText();
        }
        JsonNode answer = result.jsonResponse() != null ? result.jsonResponse() : result.rawResponse();
        return answer == null || !result.success() ? null : answer.toPrettyString();
    }

    private HttpReply cancel(Request request) {
        request.caller().requireWrite();
        BatchHandle batch = batch(request);
        if (!register.cancel(batch.batchId())) {
            batch.cancel();
        }
        return HttpReply.json(PageJson.object().put("cancelled", true));
    }

    private HttpReply retryFailed(Request request) {
        request.caller().requireWrite();
        BatchStatus status = listed(request).status();
        String batchId = status.batchId();
        if (status.failed() == 0) {
            throw ApiException.refused(409, "nothing_failed", "No item of this batch has failed.");
        }
        BigDecimal bound = bound(request, batchId);
        if (bound == null && BatchControl.BUDGET_EXCEEDED.equals(status.stopped())) {
            throw ApiException.refused(
                    409, "budget_exceeded", "The batch has reached its budget. Set a higher `max_cost_usd`.");
        }
        BatchClient.Retried retried = client.retryFailed(batchId, error -> true, bound, null);
        retried.results().close();
        return HttpReply.json(PageJson.object()
                .put("submitted", retried.submitted())
                .put(
                        "missing",
                        retried.missing().stream().mapToLong(IndexRange::size).sum()));
    }

    /** The new limit of the batch's cost; null to keep the present one. */
    private static @Nullable BigDecimal bound(Request request, String batchId) {
        JsonNode given = request.json().path("max_cost_usd");
        if (given.isMissingNode() || given.isNull()) {
            return null;
        }
        if (request.caller().budgetPerDayUsd().isPresent()) {
            throw ApiException.refused(
                    403, "insufficient_permissions", "A key with a budget cannot raise the budget of a batch.");
        }
        String text = given.asText();
        BigDecimal bound = null;
        if (text.matches("\\d{1,12}(\\.\\d{1,12})?")) {
            bound = new BigDecimal(text);
        }
        if (bound == null
                || BatchControl.of(batchId).withBudget(bound, null).fault().isPresent()) {
            throw ApiException.invalid(
                    "max_cost_usd", "invalid_value", "`max_cost_usd` must be an amount above 0, for example 12.50.");
        }
        return bound;
    }

    /** Only administrators may see the hosts, and the backlog of other keys. */
    private HttpReply workers(Request request) {
        if (request.caller().role() != Caller.Role.ADMIN) {
            throw ApiException.refused(
                    403, "insufficient_permissions", "Only keys with the role `admin` can see the workers.");
        }
        try {
            return HttpReply.json(workers.json());
        } catch (BatchClientException e) {
            throw ApiException.failed(503, String.valueOf(e.getMessage()));
        }
    }

    /** Ends the streams of open pages, and drops what was read for them. */
    @Override
    public void close() {
        streams.close();
        readings.close();
        workers.close();
    }
}
