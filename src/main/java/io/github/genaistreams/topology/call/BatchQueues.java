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
 * The ready items of one credential, in a queue for each batch and model. Not thread-safe.
 *
 * <p>Queues take turns by stride scheduling (Waldspurger and Weihl, 1995). Each queue has a <em>pass</em>, and the queue
 * with the smallest pass that may start is served. A served queue's pass grows by {@code size / priority} of its item,
 * so queues get work in proportion to their priorities, each at most one item ahead. Two clocks keep this so as queues
 * come and go:
 *
 * <ul>
 * <li>{@code joining} grows by {@code size / (sum of the queues' priorities)}, as the mean of all passes does. A new
 * queue starts there: it is soon served, and an endless row of new queues starves nobody.
 * <li>{@code served} is the largest pass that was served. A queue that could not start meanwhile is served next when it
 * can, and has saved up no further turns.
 * </ul>
 *
 * A choice takes time in proportion to the models, and to the queues whose batch has reached its own bound. Other queues
 * cost nothing, however many of them wait for their credential.
 */
final class BatchQueues<Q extends ApiRequest> {

    private final Map<Owner, BatchQueue<Q>> queues = new HashMap<>();

    /** The queues with items by model, each in the order of turns. */
    private final Map<String, TreeSet<BatchQueue<Q>>> turns = new HashMap<>();

    /** The empty queues. One is kept until {@code joining} has reached its pass. */
    private final TreeSet<BatchQueue<Q>> idle = new TreeSet<>();

    private double joining;
    private double served;
    private long sequence;

    /** Sum of the priorities of the queues that are not empty. */
    private long priorities;

    private final Loads loads = new Loads();

    /** Whether the credential let none of these items start when it was last asked. */
    private boolean isRefused;

    /** Whether the first item of a queue starts, or why not. */
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
    private static final class BatchQueue<Q extends ApiRequest> implements Comparable<BatchQueue<?>> {
        private final Owner owner;
        private final Queue<Item<Q>> retries = new ArrayDeque<>();
        private final Queue<Item<Q>> fresh = new ArrayDeque<>();
        private double pass;
        private long sequence;
        private int priority;

        BatchQueue(Owner owner, double pass, long sequence) {
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
        public int compareTo(BatchQueue<?> other) {
            int byPass = Double.compare(pass, other.pass);
            return byPass != 0 ? byPass : Long.compare(sequence, other.sequence);
        }
    }

    /** Goes through the queues of a model in the order of turns. */
    private static final class Walk<Q extends ApiRequest> implements Comparable<Walk<?>> {
        private final Iterator<BatchQueue<Q>> rest;
        private BatchQueue<Q> queue;

        Walk(TreeSet<BatchQueue<Q>> ofModel) {
            rest = ofModel.iterator();
            queue = rest.next();
        }

        /** Goes to the next queue. Returns false, without any effect, if there is none. */
        boolean goesOn() {
            boolean hasNext = rest.hasNext();
            queue = hasNext ? rest.next() : queue;
            return hasNext;
        }

        @Override
        public int compareTo(Walk<?> other) {
            return queue.compareTo(other.queue);
        }
    }

    /** Adds an item that was never called. */
    void add(Item<Q> item) {
        joined(queue(item), item).fresh.add(item);
    }

    /** Adds an item before the items of its queue that were never called. */
    void addRetry(Item<Q> item) {
        joined(queue(item), item).retries.add(item);
    }

    private BatchQueue<Q> queue(Item<Q> item) {
        return queues.computeIfAbsent(Owner.of(item), owner -> new BatchQueue<>(owner, joining, sequence++));
    }

    private BatchQueue<Q> joined(BatchQueue<Q> queue, Item<Q> item) {
        if (queue.isEmpty()) {
            idle.remove(queue);
            queue.priority = item.work().priority();
            priorities += queue.priority;
            turns.computeIfAbsent(queue.owner.model(), model -> new TreeSet<>()).add(queue);
        }
        loads.add(item, 1);
        return queue;
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
            switch (start.apply(walk.queue.next(freshFirst).peek())) {
                case STARTED -> {
                    return serve(walk.queue, freshFirst);
                }
                // No other queue of this model can start.
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

    private Item<Q> serve(BatchQueue<Q> queue, boolean freshFirst) {
        leaveTurns(queue);
        Item<Q> item = queue.next(freshFirst).remove();
        double size = item.work().size();
        served = Math.max(served, queue.pass);
        joining = Math.max(served, joining + size / priorities);
        queue.pass = served + size / item.work().priority();
        queue.sequence = sequence++;
        loads.add(item, -1);
        if (queue.isEmpty()) {
            becomeIdle(queue);
        } else {
            turns.computeIfAbsent(queue.owner.model(), model -> new TreeSet<>()).add(queue);
        }
        forgetIdle();
        return item;
    }

    private void leaveTurns(BatchQueue<Q> queue) {
        TreeSet<BatchQueue<Q>> ofModel = turns.get(queue.owner.model());
        if (ofModel != null && ofModel.remove(queue) && ofModel.isEmpty()) {
            turns.remove(queue.owner.model());
        }
    }

    private void becomeIdle(BatchQueue<Q> queue) {
        priorities -= queue.priority;
        idle.add(queue);
    }

    private void forgetIdle() {
        while (!idle.isEmpty() && idle.first().pass <= joining) {
            queues.remove(idle.pollFirst().owner);
        }
    }

    /** Removes items whose state has changed. */
    void removeOthers() {
        for (BatchQueue<Q> queue : queues.values()) {
            if (!queue.isEmpty()) {
                queue.retries.removeIf(this::isOther);
                queue.fresh.removeIf(this::isOther);
                if (queue.isEmpty()) {
                    leaveTurns(queue);
                    becomeIdle(queue);
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
