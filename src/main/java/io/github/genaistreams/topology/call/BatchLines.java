package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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
 *
 * A choice takes time in proportion to the models, and to the lines whose batch has reached its own bound. Other lines
 * cost nothing, however many of them wait for their credential.
 */
final class BatchLines<Q extends ApiRequest> {

    private final Map<Owner, Line<Q>> lines = new HashMap<>();

    /** The lines with items by model, each in the order of turns. */
    private final Map<String, TreeSet<Line<Q>>> turns = new HashMap<>();

    /** The empty lines. One is kept until {@code joining} has reached its pass. */
    private final TreeSet<Line<Q>> idle = new TreeSet<>();

    private double joining;
    private double served;
    private long sequence;

    /** Sum of the priorities of the lines that are not empty. */
    private long priorities;

    private final Loads loads = new Loads();

    /** Whether the credential let none of these items start when it was last asked. */
    private boolean isRefused;

    /** Whether the first item of a line starts, or why not. */
    enum Start {
        STARTED,
        /** Its batch has reached its own bound. */
        BATCH_WAITS,
        /** Its credential allows no call with its model now. */
        CREDENTIAL_WAITS
    }

    private record Owner(String batchId, @Nullable String model) {
        static Owner of(Item<?> item) {
            return new Owner(item.key().batchId(), item.work().demand().model());
        }
    }

    /** It must not change its place in the order of turns while it is in a set. */
    private static final class Line<Q extends ApiRequest> implements Comparable<Line<?>> {
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

        @Override
        public int compareTo(Line<?> other) {
            int byPass = Double.compare(pass, other.pass);
            return byPass != 0 ? byPass : Long.compare(sequence, other.sequence);
        }
    }

    /** Goes through the lines of a model in the order of turns. */
    private static final class Walk<Q extends ApiRequest> implements Comparable<Walk<?>> {
        private final Iterator<Line<Q>> rest;
        private Line<Q> line;

        Walk(TreeSet<Line<Q>> ofModel) {
            rest = ofModel.iterator();
            line = rest.next();
        }

        /** Goes to the next line. Returns false, without any effect, if there is none. */
        boolean goesOn() {
            boolean hasNext = rest.hasNext();
            line = hasNext ? rest.next() : line;
            return hasNext;
        }

        @Override
        public int compareTo(Walk<?> other) {
            return line.compareTo(other.line);
        }
    }

    /** Adds an item that was never called. */
    void add(Item<Q> item) {
        joined(line(item), item).fresh.add(item);
    }

    /** Adds an item before the items of its line that were never called. */
    void addRetry(Item<Q> item) {
        joined(line(item), item).retries.add(item);
    }

    private Line<Q> line(Item<Q> item) {
        return lines.computeIfAbsent(Owner.of(item), owner -> new Line<>(owner, joining, sequence++));
    }

    private Line<Q> joined(Line<Q> line, Item<Q> item) {
        if (line.isEmpty()) {
            idle.remove(line);
            line.priority = item.work().priority();
            priorities += line.priority;
            turns.computeIfAbsent(line.owner.model(), model -> new TreeSet<>()).add(line);
        }
        loads.add(item, 1);
        return line;
    }

    /**
     * The first item that starts, in the order of turns; null if none does.
     *
     * @param freshFirst whether items that were never called go before retries. In a hold, the item that has just failed
     *     must not be the next probe: it may be one that always fails
     */
    @Nullable
    Item<Q> next(Function<Item<Q>, Start> start, boolean freshFirst) {
        isRefused = false;
        boolean isOneRefused = false;
        Queue<Walk<Q>> walks = new PriorityQueue<>();
        turns.values().forEach(ofModel -> walks.add(new Walk<>(ofModel)));
        for (Walk<Q> walk = walks.poll(); walk != null; walk = walks.poll()) {
            switch (start.apply(walk.line.next(freshFirst).peek())) {
                case STARTED -> {
                    return serve(walk.line, freshFirst);
                }
                // No other line of this model can start.
                case CREDENTIAL_WAITS -> isOneRefused = true;
                case BATCH_WAITS -> {
                    if (walk.goesOn()) {
                        walks.add(walk);
                    }
                }
            }
        }
        isRefused = isOneRefused;
        return null;
    }

    /** Whether no item could start when it was last asked, because of the limits of the credential. */
    boolean isRefused() {
        return isRefused;
    }

    private Item<Q> serve(Line<Q> line, boolean freshFirst) {
        leaveTurns(line);
        Item<Q> item = line.next(freshFirst).remove();
        double size = item.work().size();
        served = Math.max(served, line.pass);
        joining = Math.max(served, joining + size / priorities);
        line.pass = served + size / item.work().priority();
        line.sequence = sequence++;
        loads.add(item, -1);
        if (line.isEmpty()) {
            becomeIdle(line);
        } else {
            turns.computeIfAbsent(line.owner.model(), model -> new TreeSet<>()).add(line);
        }
        forgetIdle();
        return item;
    }

    private void leaveTurns(Line<Q> line) {
        TreeSet<Line<Q>> ofModel = turns.get(line.owner.model());
        if (ofModel != null && ofModel.remove(line) && ofModel.isEmpty()) {
            turns.remove(line.owner.model());
        }
    }

    private void becomeIdle(Line<Q> line) {
        priorities -= line.priority;
        idle.add(line);
    }

    private void forgetIdle() {
        while (!idle.isEmpty() && idle.first().pass <= joining) {
            lines.remove(idle.pollFirst().owner);
        }
    }

    /** Removes items whose state has changed. */
    void removeOthers() {
        for (Line<Q> line : lines.values()) {
            if (!line.isEmpty()) {
                line.retries.removeIf(this::isOther);
                line.fresh.removeIf(this::isOther);
                if (line.isEmpty()) {
                    leaveTurns(line);
                    becomeIdle(line);
                }
            }
        }
        forgetIdle();
    }

    private boolean isOther(Item<Q> item) {
        boolean isOther = !(item.state() instanceof Item.Ready);
        if (isOther) {
            loads.add(item, -1);
        }
        return isOther;
    }

    boolean isEmpty() {
        return turns.isEmpty();
    }

    /** Its items. */
    Loads loads() {
        return loads;
    }
}
