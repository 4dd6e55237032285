package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** What stands under {@code /v1/responses/ID}: looking a response up, as JSON or as a stream, cancelling, deleting. */
final class StoredEndpoint {

    private static final String CANCEL = "/cancel";
    private static final String INPUT = "/input_items";

    private final StatsCounter stats;
    private final ResponseStore store;
    private final Supplier<SandboxSettings> settings;

    StoredEndpoint(StatsCounter stats, ResponseStore store, Supplier<SandboxSettings> settings) {
        this.stats = stats;
        this.store = store;
        this.settings = settings;
    }

    /** @param path behind {@code /v1/responses/} */
    void handle(SandboxExchange exchange, String path) {
        HttpServerRequest request = exchange.request();
        SandboxSettings now = settings.get();
        Optional<ErrorReply> refusal = ApiKeys.refusal(request, now);
        boolean cancel = path.endsWith(CANCEL);
        boolean input = path.endsWith(INPUT);
        String id = path.substring(0, path.length() - (cancel ? CANCEL.length() : input ? INPUT.length() : 0));
        Optional<StoredResponse> found = store.find(id);
        if (refusal.isPresent()) {
            exchange.refuse(refusal.get());
        } else if (found.isEmpty()) {
            exchange.refuse(notFound(id));
        } else if (input && request.method() == HttpMethod.GET) {
            input(exchange, found.get());
        } else if (input) {
            exchange.refuse(ErrorReply.notAllowed(request.method().name(), request.path()));
        } else if (cancel && request.method() == HttpMethod.POST) {
            cancel(exchange, found.get());
        } else if (!cancel && request.method() == HttpMethod.GET) {
            poll(exchange, found.get(), now);
        } else if (!cancel && request.method() == HttpMethod.DELETE) {
            store.remove(id);
            exchange.sendJson(SandboxExchange.JSON
                    .createObjectNode()
                    .put("id", id)
                    .put("object", "response")
                    .put("deleted", true));
        } else {
            exchange.refuse(ErrorReply.notAllowed(request.method().name(), request.path()));
        }
    }

    private static ErrorReply notFound(String id) {
        return new ErrorReply(
                404, "invalid_request_error", null, null, "Response with id '%s' not found.".formatted(id));
    }

    private static void input(SandboxExchange exchange, StoredResponse response) {
        Optional<ErrorReply> refusal = ItemPage.refusal(exchange.request());
        if (refusal.isPresent()) {
            exchange.refuse(refusal.get());
            return;
        }
        List<JsonNode> items = new ArrayList<>();
        response.input().forEach(items::add);
        exchange.sendJson(ItemPage.of(exchange.request()).of(items));
    }

    private void cancel(SandboxExchange exchange, StoredResponse response) {
        stats.cancelled(response.item());
        long now = System.nanoTime();
        if (!response.end().path("background").asBoolean()) {
            exchange.refuse(ErrorReply.invalid(null, null, "Only background responses can be cancelled."));
            return;
        }
        response.cancel(now);
        exchange.sendJson(response.at(now));
    }

    private void poll(SandboxExchange exchange, StoredResponse response, SandboxSettings settings) {
        int number = stats.polled(response.item());
        CallId call = response.call();
        if (settings.failsPoll(call.batch(), call.index(), number)) {
            stats.met(Fault.POLL_ERROR);
            FaultReplies.send(exchange, Fault.SERVER_ERROR, settings, "");
            return;
        }
        if (Boolean.parseBoolean(exchange.request().getParam("stream"))) {
            resume(exchange, response);
            return;
        }
        ObjectNode current = response.at(System.nanoTime());
        if (!exchange.request().params().getAll("include[]").contains(Reasoning.ENCRYPTED)) {
            // What the submission asked to include is not remembered: each question says it anew.
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

    /** The events behind {@code starting_after}, over the time the response still takes. */
    private static void resume(SandboxExchange exchange, StoredResponse response) {
        long now = System.nanoTime();
        int after = number(exchange.request().getParam("starting_after"));
        ObjectNode end =
                response.at(now).path("status").asText().equals("cancelled") ? response.at(now) : response.end();
        List<ObjectNode> events = ResponseEvents.of(end, false).stream()
                .filter(event -> event.get("sequence_number").asInt() > after)
                .toList();
        StreamPlayer.play(exchange, StreamScript.resumed(events), response.remaining(now), last -> {
            if (response.isFirstDelivery(end)) {
                exchange.succeed(response.item(), end, last);
            } else {
                exchange.write(last);
                exchange.finish();
            }
        });
    }

    private static int number(String text) {
        try {
            return text == null ? -1 : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
