package io.github.genaistreams.client;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
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

    /**
     * The results in index order for a {@code Flow} subscriber, as fast as it asks for them. Each subscriber reads for itself, on a
     * thread of its own that ends with the batch, the subscription or the client.
     */
    public Flow.Publisher<CallResult> publisher() {
        return Publishers.of(this::results, client.open());
    }

    /** How far the batch is as the workers say; empty if they have not said anything of it yet, or any more. */
    public Optional<BatchStatus> status() {
        return client.feed().of(batchId);
    }

    /**
     * How far the batch is, whenever the workers say something new; a slow subscriber gets the latest. Completes after the status
     * of the batch's completion.
     */
    public Flow.Publisher<BatchStatus> statuses() {
        return Publishers.of(batchId, client.feed(), client.open());
    }

    /**
     * The batch's status when it is complete. All futures of a client share one consumer and one thread, so that thousands of
     * batches can be waited for. Fails when the client is closed before.
     */
    public CompletableFuture<BatchStatus> completion() {
        var future = new CompletableFuture<BatchStatus>();
        StatusFeed feed = client.feed();
        var listener = new StatusFeed.Listener() {
            @Override
            public void status(BatchStatus status) {
                if (status.isComplete()) {
                    future.complete(status);
                }
            }

            @Override
            public void ended(Throwable why) {
                future.completeExceptionally(why);
            }
        };
        future.whenComplete((status, e) -> feed.forget(batchId, listener));
        feed.listen(batchId, listener);
        return future;
    }

    /**
     * Has nothing more of this batch called: what was not called yet ends as a failed result, and so do calls in flight, which are
     * broken off. Returns when the cluster knows; the workers follow within a second or so.
     */
    public void cancel() {
        client.control(BatchControl.of(batchId).withCancel());
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
