package io.github.genaistreams.serve.page;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What the server knows about the batches that callers submitted to it. Thread-safe. */
public interface BatchRegister {

    /** The name of the key that submitted a batch; empty if the batch was not submitted to the server. */
    Optional<String> ownerOf(String batchId);

    /** A batch without the status that workers publish; empty if the batch was not submitted to the server. */
    Optional<ListedBatch> find(String batchId);

    /** All batches except these, without the status that workers publish. */
    Stream<ListedBatch> batchesBut(Set<String> batchIds);

    /** Cancels a batch. Returns false, and does nothing, if it is over or was not submitted to the server. */
    boolean cancel(String batchId);
}
