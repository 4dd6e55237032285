package io.github.genaistreams.client;

import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A batch that was submitted, here or elsewhere. Holds no connection: each reading has its own and is closed
 * by itself, at the latest with the {@link BatchClient}.
 *
 * <p>Threads: may be used from any number; each {@link BatchResults} belongs to one reader.
 */
public final class BatchHandle {

    private static final Logger log = LoggerFactory.getLogger(BatchHandle.class);

    private final BatchClient client;
    private final String batchId;
    private final Instant submittedAt;
    private final long created = System.nanoTime();
    private final BatchTally tally;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final Object awaiting = new Object();
    private long awaitFrom = BatchClient.FROM_START;

    BatchHandle(BatchClient client, String batchId, Instant submittedAt, Integer size) {
        this.client = client;
        this.batchId = batchId;
        this.submittedAt = submittedAt;
        this.tally = new BatchTally(size);
    }

    /** Never blank. */
    public String batchId() {
        return batchId;
    }

    /**
     * Follows the batch and gives its results in index order: one that is early waits for those before it.
     * Ends after the last one; a batch whose size no record tells never ends.
     *
     * @throws BatchClientException if the result topic does not exist or Kafka does not answer in time
     */
    public BatchResults results() {
        return open(true, true, BatchClient.FROM_START);
    }

    /** Like {@link #results()}, but gives each result as soon as it is there. */
    public BatchResults resultsAsCompleted() {
        return open(false, true, BatchClient.FROM_START);
    }

    /**
     * The results that are there now, in index order, without waiting for others. Indexes that have none are
     * left out; once it is read to its end, {@link BatchResults#missing()} names them.
     */
    public BatchResults snapshot() {
        return open(true, false, BatchClient.FROM_START);
    }

    /** What the readings of this handle have seen so far, all together; reads nothing itself. */
    public BatchProgress progress() {
        return tally.progress();
    }

    /** Indexes that the readings of this handle have seen no result for; see {@link BatchResults#missing()}. */
    public List<IndexRange> missing() {
        return tally.missing();
    }

    /**
     * Reads until every item has a result or {@code timeout} is over. Another call goes on where this one
     * stopped.
     *
     * @return whether the batch is complete
     */
    public boolean await(Duration timeout) {
        synchronized (awaiting) {
            if (tally.done()) {
                return true;
            }
            long start = System.nanoTime();
            try (var results = open(false, true, awaitFrom)) {
                Duration left = timeout;
                while (!tally.done() && !left.isNegative() && !results.finished()) {
                    results.poll(left);
                    left = timeout.minusNanos(System.nanoTime() - start);
                }
                awaitFrom = results.position();
            }
            return tally.done();
        }
    }

    private BatchResults open(boolean inOrder, boolean follow, long from) {
        return client.open(this, inOrder, follow, from);
    }

    /** When its first request was submitted, or null if that is not known. */
    Instant submittedAt() {
        return submittedAt;
    }

    /** The size if it is known, else null. */
    Integer size() {
        return tally.progress().size();
    }

    void observe(CallResult result) {
        tally.add(result);
        if (tally.done() && ended.compareAndSet(false, true)) {
            var progress = tally.progress();
            log.atInfo()
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
