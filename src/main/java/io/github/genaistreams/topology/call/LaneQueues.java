package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.topology.call.BatchQueues.Start;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The waiting items of a lane. Each is in one queue: the ready items, the ready and urgent ones, the items that wait for
 * their time, or the jobs that wait for a poll. A queue may hold an item whose state has changed until
 * {@link #removeOthers} is called. For the stream thread that owns the lane.
 */
final class LaneQueues<Q extends ApiRequest> {

    private final LaneFigures figures;
    private final Predicate<Item<Q>> isPaused;
    private final ReadyQueues<Q> ready = new ReadyQueues<>();
    private final ReadyQueues<Q> urgent = new ReadyQueues<>();
    private final DueItems<Q> waiting = new DueItems<>();
    private final DueItems<Q> polls = new DueItems<>();

    /** @param isPaused whether an item's batch is paused. Such an item is in no queue of ready items, and costs the others nothing */
    LaneQueues(LaneFigures figures, Predicate<Item<Q>> isPaused) {
        this.figures = figures;
        this.isPaused = isPaused;
    }

    /** Adds a ready item that was never called. */
    void add(Item<Q> item) {
        if (!isPaused.test(item)) {
            queue(item).add(item);
        }
    }

    /** Adds a ready item that goes before those of its batch that were never called. */
    void addRetry(Item<Q> item) {
        if (!isPaused.test(item)) {
            queue(item).addRetry(item);
        }
    }

    private ReadyQueues<Q> queue(Item<Q> item) {
        return item.work().urgent() ? urgent : ready;
    }

    /** Adds an item that becomes ready at {@code dueAt}, epoch milliseconds. */
    void addWaiting(Item<Q> item, long dueAt) {
        waiting.add(item, dueAt);
        noteNextDue();
    }

    /** Adds an item whose job is polled at {@code dueAt}, epoch milliseconds. */
    void addPoll(Item<Q> item, long dueAt) {
        polls.add(item, dueAt);
    }

    /** Removes and returns an item that has waited long enough; null if there is none. */
    @Nullable
    Item<Q> nextDue(long now) {
        Item<Q> due = waiting.poll(now);
        if (due != null) {
            noteNextDue();
        }
        return due;
    }

    /** Removes and returns an item whose job is due for a poll; null if there is none. */
    @Nullable
    Item<Q> nextPoll(long now) {
        return polls.poll(now);
    }

    /**
     * Removes and returns the first ready item that starts in a free slot; null if none does.
     *
     * @param isHeld whether a credential is held
     */
    @Nullable
    Item<Q> next(Function<Item<Q>, Start> start, Predicate<String> isHeld) {
        Item<Q> next = figures.hasSlot(true) ? urgent.next(start, isHeld) : null;
        return next == null && figures.hasSlot(false) ? ready.next(start, isHeld) : next;
    }

    /** Removes items whose state has changed. */
    void removeOthers() {
        ready.removeOthers();
        urgent.removeOthers();
        waiting.removeIf(item -> !(item.state() instanceof Item.Delayed));
        polls.removeIf(item -> !(item.state() instanceof Item.Remote));
        noteNextDue();
    }

    private void noteNextDue() {
        figures.nextDue(waiting.next());
    }

    /** The ready items that wait for their credentials. */
    Loads held(Predicate<String> isHeld) {
        var held = new Loads();
        ready.addHeld(isHeld, held);
        urgent.addHeld(isHeld, held);
        return held;
    }

    boolean hasUrgent() {
        return !urgent.isEmpty();
    }

    /** Whether an item waits for its time or for a poll. */
    boolean hasDue() {
        return !waiting.isEmpty() || !polls.isEmpty();
    }
}
