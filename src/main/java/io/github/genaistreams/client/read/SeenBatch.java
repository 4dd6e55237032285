package io.github.genaistreams.client.read;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A batch as its submitter knows it, with the results that all its readers have seen so far. Thread-safe. */
public final class SeenBatch {

    private static final Logger LOG = LoggerFactory.getLogger("io.github.genaistreams.client.BatchHandle");

    private final String batchId;
    private final @Nullable Instant submittedAt;
    private final @Nullable Map<Integer, Long> submittedAgain;
    private final long created = System.nanoTime();
    private final BatchTally tally;
    private final AtomicBoolean logged = new AtomicBoolean();
    private volatile boolean over;

    /**
     * @param submittedAt    when its first request was submitted; null if unknown
     * @param size           number of its items; null if unknown
     * @param submittedAgain offsets of the failures whose items were submitted again, by index; null if unknown
     */
    public SeenBatch(
            String batchId,
            @Nullable Instant submittedAt,
            @Nullable Integer size,
            @Nullable Map<Integer, Long> submittedAgain) {
        this.batchId = batchId;
        this.submittedAt = submittedAt;
        this.submittedAgain = submittedAgain;
        this.tally = new BatchTally(size);
    }

    /** A batch that was submitted earlier or elsewhere. */
    public static SeenBatch elsewhere(String batchId) {
        return new SeenBatch(batchId, null, null, null);
    }

    public String batchId() {
        return batchId;
    }

    /** When its first request was submitted; null if unknown. */
    public @Nullable Instant submittedAt() {
        return submittedAt;
    }

    /** What has been seen so far. */
    public BatchProgress progress() {
        return tally.progress();
    }

    /** Indexes without a result so far. */
    public List<IndexRange> missing() {
        return tally.missing();
    }

    /** Whether no more results will come: every item has one, or the workers say that no more will follow. */
    public boolean isOver() {
        return over || tally.done();
    }

    /** Whether this process knows which items were submitted again. */
    boolean knowsSubmittedAgain() {
        return submittedAgain != null;
    }

    /** Whether an item was submitted again after its failure at this offset. */
    boolean isSubmittedAgain(int index, long offset) {
        return submittedAgain != null && Long.valueOf(offset).equals(submittedAgain.get(index));
    }

    /** Takes from the workers' status the number of items, and whether no more results will come. */
    void update(BatchStatus status) {
        tally.reportSize(status.total());
        over |= status.isOver() && tally.progress().received() >= status.received();
    }

    /** Takes the results that a reader in an earlier process has seen. */
    void resume(ReadPosition position) {
        tally.resume(position);
    }

    /** The result replaced an earlier one that was counted. */
    void observeAgain(CallResult result) {
        tally.correct(result);
    }

    void observe(CallResult result) {
        tally.add(result);
        if (tally.done() && logged.compareAndSet(false, true)) {
            BatchProgress progress = tally.progress();
            LOG.atInfo()
                    .addKeyValue("batch", batchId)
                    .addKeyValue("succeeded", progress.succeeded())
                    .addKeyValue("failed", progress.failed())
                    .addKeyValue("attempts", progress.attempts())
                    .addKeyValue("tokens", progress.usage().totalTokens())
                    .addKeyValue(
                            "watched_ms",
                            Duration.ofNanos(System.nanoTime() - created).toMillis())
                    .log("Batch complete");
        }
    }
}
