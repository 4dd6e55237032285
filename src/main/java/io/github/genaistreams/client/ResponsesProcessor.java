package io.github.genaistreams.client;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.model.ResponsesRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Processes batches of the Responses API with one method call, on a Kafka cluster with running workers.
 *
 * <pre>{@code
 * try (var processor = ResponsesProcessor.connect(Map.of("bootstrap.servers", "kafka-1:9092"))) {
 *     BatchResult result = processor.processBatch(batch).join();
 * }
 * }</pre>
 *
 * <p>Thread-safe; any number of batches at once. Each batch uses one thread and one connection until it ends.
 */
public final class ResponsesProcessor implements AutoCloseable {

    private final BatchClient client;
    private final boolean ownsClient;
    private final BatchFollower follower = new BatchFollower();

    /** Uses this client, which is not closed here. */
    public ResponsesProcessor(BatchClient client) {
        this(client, false);
    }

    private ResponsesProcessor(BatchClient client, boolean ownsClient) {
        this.client = client;
        this.ownsClient = ownsClient;
    }

    /** @param kafka properties of Kafka's clients, {@code bootstrap.servers} among them */
    public static ResponsesProcessor connect(Map<String, Object> kafka) {
        return new ResponsesProcessor(new BatchClient(kafka), true);
    }

    /** As {@link #processBatch(String, ResponsesBatch)}, with a new batch ID. */
    public CompletableFuture<BatchResult> processBatch(ResponsesBatch batch) {
        return processBatch(BatchClient.newBatchId(), batch);
    }

    /**
     * Submits the batch and follows it to its end. Returns at once.
     *
     * <p>A failed item is a result like any other. The future fails if the batch cannot be submitted or read
     * ({@link BatchClientException}), or if this processor is closed. A submitted batch continues in any case;
     * {@link BatchClient#reattach} finds it again by its ID. Cancelling the future only stops following.
     */
    public CompletableFuture<BatchResult> processBatch(String batchId, ResponsesBatch batch) {
        List<ResponsesRequest> requests = batch.requests();
        return follower.follow(() -> client.submit(batchId, requests), BatchResult::read);
    }

    /** As {@link #close()}, with the reason for it, which the futures fail with: those of later batches as well. */
    public void close(String reason) {
        follower.close(reason);
        close();
    }

    /** Stops following. Batches in progress continue on the workers; their futures here fail. */
    @Override
    public void close() {
        follower.close();
        if (ownsClient) {
            client.close();
        }
    }
}
