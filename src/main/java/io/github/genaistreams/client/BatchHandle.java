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
 * A batch that was submitted, here or elsewhere. Holds no connection: each reading has its own and is closed
 * by itself, at the latest with the {@link BatchClient}.
 *
 * <p>Threads: may be used from any number; each {@link BatchResults} belongs to one reader.
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
     * Follows the batch and gives its results in index order: one that is early waits for those before it.
     * Ends after the last one, when the batch was cancelled and is over, or when what is missing is in the dead letters
     * ({@link BatchStatus#incomplete()}); a batch whose size nobody tells never ends. An item that has failed and was submitted
     * again by then ({@link BatchClient#retryFailed}) is waited for.
     *
     * @throws BatchClientException if the result topic does not exist or Kafka does not answer in time
     */
    public BatchResults results() {
        return client.results().read(batch, Selection.follow(true));
    }

    /**
     * Goes on where an earlier reading has stopped, in this process or another one: gives those of {@link #results()} that were not
     * taken then. Its counts contain the earlier ones, but not what they have cost.
     *
     * @param position of {@link BatchResults#position()}
     * @throws BatchClientException also if the position is of another cluster or topic
     */
    public BatchResults results(ReadPosition position) {
        return client.results().read(batch, Selection.follow(true).from(position));
    }

    /** As {@link #results(ReadPosition)}, but gives each result as soon as it is there. */
    public BatchResults resultsAsCompleted(ReadPosition position) {
        return client.results().read(batch, Selection.follow(false).from(position));
    }

    /** Like {@link #results()}, but gives each result as soon as it is there. */
    public BatchResults resultsAsCompleted() {
        return client.results().read(batch, Selection.follow(false));
    }

    /**
     * The results that are there now, in index order, without waiting for others. Indexes that have none are
     * left out; once it is read to its end, {@link BatchResults#missing()} names them.
     */
    public BatchResults snapshot() {
        return client.results().read(batch, Selection.snapshot());
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
        return client.feed().of(batch.batchId());
    }

    /** How many of its failed items were submitted again ({@link BatchClient#retryFailed}) and have no new result yet. */
    public int underWayAgain() {
        return client.results().underWayAgain(batch.batchId());
    }

    /**
     * How far the batch is, whenever the workers say something new; a slow subscriber gets the latest. Completes after the status
     * of the batch's completion, or after the one that says that it stays incomplete.
     */
    public Flow.Publisher<BatchStatus> progress() {
        return Publishers.of(batch.batchId(), client::feed, client.open());
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
        future.whenComplete((status, e) -> feed.forget(batch.batchId(), listener));
        feed.listen(batch.batchId(), listener);
        return future;
    }

    /**
     * Has nothing more of this batch called: what was not called yet ends as a failed result, and so do calls in flight, which are
     * broken off. Returns when the cluster knows; the workers follow within a second or so.
     */
    public void cancel() {
        client.control(BatchControl.of(batch.batchId()).withCancel());
    }

    /** What the readings of this handle have seen so far, all together; reads nothing itself. See {@link #status()}. */
    public BatchProgress seen() {
        return batch.progress();
    }

    /** Indexes that the readings of this handle have seen no result for; see {@link BatchResults#missing()}. */
    public List<IndexRange> missing() {
        return batch.missing();
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

    /** What is known here of the batch. */
    SeenBatch batch() {
        return batch;
    }

    /** Its ID, and what its readings have seen so far. */
    @Override
    public String toString() {
        BatchProgress seen = seen();
        return "BatchHandle[" + batchId() + ", " + seen.received() + " of " + (seen.size() == null ? "?" : seen.size())
                + " results seen]";
    }
}
