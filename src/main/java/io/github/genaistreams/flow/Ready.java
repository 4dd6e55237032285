package io.github.genaistreams.flow;

import io.github.genaistreams.model.ItemKey;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * The items of a lane that could be called now, by credential: one that has used up its limits does not hold up the
 * others, which take turns. Not thread-safe.
 */
final class Ready {

    /** In the order in which they were last served. */
    private final Map<String, Line> lines = new LinkedHashMap<>();

    /** The items of one credential, those that were tried before and those that were not. */
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

    void add(ItemKey key, String credential) {
        lines.computeIfAbsent(credential, c -> new Line()).fresh().add(key);
    }

    void addRetry(ItemKey key, String credential) {
        lines.computeIfAbsent(credential, c -> new Line()).retries().add(key);
    }

    /** The next item of the first credential whose next item {@code mayStart}, or null; asks for no more than it starts. */
    ItemKey next(BiPredicate<ItemKey, String> mayStart) {
        for (Iterator<Map.Entry<String, Line>> each = lines.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<String, Line> entry = each.next();
            String credential = entry.getKey();
            Line line = entry.getValue();
            if (mayStart.test(line.peek(), credential)) {
                ItemKey next = line.poll();
                each.remove();
                if (!line.isEmpty()) {
                    lines.put(credential, line);
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
