package io.github.genaistreams.serve.page;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What the server knows of the batches that came through it. Thread-safe. */
public interface BatchRegister {

    /** The name of the key that submitted a batch; empty if it did not come through the front door. */
    Optional<String> ownerOf(String batchId);

    /** As if no worker had said anything of the batch; empty if it did not come through the front door. */
    Optional<ListedBatch> find(String batchId);

    /** All batches but these, as if no worker had said anything of them. */
    Stream<ListedBatch> batchesBut(Set<String> batchIds);

    /** Cancels a batch; returns false, and does nothing, if it did not come through the front door or is over. */
    boolean cancel(String batchId);
}
