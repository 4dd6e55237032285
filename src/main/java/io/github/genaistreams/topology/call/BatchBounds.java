package io.github.genaistreams.topology.call;

import java.util.HashMap;
import java.util.Map;

/** The number of items in progress of each batch with its own bound on a lane. Not thread-safe. */
final class BatchBounds {

    private final Map<String, Integer> atWork = new HashMap<>();

    /** Whether the item's batch allows it to start. */
    boolean allow(Item<?> item) {
        int bound = item.work().batchBound();
        return bound == 0 || atWork.getOrDefault(item.key().batchId(), 0) < bound;
    }

    /** Changes the number of items in progress of an item's batch. */
    void count(Item<?> item, int more) {
        if (item.work().batchBound() > 0) {
            atWork.merge(item.key().batchId(), more, (before, change) -> before + change == 0 ? null : before + change);
        }
    }
}
