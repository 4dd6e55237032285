package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.sandbox.ConversationStore.Entry;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;

/**
 * What stands under {@code /v1/conversations}: creating, looking up, changing and deleting a conversation, and the same with its
 * items. Calls of {@code /v1/responses} with its ID add theirs.
 */
final class ConversationsEndpoint {

    private static final int MAX_ITEMS_AT_ONCE = 20;

    private final ConversationStore store;
    private final Supplier<SandboxSettings> settings;
    private final AtomicLong numbers = new AtomicLong();

    ConversationsEndpoint(ConversationStore store, Supplier<SandboxSettings> settings) {
        this.store = store;
        this.settings = settings;
    }

    /** @param path behind {@code /v1/conversations}: empty, /ID, /ID/items or /ID/items/ID */
    void handle(SandboxExchange exchange, String path, Buffer bytes) {
        String[] names = path.split("/");
        HttpMethod method = exchange.request().method();
        Optional<ErrorReply> refusal = ApiKeys.refusal(exchange.request(), settings.get());
        JsonNode body = body(bytes);
        if (refusal.isPresent()) {
            exchange.refuse(refusal.get());
        } else if (method == HttpMethod.POST && !body.isObject()) {
            exchange.refuse(ErrorReply.invalid(null, null, "The body of the request must be a JSON object."));
        } else if (names.length < 2) {
            create(exchange, method, body);
        } else {
            store.find(names[1])
                    .ifPresentOrElse(
                            entry -> known(exchange, method, names, entry, body),
                            () -> exchange.refuse(notFound("Conversation", names[1])));
        }
    }

    private static JsonNode body(Buffer bytes) {
        try {
            return SandboxExchange.JSON.readTree(bytes.length() == 0 ? "{}".getBytes() : bytes.getBytes());
        } catch (IOException e) {
            return SandboxExchange.JSON.missingNode();
        }
    }

    private static ErrorReply notFound(String what, String id) {
        return new ErrorReply(
                404, "invalid_request_error", null, null, "%s with id '%s' not found.".formatted(what, id));
    }

    private void create(SandboxExchange exchange, HttpMethod method, JsonNode body) {
        Optional<ErrorReply> refusal = items(body, false).or(() -> JsonCheck.object(body.path("metadata"), "metadata"));
        if (method != HttpMethod.POST) {
            refuseMethod(exchange);
        } else if (refusal.isPresent()) {
            exchange.refuse(refusal.get());
        } else {
            String id = "conv_%032x".formatted(numbers.incrementAndGet());
            ObjectNode conversation = SandboxExchange.JSON
                    .createObjectNode()
                    .put("id", id)
                    .put("object", "conversation")
                    .put("created_at", Instant.now().getEpochSecond());
            conversation.set("metadata", metadata(body));
            store.put(id, new Entry(conversation, shown(body)));
            exchange.sendJson(conversation);
        }
    }

    private static JsonNode metadata(JsonNode body) {
        return body.hasNonNull("metadata") ? body.get("metadata") : SandboxExchange.JSON.createObjectNode();
    }

    private static Optional<ErrorReply> items(JsonNode body, boolean required) {
        JsonNode items = body.path("items");
        if (required && !items.isArray()) {
            return Optional.of(ErrorReply.missing("items"));
        }
        return items.size() > MAX_ITEMS_AT_ONCE
                ? JsonCheck.refuse("array_above_max_length", "items", "at most 20 items are added at once.")
                : JsonCheck.list(
                        items,
                        "items",
                        (item, name) -> item.isObject() ? Optional.empty() : JsonCheck.type(name, "an object"));
    }

    private List<JsonNode> shown(JsonNode body) {
        return listOf(InputItems.of(body.path("items"), "%024x".formatted(numbers.incrementAndGet())));
    }

    private static List<JsonNode> listOf(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    private void known(SandboxExchange exchange, HttpMethod method, String[] names, Entry entry, JsonNode body) {
        if (names.length == 2) {
            conversation(exchange, method, entry, body);
        } else if (!names[2].equals("items") || names.length > 4) {
            exchange.refuse(notFound("Resource", names[2]));
        } else if (names.length == 3) {
            items(exchange, method, entry, body);
        } else {
            item(exchange, method, names[3], entry);
        }
    }

    private void conversation(SandboxExchange exchange, HttpMethod method, Entry entry, JsonNode body) {
        String id = entry.conversation().path("id").asText();
        if (method == HttpMethod.GET) {
            exchange.sendJson(entry.conversation());
        } else if (method == HttpMethod.POST) {
            Optional<ErrorReply> refusal = JsonCheck.object(body.path("metadata"), "metadata");
            if (refusal.isPresent()) {
                exchange.refuse(refusal.get());
                return;
            }
            ObjectNode changed = entry.conversation().deepCopy();
            changed.set("metadata", metadata(body));
            store.change(id, now -> now.with(changed));
            exchange.sendJson(changed);
        } else if (method == HttpMethod.DELETE) {
            store.remove(id);
            exchange.sendJson(SandboxExchange.JSON
                    .createObjectNode()
                    .put("id", id)
                    .put("object", "conversation.deleted")
                    .put("deleted", true));
        } else {
            refuseMethod(exchange);
        }
    }

    private void items(SandboxExchange exchange, HttpMethod method, Entry entry, JsonNode body) {
        Optional<ErrorReply> refusal =
                method == HttpMethod.POST ? items(body, true) : ItemPage.refusal(exchange.request());
        if (refusal.isPresent()) {
            exchange.refuse(refusal.get());
        } else if (method == HttpMethod.GET) {
            exchange.sendJson(ItemPage.of(exchange.request()).of(entry.items()));
        } else if (method == HttpMethod.POST) {
            List<JsonNode> added = shown(body);
            store.add(entry.conversation().path("id").asText(), added);
            exchange.sendJson(new ItemPage(MAX_ITEMS_AT_ONCE, false, null).of(added));
        } else {
            refuseMethod(exchange);
        }
    }

    private void item(SandboxExchange exchange, HttpMethod method, String itemId, Entry entry) {
        Optional<JsonNode> item = entry.item(itemId);
        if (item.isEmpty()) {
            exchange.refuse(notFound("Item", itemId));
        } else if (method == HttpMethod.GET) {
            exchange.sendJson(item.get());
        } else if (method == HttpMethod.DELETE) {
            store.change(entry.conversation().path("id").asText(), now -> now.without(itemId));
            exchange.sendJson(entry.conversation());
        } else {
            refuseMethod(exchange);
        }
    }

    private static void refuseMethod(SandboxExchange exchange) {
        exchange.refuse(ErrorReply.notAllowed(
                exchange.request().method().name(), exchange.request().path()));
    }
}
