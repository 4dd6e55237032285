package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.function.Supplier;

/** {@code GET /v1/responses/ID} and {@code POST /v1/responses/ID/cancel}. */
final class StoredEndpoint {

    private static final String CANCEL = "/cancel";

    private final StatsCounter stats;
    private final ResponseStore store;
    private final Supplier<SandboxSettings> settings;

    StoredEndpoint(StatsCounter stats, ResponseStore store, Supplier<SandboxSettings> settings) {
        this.stats = stats;
        this.store = store;
        this.settings = settings;
    }

    /** @param path what follows {@code /v1/responses/} */
    void handle(SandboxExchange exchange, String path) {
        HttpServerRequest request = exchange.request();
        SandboxSettings now = settings.get();
        boolean cancel = path.endsWith(CANCEL);
        String id = cancel ? path.substring(0, path.length() - CANCEL.length()) : path;
        Optional<SandboxResponse> found = store.find(id);
        Optional<ErrorReply> refusal = ApiKeys.refusal(request, now);
        if (refusal.isPresent()) {
            exchange.refuse(refusal.get());
        } else if (found.isEmpty()) {
            exchange.refuse(ErrorReply.notFound("Response with id '%s' not found.".formatted(id)));
        } else if (cancel && request.method() == HttpMethod.POST) {
            cancel(exchange, found.get());
        } else if (!cancel && request.method() == HttpMethod.GET) {
            poll(exchange, found.get(), now);
        } else {
            exchange.refuse(ErrorReply.notAllowed(request.method().name(), request.path()));
        }
    }

    private void cancel(SandboxExchange exchange, SandboxResponse response) {
        stats.cancelled(response.item());
        long now = System.nanoTime();
        if (!response.at(now).path("background").asBoolean()) {
            exchange.refuse(ErrorReply.invalid("Only background responses can be cancelled."));
            return;
        }
        response.cancel(now);
        exchange.sendJson(response.at(now));
    }

    private void poll(SandboxExchange exchange, SandboxResponse response, SandboxSettings settings) {
        int number = stats.polled(response.item());
        CallId call = response.call();
        if (settings.failsPoll(call.batch(), call.index(), number)) {
            stats.met(Fault.POLL_ERROR);
            FaultReplies.send(exchange, Fault.SERVER_ERROR, settings, "");
            return;
        }
        ObjectNode current = response.at(System.nanoTime());
        if (!exchange.request().params().getAll("include[]").contains(ResponsesAnswers.ENCRYPTED)) {
            // The API does not remember the `include` of the submission. Only the one of the poll counts.
            current.path("output").forEach(item -> ((ObjectNode) item).remove("encrypted_content"));
        }
        if (response.isFirstDelivery(current)) {
            exchange.succeed(response.item(), current);
        } else {
            String status = current.path("status").asText();
            if (status.equals("queued") || status.equals("in_progress")) {
                ResponsesEndpoint.pollAfter(exchange, settings);
            }
            exchange.sendJson(current);
        }
    }
}
