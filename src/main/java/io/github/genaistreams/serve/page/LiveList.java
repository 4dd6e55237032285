package io.github.genaistreams.serve.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.serve.http.Caller;
import io.github.genaistreams.serve.page.BatchList.Found;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Updates of one page of the batch list for a browser: first the whole list, then the changes. For one thread. */
final class LiveList implements EventStreams.Source {

    private final BatchList list;
    private final BatchList.Query query;
    private final Caller caller;
    private Map<String, ListedBatch> sent = Map.of();
    private @Nullable List<String> order; // null before the first
    private Map<BatchList.Show, Integer> counts = Map.of();

    LiveList(BatchList list, BatchList.Query query, Caller caller) {
        this.list = list;
        this.query = query;
        this.caller = caller;
    }

    @Override
    public Optional<ObjectNode> next(boolean isDue) {
        Found found = list.find(query, caller);
        List<String> ids = found.batches().stream().map(ListedBatch::id).toList();
        ObjectNode news = PageJson.now().put("page", found.page()).put("pages", found.pages());
        ObjectNode numbers = news.putObject("counts");
        found.counts().forEach((show, count) -> numbers.put(show.label(), count));
        boolean isNew = !ids.equals(order);
        if (isNew) {
            ArrayNode all = news.putArray("order");
            ids.forEach(all::add);
        }
        ArrayNode changed = news.putArray("changed");
        Map<String, ListedBatch> now = new HashMap<>();
        for (ListedBatch batch : found.batches()) {
            if (!batch.equals(sent.get(batch.id()))) {
                changed.add(batch.json());
            }
            now.put(batch.id(), batch);
        }
        isNew |= !changed.isEmpty() || !found.counts().equals(counts);
        sent = now;
        order = ids;
        counts = found.counts();
        return isNew || isDue ? Optional.of(news) : Optional.empty();
    }
}
