package io.github.genaistreams.client;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.store.DocumentStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Documents by one call, on a Kafka cluster where workers run.
 *
 * <p>Thread-safe; any number of batches at once, with one thread and one connection for each until it ends.
 */
public final class DocumentProcessor implements AutoCloseable {

    /** Larger documents go to the document store. */
    private static final long INLINE_MAX_BYTES = 1 << 20;

    private final BatchClient client;
    private final DocumentStore store;
    private final BatchFollower follower = new BatchFollower();

    /**
     * @param client stays the caller's to close
     * @param store  the workers' own; null for none, so that documents have to fit into records
     */
    public DocumentProcessor(BatchClient client, DocumentStore store) {
        this.client = client;
        this.store = store;
    }

    /** Converts documents that are in memory; the results are in their order. */
    public CompletableFuture<List<CallResult>> processMultiparts(
            DocumentRequest.Builder common, List<byte[]> documents) {
        return process(DocumentsBatch.of(
                common, documents.stream().map(DocumentSource::of).toList()));
    }

    /** Converts files; the results are in their order. */
    public CompletableFuture<List<CallResult>> processFiles(DocumentRequest.Builder common, List<Path> files) {
        return process(
                DocumentsBatch.of(common, files.stream().map(DocumentSource::of).toList()));
    }

    /** As {@link #process(String, DocumentsBatch)}, with a new batch ID. */
    public CompletableFuture<List<CallResult>> process(DocumentsBatch batch) {
        return process(BatchClient.newBatchId(), batch);
    }

    /**
     * Submits the batch and follows it to its end; returns at once. A failed document is a result like any other. The future
     * fails if the batch cannot be submitted or read, or with this processor's end; a batch that was submitted goes on all the
     * same. {@link DocumentContents} has the texts.
     */
    public CompletableFuture<List<CallResult>> process(String batchId, DocumentsBatch batch) {
        return follower.follow(
                () -> client.submitDocuments(
                        batchId,
                        batch.sources().stream()
                                .map(source -> source.request(batch.common(), store, INLINE_MAX_BYTES))
                                .toList(),
                        index -> Map.of()),
                (handle, results) -> read(results));
    }

    private static List<CallResult> read(BatchResults results) {
        List<CallResult> all = new ArrayList<>();
        results.forEachRemaining(all::add);
        if (!results.progress().done()) {
            throw new BatchClientException("The reading of the batch was closed before its end");
        }
        return all;
    }

    /** Gives up following; batches under way go on where the workers are, and their futures here fail. */
    @Override
    public void close() {
        follower.close();
    }
}
