package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Limits;
import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.JournalEntry;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The open items of one partition, and which of them may be called next. Every change of an {@link Item}'s state is made here.
 *
 * <p>An item is called when a slot is free, the limits of its credential let it through, and its batch, should that have a bound of its
 * own, is below it; others do not wait for either. A retry that has become due goes before requests that were never tried: it is the
 * older work, and a reader in index order waits for it.
 *
 * <p>Pure bookkeeping: no clock (times are arguments, in epoch milliseconds), no Kafka, no HTTP. For the stream thread that owns the
 * partition; others see its {@link #figures()}.
 */
final class Lane<Q extends ApiRequest> {

    private final LaneFigures figures;
    private final Limits limits;
    private final Map<ItemKey, Item<Q>> items = new HashMap<>();
    private final ReadyLines<Q> ready = new ReadyLines<>();
    private final DueItems<Q> waiting = new DueItems<>();
    private final DueItems<Q> polls = new DueItems<>();
    private final BatchBounds bounds = new BatchBounds();

    /** @param limits bounds over all lanes, which hold beside this lane's own */
    Lane(LaneSettings settings, Limits limits) {
        this.figures = new LaneFigures(settings);
        this.limits = limits;
    }

    /** For other threads. */
    LaneFigures figures() {
        return figures;
    }

    /** The open item of this name, in whatever state; null if there is none. A repeat of it is a duplicate. */
    Item<Q> get(ItemKey key) {
        return items.get(key);
    }

    /** All that are open. */
    Collection<Item<Q>> all() {
        return items.values();
    }

    /** A new item, which is open from now on and in no line yet. */
    Item<Q> open(ItemKey key) {
        Item<Q> item = new Item<>(key);
        items.put(key, item);
        return item;
    }

    /** One of which only the name is known: its request is read again, and it then joins a line. */
    void unread(Item<Q> item) {
        move(item, new Item.Unread<>());
    }

    /** One that was never tried may be called. */
    void ready(Item<Q> item, Work work) {
        move(item, new Item.Ready<>());
        weigh(item, work);
        ready.add(item);
    }

    /** One that may not be called before {@code dueAt}. */
    void waitUntil(Item<Q> item, Work work, long dueAt) {
        move(item, new Item.Waiting<>());
        weigh(item, work);
        waiting.add(item, dueAt);
        noteNextDue();
    }

    /** One is on its way through the retry topic. It gives up its slot; its bytes go on counting, since it comes back. */
    void away(Item<Q> item) {
        move(item, new Item.Away<>());
    }

    /**
     * The item to call now, which then is chosen; null if no slot is free, nothing is ready whose credential allows it, or this lane
     * was told to start nothing more.
     */
    Item<Q> startNext(long now) {
        if (figures.isStopped() || figures.atWork() >= figures.slots()) {
            return null;
        }
        for (Item<Q> due = waiting.poll(now); due != null; due = waiting.poll(now)) {
            move(due, new Item.Ready<>());
            ready.addRetry(due);
            noteNextDue();
        }
        return ready.next(this::choose);
    }

    /** Chooses an item if it may start. */
    private boolean choose(Item<Q> item) {
        Work work = item.work();
        Permit permit = bounds.allow(item) ? limits.tryAcquire(work.credential(), work.pages()) : null;
        if (permit == null) {
            return false;
        }
        move(item, new Item.Chosen<>(permit, null));
        return true;
    }

    /** Its call waits until the stores are known to say that it was started. */
    void mark(Item<Q> item, Q request, JournalEntry entry, long commits) {
        move(item, new Item.Marked<>(item.state().permit(), request, entry, commits));
    }

    /** Its call is not made for now: it is the next one of its line again. */
    void unmark(Item<Q> item) {
        move(item, new Item.Ready<>());
        ready.addRetry(item);
    }

    /** A call or a question begins. */
    void begin(Item<Q> item, Exchange<Q> exchange) {
        move(item, new Item.InFlight<>(item.state().permit(), exchange));
    }

    /** The work on an item goes on at the API: it keeps its slot, and is to be asked after from {@code dueAt}. */
    void remote(Item<Q> item, FollowedJob<Q> job, long dueAt) {
        remote(item, item.state().permit(), job, dueAt);
    }

    /** The same, of one that this lane has not started itself: it counts among its credential's calls all the same. */
    void remoteElsewhere(Item<Q> item, Work work, long dueAt) {
        weigh(item, work);
        remote(item, limits.acquire(work.credential(), work.pages()), null, dueAt);
    }

    private void remote(Item<Q> item, Permit permit, FollowedJob<Q> job, long dueAt) {
        move(item, new Item.Remote<>(permit, job));
        polls.add(item, dueAt);
    }

    /** An item whose work at the API is to be asked after now, which then is chosen; null if there is none. */
    Item<Q> nextPoll(long now) {
        Item<Q> item = figures.isStopped() ? null : polls.poll(now);
        if (item != null) {
            var remote = (Item.Remote<Q>) item.state();
            move(item, new Item.Chosen<>(remote.permit(), remote.job()));
        }
        return item;
    }

    /**
     * Takes the items of a batch out of every line that they stand in. What is on its way through the retry topic is left: it
     * comes back; so are items that were explicitly submitted again since.
     *
     * @param stoppedAt when the batch was stopped, in epoch milliseconds
     * @param remotes   whether those at work at the API are taken out, too
     */
    Withdrawn<Q> withdraw(String batchId, long stoppedAt, boolean remotes) {
        Withdrawn<Q> out = Withdrawn.of(batchId, stoppedAt, remotes, items.values());
        out.waiting().forEach(this::withdraw);
        out.remote().forEach(this::withdraw);
        if (!out.waiting().isEmpty() || !out.remote().isEmpty()) {
            clearLines();
        }
        return out;
    }

    private void withdraw(Item<Q> item) {
        move(item, new Item.Withdrawn<>(item.state().permit()));
    }

    /** Takes out of the lines what does not stand there any more. */
    private void clearLines() {
        ready.removeOthers();
        waiting.removeIf(item -> !(item.state() instanceof Item.Waiting));
        polls.removeIf(item -> !(item.state() instanceof Item.Remote));
        noteNextDue();
    }

    private void noteNextDue() {
        figures.nextDue(waiting.next());
    }

    /** Lets go of an item that stands in no line: its outcome is decided. */
    void finished(Item<Q> item) {
        move(item, new Item.Ended<>());
        leave(item);
    }

    /** Lets go of an item in whatever state it is: something is wrong with it. */
    void giveUp(Item<Q> item) {
        Item.State<Q> before = item.state();
        item.end();
        moved(item, before);
        leave(item);
        clearLines();
    }

    private void leave(Item<Q> item) {
        items.remove(item.key());
        weigh(item, Work.NONE);
    }

    /** Gives back what its calls hold of limits that other lanes share. To be called once, when the lane is given up. */
    void close() {
        for (Item<Q> item : items.values()) {
            Permit permit = item.state().permit();
            if (permit != null) {
                permit.giveBack();
            }
        }
        items.clear();
    }

    /** Whether an item is ready to be called, waiting to become so, or to be asked after. */
    boolean hasBacklog() {
        return !ready.isEmpty() || !waiting.isEmpty() || !polls.isEmpty();
    }

    private void weigh(Item<Q> item, Work work) {
        figures.grew(work.bytes() - item.work().bytes());
        item.work(work);
    }

    private void move(Item<Q> item, Item.State<Q> next) {
        Item.State<Q> before = item.state();
        item.become(next);
        moved(item, before);
    }

    /** Keeps figures and limits in step with a change of state. */
    private void moved(Item<Q> item, Item.State<Q> before) {
        Item.State<Q> now = item.state();
        figures.moved(before.phase(), now.phase());
        if (before.permit() == null && now.permit() != null) {
            bounds.count(item, 1);
        } else if (before.permit() != null && now.permit() == null) {
            bounds.count(item, -1);
            before.permit().giveBack();
        }
    }
}
