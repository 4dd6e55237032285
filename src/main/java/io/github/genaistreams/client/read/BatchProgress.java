package io.github.genaistreams.client.read;

import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Usage;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a batch, based on the results that were read: a snapshot.
 *
 * @param size      number of items of the batch; null while it is unknown
 * @param succeeded items that have a successful result
 * @param failed    items that have a failed result
 * @param attempts  calls made for all items
 * @param pages     converted pages of documents
 * @param usage     tokens used by all items
 * @param cost      cost of all items
 * @param possibleDuplicates items with a repeated attempt that the API may already have done and billed: it got no
 *     answer, or the worker was killed during it
 */
public record BatchProgress(
        @Nullable Integer size,
        int succeeded,
        int failed,
        long attempts,
        long pages,
        Usage usage,
        CostTotal cost,
        long possibleDuplicates) {

    /** Number of items with a result. */
    public int received() {
        return succeeded + failed;
    }

    /** Whether every item has a result; false while the size is unknown. */
    public boolean done() {
        return size != null && received() == size;
    }
}
