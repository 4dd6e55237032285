package io.github.genaistreams.serve.batch;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Request;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** OpenAI's pagination: {@code limit}, {@code after}, {@code order}. */
final class Pages {

    private Pages() {}

    /**
     * The page that a request asks for. The newest objects come first, unless the request has {@code order=asc}.
     *
     * @throws ApiException 400 if a parameter of the page cannot be used
     */
    static <T> ObjectNode of(
            Request request,
            int byDefault,
            int max,
            List<T> all,
            ToLongFunction<T> createdAt,
            Function<T, String> id,
            Function<T, ObjectNode> json) {
        int limit = request.number("limit", byDefault, 1, max);
        String order = request.query("order").orElse("desc");
        if (!order.equals("asc") && !order.equals("desc")) {
            throw ApiException.invalid("order", "invalid_value", "`order` must be asc or desc.");
        }
        Comparator<T> byAge = Comparator.comparingLong(createdAt).thenComparing(id);
        List<T> sorted = all.stream()
                .sorted(order.equals("asc") ? byAge : byAge.reversed())
                .toList();
        int from = request.query("after")
                .map(after -> indexOf(sorted, id, after) + 1)
                .orElse(0);
        List<T> page = sorted.subList(from, Math.min(sorted.size(), from + limit));
        ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = list.putArray("data");
        page.forEach(object -> data.add(json.apply(object)));
        return list.put("first_id", page.isEmpty() ? null : id.apply(page.get(0)))
                .put("last_id", page.isEmpty() ? null : id.apply(page.get(page.size() - 1)))
                .put("has_more", from + limit < sorted.size());
    }

    private static <T> int indexOf(List<T> sorted, Function<T, String> id, String after) {
        for (int i = 0; i < sorted.size(); i++) {
            if (id.apply(sorted.get(i)).equals(after)) {
                return i;
            }
        }
        throw ApiException.invalid("after", "invalid_value", "`after` is not the ID of an object in this list.");
    }
}
