package io.github.genaistreams.client;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
    private final Map<Integer, Long> submittedAgain;
    private final long created = System.nanoTime();
    private final BatchTally tally;
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean over;
    private final Object awaiting = new Object();
    private long awaitFrom = Readings.FROM_START;

    /**
     * @param submittedAt    null if it is not known
     * @param size           likewise
     * @param submittedAgain where the failures are that items were submitted again for; likewise
     */
    BatchHandle(
            BatchClient client, String batchId, Instant submittedAt, Integer size, Map<Integer, Long> submittedAgain) {
        this.client = client;
        this.batchId = batchId;
        this.submittedAt = submittedAt;
        this.submittedAgain = submittedAgain;
        this.tally = new BatchTally(size);
    }

    /** Never blank. */
    public String batchId() {
        return batchId;
    }

    /**
     * Follows the batch and gives its results in index order: one that is early waits for those before it.
     * Ends after the last one, when the batch was cancelled and is over, or when what is missing is in the dead letters
     * ({@link BatchStatus#incomplete()}); a batch whose size nobody tells never ends. An item that has failed and was submitted
     * again by then ({@link BatchClient#retryFailed}) is waited for.
     *
     * @throws BatchClientException if the result topic does not exist or Kafka does not answer in time
     */
    public BatchResults results() {
        return client.readings().open(this, Readings.Range.follow(true));
    }

    /** Like {@link #results()}, but gives each result as soon as it is there. */
    public BatchResults resultsAsCompleted() {
        return client.readings().open(this, Readings.Range.follow(false));
    }

    /**
     * The results that are there now, in index order, without waiting for others. Indexes that have none are
     * left out; once it is read to its end, {@link BatchResults#missing()} names them.
     */
    public BatchResults snapshot() {
        return client.readings().open(this, Readings.Range.snapshot());
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

    /** How many of its failed items were submitted again ({@link BatchClient#retryFailed}) and have no new result yet. */
    public int underWayAgain() {
        return client.readings().underWayAgain(this);
    }

    /**
     * How far the batch is, whenever the workers say something new; a slow subscriber gets the latest. Completes after the status
     * of the batch's completion, or after the one that says that it stays incomplete.
     */
    public Flow.Publisher<BatchStatus> progress() {
        return Publishers.of(batchId, client::feed, client.open());
    }

    /**
     * The batch's status when it is complete, or stays incomplete since what is missing is in the dead letters. All futures of a client share one consumer and one thread, so that thousands of
     * batches can be waited for; what depends on them runs in the common pool. Fails when the client is closed before.
     */
    public CompletableFuture<BatchStatus> completion() {
        var future = new CompletableFuture<BatchStatus>();
        StatusFeed feed = client.feed();
        var listener = new StatusFeed.Listener() {
            @Override
            public void status(BatchStatus status) {
                if (status.isOver()) {
                    future.completeAsync(() -> status);
                }
            }

            @Override
            public void ended(Throwable why) {
                CompletableFuture.runAsync(() -> future.completeExceptionally(why));
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

    /** What the readings of this handle have seen so far, all together; reads nothing itself. See {@link #status()}. */
    public BatchProgress seen() {
        return tally.progress();
    }

    /** Indexes that the readings of this handle have seen no result for; see {@link BatchResults#missing()}. */
    public List<IndexRange> missing() {
        return tally.missing();
    }

    /**
     * Reads until every item has a result, the batch was cancelled and is over, what is missing is in the dead letters, or {@code
     * timeout} is over. Another call goes on where this one
     * stopped.
     *
     * @return whether nothing more will come
     */
    public boolean await(Duration timeout) {
        synchronized (awaiting) {
            if (isOver()) {
                return true;
            }
            long start = System.nanoTime();
            try (var results =
                    client.readings().open(this, Readings.Range.follow(false).from(awaitFrom))) {
                Duration left = timeout;
                while (!isOver() && !left.isNegative() && !results.finished()) {
                    results.poll(left);
                    left = timeout.minusNanos(System.nanoTime() - start);
                }
                awaitFrom = results.position();
            }
            return isOver();
        }
    }

    private boolean isOver() {
        return over || tally.done();
    }

    /** What the workers say: how many items there are, and that no more will get a result. */
    void hear(BatchStatus status) {
        tally.reportSize(status.total());
        over |= status.isOver() && tally.progress().received() >= status.received();
    }

    /** When its first request was submitted, or null if that is not known. */
    Instant submittedAt() {
        return submittedAt;
    }

    /** Where the failures are that items were submitted again for, by index; null if that is not known. */
    Map<Integer, Long> submittedAgain() {
        return submittedAgain;
    }

    /** The size if it is known, else null. */
    Integer size() {
        return tally.progress().size();
    }

    /** The result took the place of one that was observed. */
    void observeAgain(CallResult result) {
        tally.correct(result);
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
