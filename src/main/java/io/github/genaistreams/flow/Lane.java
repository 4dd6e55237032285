package io.github.genaistreams.flow;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The requests that one partition holds, and which of them may be called next.
 *
 * <pre>
 *            ┌──────────────── due ───────────────┐
 *            ▼                                    │
 *   add ─▶ READY ── startNext ─▶ IN_FLIGHT     WAITING ◀─ waiting
 *                                 │     │         ▲
 *                            finished  away ──▶ AWAY (on its way through the retry topic)
 * </pre>
 *
 * An item whose work goes on at the API after the call (a job that is polled) keeps its slot:
 *
 * <pre>
 *   IN_FLIGHT ── remote ─▶ REMOTE ── nextPoll ─▶ IN_FLIGHT
 * </pre>
 *
 * An item that another worker has left behind may have to be read again first: it is UNREAD until it joins one of these lines. The
 * lane is full until then.
 *
 * A batch may have a bound of its own on what is at work of it here; others do not wait for it.
 *
 * <p>A retry that has become due goes before requests that were never tried: it is the older work, and a reader in
 * index order waits for it. Keys only: payloads stay in the journal until their call starts.
 *
 * <p>Pure bookkeeping: no clock (times are arguments, in epoch milliseconds), no Kafka, no HTTP. All changes are
 * made by one thread, the stream thread that owns the partition; {@link #size()}, {@link #inFlight()},
 * {@link #atWork()}, {@link #count}, {@link #slots()}, {@link #nextDue()} and {@link #isFull()} may be read, and {@link #stopStarting()} and {@link #startAgain()} called, from any
 * thread.
 */
public final class Lane {

    /** Where an item of a lane is. */
    public enum Phase {
        READY,
        IN_FLIGHT,
        REMOTE,
        WAITING,
        AWAY,
        UNREAD
    }

    /** @param permit of an item that the API is at work on; else null */
    private record Held(Phase phase, Work work, Permit permit) {

        static Held idle(Phase phase, Work work) {
            return new Held(phase, work, null);
        }

        /** Whether the API is at work on it. */
        boolean isAtWork() {
            return phase == Phase.IN_FLIGHT || phase == Phase.REMOTE;
        }
    }

    /**
     * What an item takes of the bounds.
     *
     * @param bytes      of its request
     * @param credential whose limits hold for it
     * @param pages      of its document; 0 without one
     * @param retriedAt  when it was explicitly submitted again after it had a result, in epoch milliseconds; 0 if it was not
     * @param batchBound calls of its batch at once on this lane; 0 for no bound of its own
     */
    public record Work(int bytes, String credential, int pages, long retriedAt, int batchBound) {
        private static final Work NONE = new Work(0, null, 0, 0, 0);

        /** That of a request, which has {@code bytes} in its wire form. */
        public static Work of(ApiRequest request, int bytes, long retriedAt) {
            Integer bound = request.maxConcurrentRequests();
            return new Work(
                    bytes,
                    request.credentialOrDefault(),
                    request.pages(),
                    retriedAt,
                    // Less than 1 is refused now; a journal may have it from the time when it meant nothing.
                    bound == null ? 0 : Math.max(0, bound));
        }

        /** Without a bound of its batch. */
        public Work(int bytes, String credential, int pages, long retriedAt) {
            this(bytes, credential, pages, retriedAt, 0);
        }
    }

    private record Due(long at, long sequence, ItemKey key) {}

    private static final Comparator<Due> DUE_FIRST =
            Comparator.comparingLong(Due::at).thenComparingLong(Due::sequence);

    private static final Set<Phase> ENDING = EnumSet.of(Phase.IN_FLIGHT, Phase.AWAY, Phase.UNREAD);

    private final LaneSettings settings;
    private final Limits limits;
    private final Map<ItemKey, Held> held = new HashMap<>();
    private final Ready ready = new Ready();
    /** Items at work of the batches that have a bound of their own. */
    private final Map<String, Integer> bounded = new HashMap<>();

    private final PriorityQueue<Due> waiting = new PriorityQueue<>(DUE_FIRST);
    private final PriorityQueue<Due> polls = new PriorityQueue<>(DUE_FIRST);
    private long sequence;

    // Written by the owning thread only; volatile for readers elsewhere.
    private volatile int size;
    private volatile int peak;
    private final AtomicIntegerArray phases = new AtomicIntegerArray(Phase.values().length);
    private volatile long nextDue = Long.MAX_VALUE;
    private volatile long bytes;
    private volatile boolean stopped;

    /** @param limits bounds over all lanes, which hold beside this lane's own */
    public Lane(LaneSettings settings, Limits limits) {
        this.settings = settings;
        this.limits = limits;
    }

    /** Whether this item is held in whatever phase: a repeat of it is a duplicate. */
    public boolean holds(ItemKey key) {
        return held.containsKey(key);
    }

    /** Whether this item is known to be on its way through the retry topic. */
    public boolean isAway(ItemKey key) {
        Held entry = held.get(key);
        return entry != null && entry.phase() == Phase.AWAY;
    }

    /** Takes in an item of which only the name is known: its request is read again, and it then joins a line. */
    public void unread(ItemKey key) {
        put(key, Held.idle(Phase.UNREAD, Work.NONE));
    }

    /** Takes in an item that was never tried. */
    public void add(ItemKey key, Work work) {
        put(key, Held.idle(Phase.READY, work));
        ready.add(key, work);
    }

    /** Takes in an item that may not be called before {@code dueAt}; replaces one that was away. */
    public void waitUntil(ItemKey key, Work work, long dueAt) {
        put(key, Held.idle(Phase.WAITING, work));
        waiting.add(new Due(dueAt, sequence++, key));
        noteNextDue();
    }

    private void noteNextDue() {
        nextDue = waiting.isEmpty() ? Long.MAX_VALUE : waiting.peek().at();
    }

    /**
     * Marks an item as on its way through the retry topic; an item in flight gives up its slot. Its bytes go on counting:
     * it comes back.
     */
    public void away(ItemKey key) {
        Held before = held.get(key);
        put(key, Held.idle(Phase.AWAY, before == null ? Work.NONE : before.work()));
    }

    /**
     * The item to call now, which then is in flight; null if no slot is free, nothing is ready whose credential allows
     * it, or this lane was told to start nothing more.
     */
    public ItemKey startNext(long now) {
        if (stopped || atWork() >= settings.slots()) {
            return null;
        }
        while (!waiting.isEmpty() && waiting.peek().at() <= now) {
            Due due = waiting.poll();
            Held entry = held.get(due.key());
            put(due.key(), Held.idle(Phase.READY, entry.work()));
            ready.addRetry(due.key(), entry.work());
            noteNextDue();
        }
        return ready.next(this::start);
    }

    /** Whether an item may start; it then is in flight. */
    private boolean start(ItemKey key) {
        Work work = held.get(key).work();
        boolean isWithinBound = work.batchBound() == 0 || bounded.getOrDefault(key.batchId(), 0) < work.batchBound();
        Permit permit = isWithinBound ? limits.tryAcquire(work.credential(), work.pages()) : null;
        if (permit == null) {
            return false;
        }
        put(key, new Held(Phase.IN_FLIGHT, work, permit));
        return true;
    }

    /**
     * Keeps an item whose work goes on at the API: it holds its slot, and is to be asked after from {@code dueAt}. One
     * that this lane has not started itself, but has from a journal, counts among its credential's calls all the same.
     */
    public void remote(ItemKey key, Work work, long dueAt) {
        Held before = held.get(key);
        Permit permit =
                before != null && before.isAtWork() ? before.permit() : limits.acquire(work.credential(), work.pages());
        put(key, new Held(Phase.REMOTE, work, permit));
        polls.add(new Due(dueAt, sequence++, key));
    }

    /** The same, for an item in flight. */
    public void remote(ItemKey key, long dueAt) {
        remote(key, held.get(key).work(), dueAt);
    }

    /** An item whose work at the API is to be asked after now, which then is in flight; null if there is none. */
    public ItemKey nextPoll(long now) {
        if (stopped || polls.isEmpty() || polls.peek().at() > now) {
            return null;
        }
        ItemKey key = polls.poll().key();
        put(key, in(Phase.IN_FLIGHT, held.get(key)));
        return key;
    }

    /**
     * What a batch has here, so that it can be ended.
     *
     * @param waiting  never tried, or waiting for another attempt; in flight from now on, so that they can be finished
     * @param remote   at work at the API; likewise, if they were asked for
     * @param inFlight HTTP exchanges under way before
     */
    public record Withdrawn(List<ItemKey> waiting, List<ItemKey> remote, List<ItemKey> inFlight) {}

    /** The batches that items here are of. */
    public Set<String> batches() {
        Set<String> batches = new HashSet<>();
        held.keySet().forEach(key -> batches.add(key.batchId()));
        return batches;
    }

    /**
     * Takes the items of a batch out of every line that they stand in. What is on its way through the retry topic is left: it
     * comes back; so are items that were explicitly submitted again since. The lane may hold more than its slots in flight until
     * they are finished.
     *
     * @param stoppedAt when the batch was stopped, in epoch milliseconds
     * @param remotes   whether those at work at the API are taken out, too
     */
    public Withdrawn withdraw(String batchId, long stoppedAt, boolean remotes) {
        List<ItemKey> idle = new ArrayList<>();
        List<ItemKey> atApi = new ArrayList<>();
        List<ItemKey> flying = new ArrayList<>();
        held.forEach((key, entry) -> {
            if (key.batchId().equals(batchId) && entry.work().retriedAt() <= stoppedAt) {
                switch (entry.phase()) {
                    case READY, WAITING -> idle.add(key);
                    case REMOTE -> atApi.add(key);
                    case IN_FLIGHT -> flying.add(key);
                    case AWAY, UNREAD -> {}
                }
            }
        });
        if (!idle.isEmpty()) {
            Set<ItemKey> out = new HashSet<>(idle);
            ready.remove(out);
            waiting.removeIf(due -> out.contains(due.key()));
            noteNextDue();
        }
        if (!remotes) {
            atApi.clear();
        } else if (!atApi.isEmpty()) {
            Set<ItemKey> out = new HashSet<>(atApi);
            polls.removeIf(due -> out.contains(due.key()));
        }
        for (ItemKey key : idle) {
            Work work = held.get(key).work();
            put(key, new Held(Phase.IN_FLIGHT, work, limits.acquire(work.credential(), work.pages())));
        }
        atApi.forEach(key -> put(key, in(Phase.IN_FLIGHT, held.get(key))));
        return new Withdrawn(idle, atApi, flying);
    }

    /** Lets go of an item that was in flight, away or unread: its outcome is decided. */
    public void finished(ItemKey key) {
        Held entry = held.remove(key);
        if (entry == null || !ENDING.contains(entry.phase())) {
            throw new IllegalStateException(key + " is neither in flight nor away nor unread: " + entry);
        }
        leave(key, entry);
        giveBack(entry);
        size = held.size();
    }

    /** Lets go of an item in whatever phase it is: something is wrong with it. */
    public void giveUp(ItemKey key) {
        Set<ItemKey> out = Set.of(key);
        ready.remove(out);
        waiting.removeIf(due -> out.contains(due.key()));
        polls.removeIf(due -> out.contains(due.key()));
        noteNextDue();
        Held entry = held.remove(key);
        if (entry != null) {
            leave(key, entry);
            giveBack(entry);
            size = held.size();
        }
    }

    /** Gives back what its calls hold of limits that other lanes share. To be called once, when the lane is given up. */
    public void close() {
        held.values().forEach(Lane::giveBack);
        held.clear();
    }

    /** Starts nothing from now on; what is in flight goes on. */
    public void stopStarting() {
        stopped = true;
    }

    /** Takes {@link #stopStarting()} back. */
    public void startAgain() {
        stopped = false;
    }

    /** Whether intake should pause. */
    public boolean isFull() {
        return stopped || size >= settings.capacity() || bytes >= settings.capacityBytes() || count(Phase.UNREAD) > 0;
    }

    public int size() {
        return size;
    }

    /** The largest size so far. */
    public int peak() {
        return peak;
    }

    /** HTTP exchanges under way; work that goes on at the API is not one. */
    public int inFlight() {
        return count(Phase.IN_FLIGHT);
    }

    /** The same, and work that goes on at the API. */
    public int atWork() {
        return count(Phase.IN_FLIGHT) + count(Phase.REMOTE);
    }

    /** Items in this phase. */
    public int count(Phase phase) {
        return phases.get(phase.ordinal());
    }

    /** Items that may be at work at once. */
    public int slots() {
        return settings.slots();
    }

    /** When the first item that waits for another attempt may be called, epoch milliseconds; {@link Long#MAX_VALUE} if none waits. */
    public long nextDue() {
        return nextDue;
    }

    /** Whether an item is ready to be called, waiting to become so, or to be asked after. */
    public boolean hasBacklog() {
        return !ready.isEmpty() || !waiting.isEmpty() || !polls.isEmpty();
    }

    private static void giveBack(Held entry) {
        if (entry.permit() != null) {
            entry.permit().giveBack();
        }
    }

    private void countBounded(ItemKey key, Held entry, int more) {
        if (entry.work().batchBound() > 0 && entry.isAtWork()) {
            bounded.merge(key.batchId(), more, (before, change) -> before + change == 0 ? null : before + change);
        }
    }

    private static Held in(Phase phase, Held entry) {
        return new Held(phase, entry.work(), entry.permit());
    }

    private void put(ItemKey key, Held now) {
        Held before = held.put(key, now);
        if (before != null) {
            leave(key, before);
            if (now.permit() == null) {
                giveBack(before);
            }
        }
        countBounded(key, now, 1);
        bytes += now.work().bytes();
        count(now, 1);
        this.size = held.size();
        peak = Math.max(peak, this.size);
    }

    private void leave(ItemKey key, Held entry) {
        countBounded(key, entry, -1);
        bytes -= entry.work().bytes();
        count(entry, -1);
    }

    /** One thread writes, so that no atomic change is needed. */
    private void count(Held entry, int more) {
        int phase = entry.phase().ordinal();
        phases.lazySet(phase, phases.getPlain(phase) + more);
    }
}
