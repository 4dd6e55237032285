package io.github.genaistreams.flow;

import io.github.genaistreams.model.ItemKey;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The items of a lane that could be called now, in lines by credential: one that has used up its limits does not hold up the
 * others, which take turns. So does a batch with a bound of its own, which stands in a line of its own. Not thread-safe.
 */
final class Ready {

    /** In the order in which they were last served. */
    private final Map<Owner, Line> lines = new LinkedHashMap<>();

    /** Whose a line is; {@code batchId} is null but for that of a batch with a bound of its own. */
    private record Owner(String credential, String batchId) {
        static Owner of(ItemKey key, Lane.Work work) {
            return new Owner(work.credential(), work.batchBound() == 0 ? null : key.batchId());
        }
    }

    /** The items of one line, those that were tried before and those that were not. */
    private record Line(Queue<ItemKey> retries, Queue<ItemKey> fresh) {
        Line() {
            this(new ArrayDeque<>(), new ArrayDeque<>());
        }

        boolean isEmpty() {
            return retries.isEmpty() && fresh.isEmpty();
        }

        ItemKey peek() {
            return retries.isEmpty() ? fresh.peek() : retries.peek();
        }

        ItemKey poll() {
            return retries.isEmpty() ? fresh.poll() : retries.poll();
        }
    }

    void add(ItemKey key, Lane.Work work) {
        line(key, work).fresh().add(key);
    }

    void addRetry(ItemKey key, Lane.Work work) {
        line(key, work).retries().add(key);
    }

    private Line line(ItemKey key, Lane.Work work) {
        return lines.computeIfAbsent(Owner.of(key, work), owner -> new Line());
    }

    /** The next item of the first line whose next item {@code mayStart}, or null; asks for no more than it starts. */
    ItemKey next(Predicate<ItemKey> mayStart) {
        for (Iterator<Map.Entry<Owner, Line>> each = lines.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<Owner, Line> entry = each.next();
            Owner owner = entry.getKey();
            Line line = entry.getValue();
            if (mayStart.test(line.peek())) {
                ItemKey next = line.poll();
                each.remove();
                if (!line.isEmpty()) {
                    lines.put(owner, line);
                }
                return next;
            }
        }
        return null;
    }

    /** Takes these items out. */
    void remove(Set<ItemKey> keys) {
        lines.values().removeIf(line -> {
            line.retries().removeIf(keys::contains);
            line.fresh().removeIf(keys::contains);
            return line.isEmpty();
        });
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }
}
