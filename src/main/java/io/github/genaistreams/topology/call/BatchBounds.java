package io.github.genaistreams.topology.call;

import java.util.HashMap;
import java.util.Map;

/** How many items are at work of the batches that have a bound of their own on a lane. Not thread-safe. */
final class BatchBounds {

    private final Map<String, Integer> atWork = new HashMap<>();

    /** Whether an item may start as far as its batch is concerned. */
    boolean allow(Item<?> item) {
        int bound = item.work().batchBound();
        return bound == 0 || atWork.getOrDefault(item.key().batchId(), 0) < bound;
    }

    /** So many more of an item's batch are at work, or less. */
    void count(Item<?> item, int more) {
        if (item.work().batchBound() > 0) {
            atWork.merge(item.key().batchId(), more, (before, change) -> before + change == 0 ? null : before + change);
        }
    }
}
