package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Predicate;

/**
 * The ready items of a lane, in lines by credential. A credential that has used up its limits does not hold up the
 * others, which take turns. A batch with a bound of its own has its own line. Not thread-safe.
 */
final class ReadyLines<Q extends ApiRequest> {

    /** In the order in which they were last served. */
    private final Map<Owner, Line<Q>> lines = new LinkedHashMap<>();

    /** The owner of a line; {@code batchId} is null except for a batch with a bound of its own. */
    private record Owner(String credential, String batchId) {
        static Owner of(Item<?> item) {
            return new Owner(
                    item.work().credential(),
                    item.work().batchBound() == 0 ? null : item.key().batchId());
        }
    }

    /** The items of one line: those that were called before, and those that were not. */
    private record Line<Q extends ApiRequest>(Queue<Item<Q>> retries, Queue<Item<Q>> fresh) {
        Line() {
            this(new ArrayDeque<>(), new ArrayDeque<>());
        }

        boolean isEmpty() {
            return retries.isEmpty() && fresh.isEmpty();
        }

        Item<Q> peek() {
            return retries.isEmpty() ? fresh.peek() : retries.peek();
        }

        Item<Q> poll() {
            return retries.isEmpty() ? fresh.poll() : retries.poll();
        }
    }

    void add(Item<Q> item) {
        line(item).fresh().add(item);
    }

    void addRetry(Item<Q> item) {
        line(item).retries().add(item);
    }

    private Line<Q> line(Item<Q> item) {
        return lines.computeIfAbsent(Owner.of(item), owner -> new Line<>());
    }

    /** The next item of the first line whose next item can start, or null. */
    Item<Q> next(Predicate<Item<Q>> start) {
        for (Iterator<Map.Entry<Owner, Line<Q>>> each = lines.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<Owner, Line<Q>> entry = each.next();
            Owner owner = entry.getKey();
            Line<Q> line = entry.getValue();
            if (start.test(line.peek())) {
                Item<Q> next = line.poll();
                each.remove();
                if (!line.isEmpty()) {
                    lines.put(owner, line);
                }
                return next;
            }
        }
        return null;
    }

    /** Removes items whose state has changed. */
    void removeOthers() {
        lines.values().removeIf(line -> {
            line.retries().removeIf(ReadyLines::isOther);
            line.fresh().removeIf(ReadyLines::isOther);
            return line.isEmpty();
        });
    }

    private static boolean isOther(Item<?> item) {
        return !(item.state() instanceof Item.Ready);
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }
}
