package io.github.genaistreams.serve.page;

import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Caller;
import io.github.genaistreams.serve.http.Request;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** The batches that a caller may see, page by page, the latest first. Thread-safe. */
final class BatchList {

    static final int PAGE_SIZE = 50;

    private static final int MAX_PAGE = 10_000_000;
    private static final Comparator<ListedBatch> LATEST_FIRST = Comparator.comparing(
                    (ListedBatch batch) -> batch.status().submittedAt())
            .reversed()
            .thenComparing(ListedBatch::id);

    private final AllBatches batches;

    /** Which batches to list. */
    enum Show {
        ALL(batch -> true),
        RUNNING(batch -> !batch.isOver()),
        OVER(ListedBatch::isOver),
        FAILED(ListedBatch::hasFailures);

        private final Predicate<ListedBatch> isShown;

        Show(Predicate<ListedBatch> isShown) {
            this.isShown = isShown;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What to list.
     *
     * @param find a part of the batch ID in lower case; empty for any
     * @param page from 0
     */
    record Query(Show show, String find, int page) {

        /** @throws ApiException 400 if the request asks for something else */
        static Query of(Request request) {
            String show = request.query("show").orElse("all");
            for (Show each : Show.values()) {
                if (each.label().equals(show)) {
                    String find = request.query("find").orElse("").toLowerCase(Locale.ROOT);
                    return new Query(each, find, request.number("page", 0, 0, MAX_PAGE));
                }
            }
            throw ApiException.invalid("show", "invalid_value", "`show` must be all, running, over or failed.");
        }
    }

    /**
     * A page of the list.
     *
     * @param counts number of batches of each kind that the caller may see
     * @param page   from 0; the last page if the query asks for a later one
     * @param pages  at least 1
     */
    record Found(Map<Show, Integer> counts, int page, int pages, List<ListedBatch> batches) {}

    BatchList(AllBatches batches) {
        this.batches = batches;
    }

    Found find(Query query, Caller caller) {
        Map<Show, Integer> counts = new EnumMap<>(Show.class);
        for (Show show : Show.values()) {
            counts.put(show, 0);
        }
        List<ListedBatch> found = new ArrayList<>();
        batches.of(caller).forEach(batch -> {
            for (Show show : Show.values()) {
                if (show.isShown.test(batch)) {
                    counts.merge(show, 1, Integer::sum);
                }
            }
            if (query.show().isShown.test(batch)
                    && batch.id().toLowerCase(Locale.ROOT).contains(query.find())) {
                found.add(batch);
            }
        });
        found.sort(LATEST_FIRST);
        int pages = Math.max(1, (found.size() + PAGE_SIZE - 1) / PAGE_SIZE);
        int page = Math.min(query.page(), pages - 1);
        int to = Math.min(found.size(), (page + 1) * PAGE_SIZE);
        return new Found(counts, page, pages, List.copyOf(found.subList(page * PAGE_SIZE, to)));
    }
}
