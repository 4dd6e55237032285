package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.call.BatchQueues.Start;
import io.github.genaistreams.wire.JournalEntry;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The open items of one partition, and which may be called next. Each change of an {@link Item}'s state is made here.
 *
 * <p>An item is called when a slot is free, the limits of its credential allow it, and its batch is below its own
 * bound, if it has one. Items that wait for a credential or a batch do not hold up the others. Credentials take turns,
 * and so do the batches of each ({@link BatchQueues}). A due retry goes before requests of its batch that were never
 * called: it is older, and an ordered reader waits for it. Urgent items go before all others, and have slots of their
 * own ({@link LaneFigures#hasSlot}).
 *
 * <p>An item of a paused batch is ready, but in no queue, so it costs the others nothing. Its job is still polled.
 *
 * <p>Pure bookkeeping: no clock (times are arguments, in epoch milliseconds), no Kafka, no HTTP. For the stream thread
 * that owns the partition; other threads see its {@link #figures()}.
 */
final class Lane<Q extends ApiRequest> {

    private final LaneFigures figures;
    private final Governors governors;
    private final Predicate<String> pausedBatches;
    private final Map<ItemKey, Item<Q>> items = new HashMap<>();
    private final LaneQueues<Q> queues;
    private final LaneCounts<Q> counts;

    /**
     * @param governors     of the credentials, over all lanes; in addition to this lane's own bounds
     * @param pausedBatches whether no call of a batch starts, by its ID; always the same answer, to any thread
     */
    Lane(LaneSettings settings, Governors governors, Predicate<String> pausedBatches) {
        this.figures = new LaneFigures(settings);
        this.governors = governors;
        this.pausedBatches = pausedBatches;
        Predicate<Item<Q>> isPaused = item -> isPaused(item.key().batchId());
        this.queues = new LaneQueues<>(figures, isPaused);
        this.counts = new LaneCounts<>(figures, isPaused);
    }

    /** For other threads. */
    LaneFigures figures() {
        return figures;
    }

    /** The open item of this name, in any state; null if there is none. A request with such a name is a repeat. */
    @Nullable
    Item<Q> get(ItemKey key) {
        return items.get(key);
    }

    /** All open items. */
    Collection<Item<Q>> all() {
        return items.values();
    }

    /** Whether no call of a batch starts. For any thread. */
    boolean isPaused(String batchId) {
        return pausedBatches.test(batchId);
    }

    /**
     * Adds a new item, which is open from now on and in no queue yet.
     *
     * @param isEarly whether its record was taken in before those ahead of it
     */
    Item<Q> open(ItemKey key, boolean isEarly) {
        Item<Q> item = new Item<>(key, isEarly);
        items.put(key, item);
        return item;
    }

    /** Adds an item of which only the name and the topic are known. It joins a queue when its request was read again. */
    void unread(Item<Q> item, boolean isUrgent) {
        item.work(isUrgent ? Work.URGENT : Work.NONE);
        move(item, new Item.Unread<>());
    }

    /** An item that was never called may be called, unless its batch is paused. */
    void ready(Item<Q> item, Work work) {
        move(item, new Item.Ready<>());
        counts.weigh(item, work);
        queues.add(item);
    }

    /** An item may not be called before {@code dueAt}. */
    void waitUntil(Item<Q> item, Work work, long dueAt) {
        move(item, new Item.Delayed<>(dueAt));
        counts.weigh(item, work);
        queues.addWaiting(item, dueAt);
    }

    /** An item is on the retry topic. It gives up its slot. Its bytes still count, since it comes back. */
    void away(Item<Q> item) {
        move(item, new Item.Away<>());
    }

    /**
     * Chooses the item to call now; null if no slot is free, no ready item is allowed by its credential, or this lane
     * starts nothing more.
     */
    @Nullable
    Item<Q> startNext(long now) {
        Predicate<String> isHeld = credential -> governors.hold(credential, now).isPresent();
        counts.held(now, () -> queues.held(isHeld));
        if (figures.isStopped() || !figures.hasSlot(true) && !figures.hasSlot(false)) {
            return null;
        }
        for (Item<Q> due = queues.nextDue(now); due != null; due = queues.nextDue(now)) {
            move(due, new Item.Ready<>());
            queues.addRetry(due);
        }
        return queues.next(item -> choose(item, now), isHeld);
    }

    /** Chooses an item if it may start. */
    private Start choose(Item<Q> item, long now) {
        if (!counts.allowsBatch(item)) {
            return Start.BATCH_WAITS;
        }
        Permit permit = governors.tryAcquire(item.work().demand(), now);
        if (permit == null) {
            return Start.CREDENTIAL_WAITS;
        }
        move(item, new Item.Chosen<>(permit, null));
        return Start.STARTED;
    }

    /** Its call waits until its mark is committed. */
    void mark(Item<Q> item, Q request, JournalEntry entry, long commits) {
        move(item, new Item.Marked<>(item.permit(), request, entry, commits));
    }

    /** Its call is not made for now: it is the next item of its queue again. */
    void unmark(Item<Q> item) {
        move(item, new Item.Ready<>());
        queues.addRetry(item);
    }

    /** A call or a poll begins. */
    void begin(Item<Q> item, CallInFlight<Q> exchange) {
        move(item, new Item.InFlight<>(item.permit(), exchange));
    }

    /** The API continues the work as a job. The item keeps its slot and is polled from {@code dueAt}. */
    void remote(Item<Q> item, @Nullable FollowedJob<Q> job, long dueAt) {
        remote(item, item.permit(), job, dueAt);
    }

    /** The same, for a job that this lane has not started. It counts among its credential's calls as well. */
    void remoteElsewhere(Item<Q> item, Work work, long dueAt) {
        counts.weigh(item, work);
        remote(item, governors.acquire(work.demand()), null, dueAt);
    }

    private void remote(Item<Q> item, Permit permit, @Nullable FollowedJob<Q> job, long dueAt) {
        move(item, new Item.Remote<>(permit, job));
        queues.addPoll(item, dueAt);
    }

    /** Chooses an item whose job is due for a poll; null if there is none. */
    @Nullable
    Item<Q> nextPoll(long now) {
        Item<Q> item = figures.isStopped() ? null : queues.nextPoll(now);
        if (item != null) {
            var remote = (Item.Remote<Q>) item.state();
            move(item, new Item.Chosen<>(remote.permit(), remote.job()));
        }
        return item;
    }

    /**
     * Removes the items of a batch from all their queues. Items on the retry topic are left, since they come back, and
     * so are items that were explicitly submitted again since the stop.
     *
     * @param stoppedAt when the batch was stopped, epoch milliseconds
     * @param remotes   whether items with a job at the API are removed as well
     */
    StoppedItems<Q> withdraw(String batchId, long stoppedAt, boolean remotes) {
        StoppedItems<Q> out = StoppedItems.of(batchId, stoppedAt, remotes, items.values());
        List<Item<Q>> lined =
                Stream.concat(out.waiting().stream(), out.remote().stream()).toList();
        lined.forEach(item -> move(item, new Item.Withdrawn<>(item.state().permit())));
        if (!lined.isEmpty()) {
            queues.removeOthers();
        }
        return out;
    }

    /** Releases an item that is in no queue: its outcome is decided. */
    void finished(Item<Q> item) {
        move(item, new Item.Ended<>());
        leave(item);
    }

    /** Releases an item in any state, after a failure. */
    void giveUp(Item<Q> item) {
        Item.State<Q> before = item.state();
        item.end();
        counts.moved(item, before);
        queues.removeOthers();
        leave(item);
    }

    private void leave(Item<Q> item) {
        items.remove(item.key());
        counts.weigh(item, Work.NONE);
    }

    /** Gives back the permits of its calls, which other lanes share. Call it once, when the lane is given up. */
    void close() {
        items.values().stream()
                .flatMap(item -> Stream.ofNullable(item.state().permit()))
                .forEach(Permit::giveBack);
        items.clear();
    }

    /** Whether an urgent item waits for its call. */
    boolean hasUrgent() {
        return queues.hasUrgent();
    }

    /** Whether an item is ready, waiting to become ready, or waiting for a poll. */
    boolean hasBacklog() {
        return figures.count(Phase.READY) > 0 || queues.hasDue();
    }

    private void move(Item<Q> item, Item.State<Q> next) {
        Item.State<Q> before = item.state();
        item.become(next);
        counts.moved(item, before);
    }
}
