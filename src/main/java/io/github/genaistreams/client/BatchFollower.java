package io.github.genaistreams.client;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.read.BatchResults;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** Submits batches and follows each to its end on its own thread. Thread-safe. */
final class BatchFollower implements AutoCloseable {

    private final ExecutorService readers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "genai-batch");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<CompletableFuture<?>> underWay = ConcurrentHashMap.newKeySet();
    private volatile String closedBecause = "The processor was closed";

    /**
     * Submits a batch and reads it on its own thread. Returns at once.
     *
     * @param submit submits the batch
     * @param read   reads the batch to its end
     */
    <T> CompletableFuture<T> follow(Supplier<BatchHandle> submit, BiFunction<BatchHandle, BatchResults, T> read) {
        var future = new CompletableFuture<T>();
        underWay.add(future);
        future.whenComplete((result, e) -> underWay.remove(future));
        Runnable reading = () -> {
            try {
                BatchHandle batch = submit.get();
                try (BatchResults results = batch.results()) {
                    // Also on cancellation: a closed reader has no next result.
                    future.whenComplete((result, e) -> results.close());
                    future.complete(read.apply(batch, results));
                }
            } catch (Throwable e) {
                future.completeExceptionally(e);
            }
        };
        try {
            readers.execute(reading);
        } catch (RejectedExecutionException e) {
            future.completeExceptionally(wasClosed());
        }
        return future;
    }

    /** Stops following. Batches in progress continue on the workers; their futures here fail. */
    @Override
    public void close() {
        // First, so that no future is added after those that are failed here.
        readers.shutdown();
        underWay.forEach(future -> future.completeExceptionally(wasClosed()));
    }

    /** The same, with a reason for the futures, those of later batches as well. */
    void close(String reason) {
        closedBecause = reason;
        close();
    }

    private BatchClientException wasClosed() {
        return new BatchClientException(closedBecause);
    }
}
