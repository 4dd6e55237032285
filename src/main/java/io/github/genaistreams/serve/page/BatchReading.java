package io.github.genaistreams.serve.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the results of one batch say, apart from their answers. It has no thread: it reads on whenever a page asks. When
 * items were called again, it reads from the start, because their new results replace the earlier ones. Thread-safe.
 */
final class BatchReading implements AutoCloseable {

    static final int PAGE_SIZE = 50;

    private static final int MAX_RANGES = 20;

    /** How long to read on for one request. */
    private static final Duration TURN = Duration.ofMillis(800);

    private static final Duration WAIT = Duration.ofMillis(100);

    /** Minimum time between two reads from the start. */
    private static final Duration RENEWAL = Duration.ofSeconds(10);

    private final Supplier<BatchHandle> handles;
    private final AtomicInteger room;
    private @Nullable BatchResults results; // null until the first read
    private long replaced;
    private long begun;
    private long caughtUpAfter;
    private boolean caughtUp;
    private int read;
    private TreeMap<Integer, ItemFacts> items = new TreeMap<>();
    private History history = new History();
    private ErrorExamples errors = new ErrorExamples();

    /**
     * @param handles gives a new handle of the batch
     * @param room    how many more items all readings together may keep
     */
    BatchReading(Supplier<BatchHandle> handles, AtomicInteger room) {
        this.handles = handles;
        this.room = room;
    }

    /** Reads on for a moment. */
    synchronized void readOn(BatchStatus status) {
        long now = System.nanoTime();
        BatchResults results = this.results;
        if (results == null || status.replaced() != replaced && now - begun > pause()) {
            results = begin(status, now);
        }
        boolean isSilent = true;
        while (System.nanoTime() - now < TURN.toNanos()) {
            Optional<CallResult> next = results.poll(WAIT);
            if (next.isPresent()) {
                take(next.get(), results);
            }
            isSilent &= next.isEmpty();
            if (next.isEmpty() && (read >= status.received() || results.finished())) {
                break;
            }
        }
        if (!caughtUp && (isSilent || read >= status.received())) {
            caughtUp = true;
            caughtUpAfter = System.nanoTime() - begun;
        }
    }

    /** Longer for a large batch: it must not be read from the start all the time while its items are called again. */
    private long pause() {
        return caughtUp ? Math.max(RENEWAL.toNanos(), 5 * caughtUpAfter) : RENEWAL.toNanos();
    }

    private BatchResults begin(BatchStatus status, long now) {
        close();
        BatchResults results = handles.get().resultsWithoutStoredAnswers();
        replaced = status.replaced();
        begun = now;
        caughtUp = false;
        read = 0;
        items = new TreeMap<>();
        history = new History();
        errors = new ErrorExamples();
        this.results = results;
        return results;
    }

    private void take(CallResult result, BatchResults results) {
        read++;
        ItemFacts facts = ItemFacts.of(result, results);
        history.add(facts.completedAt(), facts.success(), Double.isNaN(facts.cost()) ? 0 : facts.cost());
        if (result.error() != null) {
            errors.add(result.error());
        }
        if (room.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            items.put(facts.index(), facts);
        }
    }

    /** Changes whenever {@link #json()} changes. */
    synchronized String version() {
        return begun + " " + read + " " + caughtUp;
    }

    /** A summary of all results. */
    synchronized ObjectNode json() {
        ObjectNode json = PageJson.object()
                .put("read", read)
                .put("listed", items.size())
                .put("caught_up", caughtUp)
                .put("replaced", replaced);
        json.set("failures", errors.json());
        json.set("history", history.json());
        ArrayNode open = json.putArray("open");
        List<IndexRange> missing = results != null && caughtUp ? results.missing() : List.of();
        missing.stream()
                .limit(MAX_RANGES)
                .forEach(range -> open.addArray().add(range.first()).add(range.last()));
        return json.put("open_more", missing.size() > MAX_RANGES);
    }

    /** A page of the items, by index. */
    synchronized ObjectNode page(boolean failedOnly, int asked) {
        List<ItemFacts> shown = failedOnly
                ? items.values().stream().filter(item -> !item.success()).toList()
                : List.copyOf(items.values());
        int pages = Math.max(1, (shown.size() + PAGE_SIZE - 1) / PAGE_SIZE);
        int page = Math.min(asked, pages - 1);
        ObjectNode json =
                PageJson.object().put("found", shown.size()).put("page", page).put("pages", pages);
        ArrayNode list = json.putArray("items");
        shown.stream().skip((long) page * PAGE_SIZE).limit(PAGE_SIZE).forEach(item -> list.add(item.json()));
        return json;
    }

    /** The only page of a batch without results. */
    static ObjectNode emptyPage() {
        ObjectNode json = PageJson.object().put("found", 0).put("page", 0).put("pages", 1);
        json.putArray("items");
        return json;
    }

    /** An item of the list; empty if the list does not have it. */
    synchronized Optional<ItemFacts> item(int index) {
        return Optional.ofNullable(items.get(index));
    }

    @Override
    public synchronized void close() {
        room.addAndGet(items.size());
        items = new TreeMap<>();
        if (results != null) {
            results.close();
            results = null;
        }
    }
}
