package io.github.genaistreams.client;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.read.BatchProgress;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.client.read.Publishers;
import io.github.genaistreams.client.read.ReadPosition;
import io.github.genaistreams.client.read.SeenBatch;
import io.github.genaistreams.client.read.Selection;
import io.github.genaistreams.client.read.StatusFeed;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * A batch that was submitted here or elsewhere. Holds no connection. Each reader has its own connection. It is closed
 * with the reader, or with the {@link BatchClient} at the latest.
 *
 * <p>Threads: safe for any number of threads. Each {@link BatchResults} belongs to one reader.
 */
public final class BatchHandle {

    private final BatchClient client;
    private final SeenBatch batch;
    private final Object awaiting = new Object();
    private Optional<ReadPosition> awaitedTo = Optional.empty();

    BatchHandle(BatchClient client, SeenBatch batch) {
        this.client = client;
        this.batch = batch;
    }

    /** Never blank. */
    public String batchId() {
        return batch.batchId();
    }

    /**
     * Follows the batch and returns its results in index order: an early result waits for those before it. Ends after the
     * last result, when a cancelled batch is over, or when the missing requests are dead letters
     * ({@link BatchStatus#incomplete()}). A batch of unknown size never ends. If a failed item has been submitted again
     * ({@link BatchClient#retryFailed}), the reader waits for its new result.
     *
     * @throws BatchClientException if the result topic is missing or Kafka does not answer in time
     */
    public BatchResults results() {
        return client.results().read(batch, Selection.follow(true));
    }

    /**
     * Continues where an earlier reader has stopped, in this process or another one: returns the results that were not taken
     * then. Its counts include the earlier results, but not their cost.
     *
     * @param position the earlier reader's {@link BatchResults#position()}
     * @throws BatchClientException also if the position belongs to another cluster or topic
     */
    public BatchResults results(ReadPosition position) {
        return client.results().read(batch, Selection.follow(true).from(position));
    }

    /** As {@link #results(ReadPosition)}, but returns each result as soon as it arrives. */
    public BatchResults resultsAsCompleted(ReadPosition position) {
        return client.results().read(batch, Selection.follow(false).from(position));
    }

    /** As {@link #results()}, but returns each result as soon as it arrives. */
    public BatchResults resultsAsCompleted() {
        return client.results().read(batch, Selection.follow(false));
    }

    /** As {@link #resultsAsCompleted()}, but without fetching answers from the document store. */
    public BatchResults resultsWithoutStoredAnswers() {
        return client.results().read(batch, Selection.follow(false).withoutAnswers());
    }

    /**
     * The results that exist now, in index order, without waiting. Indexes without a result are skipped; after the last
     * result, {@link BatchResults#missing()} names them.
     */
    public BatchResults snapshot() {
        return client.results().read(batch, Selection.snapshot());
    }

    /**
     * The results in index order for a {@code Flow} subscriber, as fast as it requests them. Each subscriber has its own
     * reader and its own thread, which ends with the batch, the subscription or the client.
     */
    public Flow.Publisher<CallResult> publisher() {
        return Publishers.of(this::results, client.open());
    }

    /** The status of the batch as the workers report it; empty if there is no status yet, or if it has expired. */
    public Optional<BatchStatus> status() {
        return client.feed().of(batch.batchId());
    }

    /** Number of failed items that were submitted again ({@link BatchClient#retryFailed}) and have no new result yet. */
    public int underWayAgain() {
        return client.results().underWayAgain(batch.batchId());
    }

    /**
     * The status of the batch at each change. A slow subscriber gets only the latest one. Completes after the last status: the
     * batch is complete, or stays incomplete.
     */
    public Flow.Publisher<BatchStatus> progress() {
        return Publishers.of(batch.batchId(), client::feed, client.open());
    }

    /**
     * The batch's last status: it is complete, or stays incomplete because the missing requests are dead letters. All
     * futures of a client share one consumer and one thread, so thousands of batches can be waited for. Dependent
     * stages run in the common pool. Fails if the client is closed first.
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
        future.whenComplete((status, e) -> feed.forget(batch.batchId(), listener));
        feed.listen(batch.batchId(), listener);
        return future;
    }

    /**
     * The result at an offset of the result topic ({@link BatchResults#lastOffset()}), with its answer; empty if it is
     * no longer there or belongs to another batch.
     *
     * @throws BatchClientException if the offset is after the end of the topic
     */
    public Optional<CallResult> resultAt(long offset) {
        var one = Selection.snapshot().from(offset).only(1, record -> record.offset() == offset);
        try (BatchResults results = client.results().read(batch, one)) {
            return results.hasNext() ? Optional.of(results.next()) : Optional.empty();
        }
    }

    /**
     * The controls of the batch as a whole: its bounds, its size, whether it is cancelled. Reads the control topic;
     * empty if that topic cannot be read.
     */
    public BatchControl control() {
        return client.results().control(batch.batchId());
    }

    /**
     * Cancels the batch. Items that have not been called end as failed results, and so do calls in flight, which are
     * aborted. Returns when the cluster has the cancellation; the workers follow within about a second.
     */
    public void cancel() {
        client.control(BatchControl.of(batch.batchId()).withCancel());
    }

    /** The results that all readers of this handle have seen so far. It reads nothing itself; see {@link #status()}. */
    public BatchProgress seen() {
        return batch.progress();
    }

    /** Indexes for which no reader of this handle has seen a result; see {@link BatchResults#missing()}. */
    public List<IndexRange> missing() {
        return batch.missing();
    }

    /**
     * Reads until every item has a result, a cancelled batch is over, the missing requests are dead letters, or
     * {@code timeout} has passed. Another call continues where this one stopped.
     *
     * @return whether no more results will come
     */
    public boolean await(Duration timeout) {
        synchronized (awaiting) {
            if (batch.isOver()) {
                return true;
            }
            long start = System.nanoTime();
            Selection rest = Selection.follow(false);
            try (var results =
                    client.results().read(batch, awaitedTo.map(rest::from).orElse(rest))) {
                Duration left = timeout;
                while (!batch.isOver() && !left.isNegative() && !results.finished()) {
                    results.poll(left);
                    left = timeout.minusNanos(System.nanoTime() - start);
                }
                awaitedTo = Optional.of(results.position());
            }
            return batch.isOver();
        }
    }

    /** What this handle knows about the batch. */
    SeenBatch batch() {
        return batch;
    }

    /** The batch ID, and the results that its readers have seen so far. */
    @Override
    public String toString() {
        BatchProgress seen = seen();
        return "BatchHandle[" + batchId() + ", " + seen.received() + " of " + (seen.size() == null ? "?" : seen.size())
                + " results seen]";
    }
}
