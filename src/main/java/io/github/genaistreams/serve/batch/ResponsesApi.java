package io.github.genaistreams.serve.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.input.OpenAiBatchFile;
import io.github.genaistreams.client.input.RequestFileException;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.serve.batch.Stored.StoredResponse;
import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Caller;
import io.github.genaistreams.serve.http.HttpReply;
import io.github.genaistreams.serve.http.Request;
import io.github.genaistreams.serve.http.Router;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * {@code /v1/responses}: single requests in the background. They are called before the requests of all batches.
 *
 * @see <a href="https://platform.openai.com/docs/guides/background">Background mode</a>
 */
final class ResponsesApi {

    static final String PATH = "/v1/responses";

    static final String PREVIOUS = "previous_response_id";

    /** All responses are in memory. */
    private static final int MAX_RESPONSES = 100_000;

    /** A background call may take long. */
    private static final int TIMEOUT_SECONDS = 900;

    private final ObjectTable table;
    private final BatchClient client;
    private final Budgets budgets;
    private final int maxBytes;
    private final Ids ids;
    private final Clock clock;

    /** @param maxBytes of a request's body */
    ResponsesApi(ObjectTable table, BatchClient client, Budgets budgets, int maxBytes, Ids ids, Clock clock) {
        this.table = table;
        this.client = client;
        this.budgets = budgets;
        this.maxBytes = maxBytes;
        this.ids = ids;
        this.clock = clock;
    }

    void addTo(Router router) {
        router.on("POST", PATH, maxBytes, this::create)
                .on("GET", PATH + "/{id}", request -> HttpReply.json(json(response(request))))
                .on("POST", PATH + "/{id}/cancel", this::cancel);
    }

    private HttpReply create(Request request) {
        Caller caller = request.caller();
        caller.requireWrite();
        ObjectNode body = request.json();
        if (!body.path("background").asBoolean()) {
            throw ApiException.invalid(
                    "background",
                    "unsupported_value",
                    "`background` must be true: this server accepts the request and returns the response at GET"
                            + " /v1/responses/{id}.");
        }
        if (body.path("stream").asBoolean()) {
            throw ApiException.invalid("stream", "unsupported_value", "This server does not support `stream`.");
        }
        // The worker makes the call in the foreground, since not every server of the API has a background mode.
        body.remove("background");
        String previous = body.path(PREVIOUS).textValue();
        boolean isOurs = Ids.isOurResponse(previous);
        if (isOurs) {
            body.put(PREVIOUS, providersId(caller, previous));
        }
        ResponsesRequest asked;
        try {
            asked = OpenAiBatchFile.request(
                    body,
                    ResponsesRequest.builder()
                            .credential(caller.credential().orElse(null))
                            .timeoutSecs(TIMEOUT_SECONDS)
                            .failOnIncomplete(false)
                            .buildUnchecked());
        } catch (RequestFileException e) {
            throw ApiException.invalid(null, "invalid_value", e.reason());
        }
        ResponsesCheck.firstProblem(asked).ifPresent(problem -> {
            throw ApiException.invalid(problem.param(), "invalid_value", problem.message());
        });
        budgets.requireLeft(caller);
        var response = new StoredResponse(
                ids.create(Ids.RESPONSE, clock.millis()),
                caller.name(),
                clock.instant().getEpochSecond(),
                asked.model(),
                isOurs ? previous : null,
                BatchFields.metadata(body.path("metadata")),
                caller.budgetPerDayUsd().orElse(null));
        if (table.all(StoredResponse.class).count() >= MAX_RESPONSES) {
            throw ApiException.tooMany(
                    "requests",
                    "rate_limit_exceeded",
                    "There are too many requests from the last day. Use a batch for many requests.");
        }
        // Before the submission: otherwise a call might be made for a response that nobody can retrieve.
        table.put(response);
        try {
            client.urgent().submit(response.id(), List.of(asked));
        } catch (RuntimeException e) {
            table.remove(response.id());
            throw e;
        }
        return HttpReply.json(json(response));
    }

    /** The provider's ID for a response of this server. */
    private String providersId(Caller caller, String id) {
        StoredResponse response = table.find(id, StoredResponse.class, caller)
                .orElseThrow(() -> unusable("Previous response with id '" + id + "' not found."));
        if (client.reattach(id).status().filter(BatchStatus::isOver).isEmpty()) {
            throw unusable("The previous response '" + id + "' is not finished. Wait until it is: GET " + PATH + "/"
                    + id + ". Then send this request again.");
        }
        JsonNode answer = answer(response).map(CallResult::rawResponse).orElse(MissingNode.getInstance());
        if (!answer.path("id").isTextual()) {
            throw unusable("The previous response '" + id + "' has failed, or its answer is no longer kept.");
        }
        return answer.path("id").textValue();
    }

    private static ApiException unusable(String message) {
        return ApiException.invalid(PREVIOUS, "previous_response_not_found", message);
    }

    private Optional<CallResult> answer(StoredResponse response) {
        try (BatchResults results = client.reattach(response.id()).snapshot()) {
            return results.hasNext() ? Optional.of(results.next()) : Optional.empty();
        }
    }

    private StoredResponse response(Request request) {
        String id = request.path("id");
        return table.find(id, StoredResponse.class, request.caller())
                .orElseThrow(() -> ApiException.refused(404, "Response with id '" + id + "' not found."));
    }

    private HttpReply cancel(Request request) {
        request.caller().requireWrite();
        StoredResponse response = response(request);
        client.reattach(response.id()).cancel();
        return HttpReply.json(json(response));
    }

    private ObjectNode json(StoredResponse response) {
        Optional<BatchStatus> status = client.reattach(response.id()).status();
        if (status.filter(BatchStatus::isOver).isPresent()) {
            return answer(response).map(result -> ended(response, result)).orElseGet(() -> gone(response));
        }
        return shown(response, status.isPresent() ? "in_progress" : "queued");
    }

    private static ObjectNode ended(StoredResponse response, CallResult result) {
        if (result.rawResponse() instanceof ObjectNode answer) {
            ObjectNode json = answer.deepCopy().put("id", response.id()).put("background", true);
            return response.previousId() == null ? json : json.put(PREVIOUS, response.previousId());
        }
        CallError error = result.error();
        boolean isCancelled = error != null && "cancelled".equals(error.code());
        ObjectNode json = shown(response, isCancelled ? "cancelled" : "failed");
        if (error != null && !isCancelled) {
            json.putObject("error")
                    .put("code", error.code() == null ? error.type() : error.code())
                    .put("message", error.message());
        }
        return json;
    }

    private static ObjectNode gone(StoredResponse response) {
        ObjectNode json = shown(response, "failed");
        json.putObject("error")
                .put("code", "server_error")
                .put("message", "The answer is no longer on the result topic.");
        return json;
    }

    private static ObjectNode shown(StoredResponse response, String status) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("id", response.id())
                .put("object", "response")
                .put("created_at", response.createdAt())
                .put("status", status)
                .put("background", true)
                .putNull("error")
                .putNull("incomplete_details")
                .putNull("instructions")
                .put("model", response.model())
                .put(PREVIOUS, response.previousId());
        json.put("parallel_tool_calls", true)
                .putNull("temperature")
                .put("tool_choice", "auto")
                .putNull("top_p");
        json.putArray("tools");
        json.putArray("output");
        ObjectNode metadata = json.putObject("metadata");
        response.metadata().forEach(metadata::put);
        return json;
    }
}
