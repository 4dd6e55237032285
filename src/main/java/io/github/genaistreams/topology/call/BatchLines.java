package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The ready items of one credential, in a line for each batch and model. Not thread-safe.
 *
 * <p>Lines take turns by stride scheduling (Waldspurger and Weihl, 1995). Each line has a <em>pass</em>, and the line
 * with the smallest pass that may start is served. A served line's pass grows by {@code size / priority} of its item,
 * so lines get work in proportion to their priorities, each at most one item ahead. Two clocks keep this so as lines
 * come and go:
 *
 * <ul>
 * <li>{@code joining} grows by {@code size / (sum of the lines' priorities)}, as the mean of all passes does. A new
 * line starts there: it is soon served, and an endless row of new lines starves nobody.
 * <li>{@code served} is the largest pass that was served. A line that could not start meanwhile is served next when it
 * can, and has saved up no further turns.
 * </ul>
 */
final class BatchLines<Q extends ApiRequest> {

    private final Map<Owner, Line<Q>> lines = new HashMap<>();
    private final TreeSet<Line<Q>> turns = new TreeSet<>(
            Comparator.<Line<Q>>comparingDouble(line -> line.pass).thenComparingLong(line -> line.sequence));

    private double joining;
    private double served;
    private long sequence;

    /** Sum of the priorities of the lines that are not empty. */
    private long priorities;

    private int items;
    private long bytes;

    /** Whether the credential let none of these items start when it was last asked. */
    private boolean isRefused;

    /** What became of the first item of a line. */
    enum Start {
        STARTED,
        /** Its batch has reached its own bound. */
        BATCH_WAITS,
        /** Its credential allows no call with its model now. */
        CREDENTIAL_WAITS
    }

    private record Owner(String batchId, String model) {
        static Owner of(Item<?> item) {
            return new Owner(item.key().batchId(), item.work().demand().model());
        }
    }

    /** An empty line is kept until {@code joining} has reached its pass. */
    private static final class Line<Q extends ApiRequest> {
        private final Owner owner;
        private final Queue<Item<Q>> retries = new ArrayDeque<>();
        private final Queue<Item<Q>> fresh = new ArrayDeque<>();
        private double pass;
        private long sequence;
        private int priority;

        Line(Owner owner, double pass, long sequence) {
            this.owner = owner;
            this.pass = pass;
            this.sequence = sequence;
        }

        boolean isEmpty() {
            return retries.isEmpty() && fresh.isEmpty();
        }

        Queue<Item<Q>> next(boolean freshFirst) {
            return retries.isEmpty() || freshFirst && !fresh.isEmpty() ? fresh : retries;
        }
    }

    /** Adds an item that was never called. */
    void add(Item<Q> item) {
        joined(line(item), item).fresh.add(item);
    }

    /** Adds an item that goes before those of its line that were never called. */
    void addRetry(Item<Q> item) {
        joined(line(item), item).retries.add(item);
    }

    private Line<Q> line(Item<Q> item) {
        return lines.computeIfAbsent(Owner.of(item), owner -> {
            Line<Q> line = new Line<>(owner, joining, sequence++);
            turns.add(line);
            return line;
        });
    }

    private Line<Q> joined(Line<Q> line, Item<Q> item) {
        if (line.isEmpty()) {
            line.priority = item.work().priority();
            priorities += line.priority;
        }
        items++;
        bytes += item.work().bytes();
        return line;
    }

    /**
     * The first item that starts, in the order of turns; null if none does.
     *
     * @param freshFirst whether items that were never called go before retries. In a hold, the item that has just failed
     *     must not be the next probe: it may be one that always fails
     */
    Item<Q> next(Function<Item<Q>, Start> start, boolean freshFirst) {
        Set<String> waitingModels = new HashSet<>();
        isRefused = false;
        for (Iterator<Line<Q>> each = turns.iterator(); each.hasNext(); ) {
            Line<Q> line = each.next();
            if (line.isEmpty()) {
                if (line.pass <= joining) {
                    each.remove();
                    lines.remove(line.owner);
                }
            } else if (!waitingModels.contains(line.owner.model())) {
                switch (start.apply(line.next(freshFirst).peek())) {
                    case STARTED -> {
                        each.remove();
                        return serve(line, freshFirst);
                    }
                    case CREDENTIAL_WAITS -> waitingModels.add(line.owner.model());
                    case BATCH_WAITS -> {}
                }
            }
        }
        isRefused = !waitingModels.isEmpty();
        return null;
    }

    /** Whether no item could start when it was last asked, because of the limits of the credential. */
    boolean isRefused() {
        return isRefused;
    }

    /** @param line is not among {@code turns} */
    private Item<Q> serve(Line<Q> line, boolean freshFirst) {
        Item<Q> item = line.next(freshFirst).poll();
        double size = item.work().size();
        served = Math.max(served, line.pass);
        joining = Math.max(served, joining + size / priorities);
        line.pass = served + size / item.work().priority();
        line.sequence = sequence++;
        turns.add(line);
        left(item);
        if (line.isEmpty()) {
            priorities -= line.priority;
        }
        return item;
    }

    private void left(Item<Q> item) {
        items--;
        bytes -= item.work().bytes();
    }

    /** Removes items whose state has changed. */
    void removeOthers() {
        for (Line<Q> line : lines.values()) {
            if (!line.isEmpty()) {
                line.retries.removeIf(this::isOther);
                line.fresh.removeIf(this::isOther);
                if (line.isEmpty()) {
                    priorities -= line.priority;
                }
            }
        }
    }

    private boolean isOther(Item<Q> item) {
        boolean isOther = !(item.state() instanceof Item.Ready);
        if (isOther) {
            left(item);
        }
        return isOther;
    }

    boolean isEmpty() {
        return items == 0;
    }

    /** Number of items. */
    int items() {
        return items;
    }

    /** Bytes of their requests. */
    long bytes() {
        return bytes;
    }
}
