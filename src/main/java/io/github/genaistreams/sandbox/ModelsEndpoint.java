package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** {@code GET /v1/models} and {@code /v1/models/ID}. The sandbox answers as any model, so it knows each by name. */
final class ModelsEndpoint {

    private static final List<String> LISTED = List.of("gpt-4o", "gpt-4o-mini", "gpt-5", "gpt-5-mini", "o3-mini");
    private static final long CREATED = 1_735_689_600;

    private final Supplier<SandboxSettings> settings;

    ModelsEndpoint(Supplier<SandboxSettings> settings) {
        this.settings = settings;
    }

    /** @param id behind {@code /v1/models/}; empty for all */
    void handle(SandboxExchange exchange, String id) {
        Optional<ErrorReply> refusal = ApiKeys.refusal(exchange.request(), settings.get());
        if (refusal.isPresent()) {
            exchange.refuse(refusal.get());
        } else if (exchange.request().method() != HttpMethod.GET) {
            exchange.refuse(ErrorReply.notAllowed(
                    exchange.request().method().name(), exchange.request().path()));
        } else if (!id.isEmpty()) {
            exchange.sendJson(model(id));
        } else {
            ObjectNode list = SandboxExchange.JSON.createObjectNode().put("object", "list");
            list.putArray("data")
                    .addAll(LISTED.stream().map(ModelsEndpoint::model).toList());
            exchange.sendJson(list);
        }
    }

    private static ObjectNode model(String id) {
        return SandboxExchange.JSON
                .createObjectNode()
                .put("id", id)
                .put("object", "model")
                .put("created", CREATED)
                .put("owned_by", "sandbox");
    }
}
