package io.github.genaistreams.model;

import java.util.Objects;

/**
 * Identifies one item of one batch; the key of results and retries.
 *
 * @param batchId the batch
 * @param index   the item's index in it, from 0
 */
public record ItemKey(String batchId, int index) {

    public ItemKey {
        Objects.requireNonNull(batchId, "batch_id");
    }

    @Override
    public String toString() {
        return batchId + "/" + index;
    }
}
