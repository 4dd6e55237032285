package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A page of a list, as {@code limit} (1 to 100, 20 by default), {@code order} ({@code desc} by default: newest first) and {@code
 * after} (an ID) ask for it.
 */
record ItemPage(int limit, boolean isNewestFirst, String after) {

    private static final int MAX_ITEMS = 100;
    private static final String DEFAULT_ITEMS = "20";

    /** Why a request for a page cannot be met; empty if it can. */
    static Optional<ErrorReply> refusal(HttpServerRequest request) {
        String limit = request.getParam("limit", DEFAULT_ITEMS);
        if (!limit.matches("\\d{1,3}") || Integer.parseInt(limit) < 1 || Integer.parseInt(limit) > MAX_ITEMS) {
            return JsonCheck.refuse(null, "limit", "expected an integer from 1 to 100.");
        }
        return List.of("asc", "desc").contains(request.getParam("order", "desc"))
                ? Optional.empty()
                : JsonCheck.refuse(null, "order", "expected 'asc' or 'desc'.");
    }

    /** @param request that is not refused */
    static ItemPage of(HttpServerRequest request) {
        return new ItemPage(
                Integer.parseInt(request.getParam("limit", DEFAULT_ITEMS)),
                request.getParam("order", "desc").equals("desc"),
                request.getParam("after"));
    }

    /** @param oldestFirst each with an ID */
    ObjectNode of(List<? extends JsonNode> oldestFirst) {
        List<JsonNode> all = new ArrayList<>(oldestFirst);
        if (isNewestFirst) {
            Collections.reverse(all);
        }
        int from = 0;
        for (int i = 0; after != null && i < all.size(); i++) {
            from = all.get(i).path("id").asText().equals(after) ? i + 1 : from;
        }
        List<JsonNode> some = all.subList(from, Math.min(all.size(), from + limit));
        ObjectNode page = SandboxExchange.JSON.createObjectNode().put("object", "list");
        ArrayNode data = page.putArray("data");
        data.addAll(some);
        page.put("first_id", some.isEmpty() ? "" : some.get(0).path("id").asText());
        page.put(
                "last_id",
                some.isEmpty() ? "" : some.get(some.size() - 1).path("id").asText());
        return page.put("has_more", from + some.size() < all.size());
    }
}
