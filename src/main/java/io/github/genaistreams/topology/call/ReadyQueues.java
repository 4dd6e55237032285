package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The ready items of a lane by credential. Credentials take turns, and within a credential, its batches do
 * ({@link BatchQueues}). A credential that has used up its limits does not hold up the others. Not thread-safe.
 */
final class ReadyQueues<Q extends ApiRequest> {

    /** The queues by credential, in the order in which the credentials were last served. */
    private final Map<String, BatchQueues<Q>> credentials = new LinkedHashMap<>();

    /** Adds an item that was never called. */
    void add(Item<Q> item) {
        queues(item).add(item);
    }

    /** Adds an item that goes before those of its batch that were never called. */
    void addRetry(Item<Q> item) {
        queues(item).addRetry(item);
    }

    private BatchQueues<Q> queues(Item<Q> item) {
        return credentials.computeIfAbsent(item.work().credential(), credential -> new BatchQueues<>());
    }

    /**
     * The first item that starts, in the order of turns; null if none does.
     *
     * @param isHeld whether a credential is held
     */
    @Nullable
    Item<Q> next(Function<Item<Q>, BatchQueues.Start> start, Predicate<String> isHeld) {
        for (Iterator<Map.Entry<String, BatchQueues<Q>>> each =
                        credentials.entrySet().iterator();
                each.hasNext(); ) {
            Map.Entry<String, BatchQueues<Q>> entry = each.next();
            Item<Q> next = entry.getValue().next(start, isHeld.test(entry.getKey()));
            if (next != null) {
                String credential = entry.getKey();
                BatchQueues<Q> queues = entry.getValue();
                each.remove();
                if (!queues.isEmpty()) {
                    credentials.put(credential, queues);
                }
                return next;
            }
        }
        return null;
    }

    /** Removes items whose state has changed. */
    void removeOthers() {
        credentials.values().removeIf(queues -> {
            queues.removeOthers();
            return queues.isEmpty();
        });
    }

    /** Adds the items that wait for their credential. */
    void addHeld(Predicate<String> isHeld, Loads sum) {
        credentials.forEach((credential, queues) -> {
            if (queues.isRefused() || isHeld.test(credential)) {
                sum.addAll(queues.loads());
            }
        });
    }

    boolean isEmpty() {
        return credentials.isEmpty();
    }
}
