package io.github.genaistreams.client;

import io.github.genaistreams.client.input.DocumentRequests;
import io.github.genaistreams.client.input.DocumentSource;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Converts batches of documents with one method call, on a Kafka cluster with running workers.
 *
 * <pre>{@code
 * try (var store = new DirectoryStore(Path.of("/mnt/documents"));
 *         var processor = DocumentProcessor.connect(Map.of("bootstrap.servers", "kafka-1:9092"), store)) {
 *     BatchResult result = processor.processFiles(DocumentRequest.builder(), files).join();
 * }
 * }</pre>
 *
 * <p>Thread-safe; any number of batches at once. Each batch uses one thread and one connection until it ends.
 */
public final class DocumentProcessor implements AutoCloseable {

    /** Default of the limit above which documents go to the document store. */
    public static final long DEFAULT_INLINE_MAX_BYTES = 1 << 20;

    private final BatchClient client;
    private final boolean ownsClient;
    private final @Nullable DocumentStore store;
    private final long inlineMaxBytes;
    private final BatchFollower follower = new BatchFollower();

    /**
     * @param client not closed here. It needs the same store, because large answers are there as well
     * @param store  the workers' document store; null for none, so that documents must fit into records
     */
    public DocumentProcessor(BatchClient client, @Nullable DocumentStore store) {
        this(client, store, DEFAULT_INLINE_MAX_BYTES);
    }

    /** @param inlineMaxBytes larger documents go to the store and not into their records */
    public DocumentProcessor(BatchClient client, @Nullable DocumentStore store, long inlineMaxBytes) {
        this(client, store, inlineMaxBytes, false);
    }

    private DocumentProcessor(
            BatchClient client, @Nullable DocumentStore store, long inlineMaxBytes, boolean ownsClient) {
        this.client = client;
        this.store = store;
        this.inlineMaxBytes = inlineMaxBytes;
        this.ownsClient = ownsClient;
    }

    /**
     * @param kafka properties of Kafka's clients, {@code bootstrap.servers} among them
     * @param store the workers' document store, which is not closed here; null for none
     */
    public static DocumentProcessor connect(Map<String, Object> kafka, @Nullable DocumentStore store) {
        // Base64 makes bytes a third larger in JSON.
        var client = new BatchClient(kafka, Topics.withDefaultPrefix(), WireFormat.AVRO, store);
        return new DocumentProcessor(client, store, DEFAULT_INLINE_MAX_BYTES, true);
    }

    /** Converts documents that are in memory. The results have the order of the documents. */
    public CompletableFuture<BatchResult> processMultiparts(DocumentRequest.Builder common, List<byte[]> documents) {
        return process(DocumentsBatch.of(
                common, documents.stream().map(DocumentSource::of).toList()));
    }

    /** Converts files. The results have the order of the files. */
    public CompletableFuture<BatchResult> processFiles(DocumentRequest.Builder common, List<Path> files) {
        return process(
                DocumentsBatch.of(common, files.stream().map(DocumentSource::of).toList()));
    }

    /** As {@link #process(String, DocumentsBatch)}, with a new batch ID. */
    public CompletableFuture<BatchResult> process(DocumentsBatch batch) {
        return process(BatchClient.newBatchId(), batch);
    }

    /**
     * Submits the batch and follows it to its end. Returns at once. A failed document is a result like any other. The
     * future fails if the batch cannot be submitted or read, or if this processor is closed. A submitted batch
     * continues in any case. {@link BatchResult#texts} has the texts.
     */
    public CompletableFuture<BatchResult> process(String batchId, DocumentsBatch batch) {
        List<DocumentSource> sources = batch.sources();
        return follower.follow(
                () -> client.submitDocuments(
                        batchId,
                        new DocumentRequests(sources.size(), index -> sources.get(index)
                                .request(batch.common(), store, inlineMaxBytes)),
                        index -> headers(sources.get(index))),
                BatchResult::read);
    }

    private static Map<String, String> headers(DocumentSource source) {
        return source.name() == null ? Map.of() : Map.of(WireHeaders.FILE_NAME, source.name());
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
