package io.github.genaistreams.client.read;

import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Usage;

/**
 * How far a batch is, as far as results were read: a snapshot.
 *
 * @param size      number of items of the batch, or null while no one said
 * @param succeeded items that have a successful result
 * @param failed    items that have a failed result
 * @param attempts  calls made for all of them
 * @param pages     of documents that were converted
 * @param usage     tokens used by all of them, never null
 * @param cost      what they cost together, never null
 */
public record BatchProgress(
        Integer size, int succeeded, int failed, long attempts, long pages, Usage usage, CostTotal cost) {

    /** How many items have a result. */
    public int received() {
        return succeeded + failed;
    }

    /** Whether every item has a result; false while the size is not known. */
    public boolean done() {
        return size != null && received() == size;
    }
}
