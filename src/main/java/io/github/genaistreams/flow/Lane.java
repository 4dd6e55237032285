package io.github.genaistreams.flow;

import io.github.genaistreams.model.ItemKey;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;

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
 * A retry that has become due goes before requests that were never tried: it is the older work, and a reader in
 * index order waits for it. Keys only: payloads stay in the journal until their call starts.
 *
 * <p>Pure bookkeeping: no clock (times are arguments, in epoch milliseconds), no Kafka, no HTTP. All changes are
 * made by one thread, the stream thread that owns the partition; {@link #size()}, {@link #inFlight()} and
 * {@link #isFull()} may be read, and {@link #stopStarting()} and {@link #startAgain()} called, from any
 * thread.
 */
public final class Lane {

    private enum Phase {
        READY,
        IN_FLIGHT,
        REMOTE,
        WAITING,
        AWAY
    }

    private record Held(Phase phase, int bytes) {}

    private record Due(long at, long sequence, ItemKey key) {}

    private static final Comparator<Due> DUE_FIRST =
            Comparator.comparingLong(Due::at).thenComparingLong(Due::sequence);

    private final LaneSettings settings;
    private final Map<ItemKey, Held> held = new HashMap<>();
    private final Queue<ItemKey> fresh = new ArrayDeque<>();
    private final Queue<ItemKey> retries = new ArrayDeque<>();
    private final PriorityQueue<Due> waiting = new PriorityQueue<>(DUE_FIRST);
    private final PriorityQueue<Due> polls = new PriorityQueue<>(DUE_FIRST);
    private long sequence;
    private int remote;

    // Written by the owning thread only; volatile for readers elsewhere.
    private volatile int size;
    private volatile int peak;
    private volatile int inFlight;
    private volatile long bytes;
    private volatile boolean stopped;

    public Lane(LaneSettings settings) {
        this.settings = settings;
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

    /** Takes in an item that was never tried; {@code size} is that of its request in bytes. */
    public void add(ItemKey key, int size) {
        put(key, Phase.READY, size);
        fresh.add(key);
    }

    /** Takes in an item that may not be called before {@code dueAt}; replaces one that was away. */
    public void waitUntil(ItemKey key, int size, long dueAt) {
        put(key, Phase.WAITING, size);
        waiting.add(new Due(dueAt, sequence++, key));
    }

    /**
     * Marks an item as on its way through the retry topic; an item in flight gives up its slot. Its bytes go on counting:
     * it comes back.
     */
    public void away(ItemKey key) {
        Held before = held.get(key);
        put(key, Phase.AWAY, before == null ? 0 : before.bytes());
    }

    /**
     * The item to call now, which then is in flight; null if no slot is free, nothing is ready, or this lane was told
     * to start nothing more.
     */
    public ItemKey startNext(long now) {
        if (stopped || inFlight + remote >= settings.slots()) {
            return null;
        }
        while (!waiting.isEmpty() && waiting.peek().at() <= now) {
            Due due = waiting.poll();
            put(due.key(), Phase.READY, held.get(due.key()).bytes());
            retries.add(due.key());
        }
        ItemKey next = retries.isEmpty() ? fresh.poll() : retries.poll();
        if (next != null) {
            put(next, Phase.IN_FLIGHT, held.get(next).bytes());
        }
        return next;
    }

    /**
     * Keeps an item whose work goes on at the API: it holds its slot, and is to be asked after from {@code dueAt}.
     * {@code size} is that of its request in bytes.
     */
    public void remote(ItemKey key, int size, long dueAt) {
        put(key, Phase.REMOTE, size);
        polls.add(new Due(dueAt, sequence++, key));
    }

    /** An item whose work at the API is to be asked after now, which then is in flight; null if there is none. */
    public ItemKey nextPoll(long now) {
        if (stopped || polls.isEmpty() || polls.peek().at() > now) {
            return null;
        }
        ItemKey key = polls.poll().key();
        put(key, Phase.IN_FLIGHT, held.get(key).bytes());
        return key;
    }

    /** Lets go of an item that was in flight or away: its outcome is decided. */
    public void finished(ItemKey key) {
        Held entry = held.remove(key);
        if (entry == null || entry.phase() != Phase.IN_FLIGHT && entry.phase() != Phase.AWAY) {
            throw new IllegalStateException(key + " is neither in flight nor away: " + entry);
        }
        leave(entry);
        size = held.size();
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
        return stopped || size >= settings.capacity() || bytes >= settings.capacityBytes();
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
        return inFlight;
    }

    /** Whether an item is ready to be called, waiting to become so, or to be asked after. */
    public boolean hasBacklog() {
        return !fresh.isEmpty() || !retries.isEmpty() || !waiting.isEmpty() || !polls.isEmpty();
    }

    private void put(ItemKey key, Phase phase, int size) {
        Held before = held.put(key, new Held(phase, size));
        if (before != null) {
            leave(before);
        }
        bytes += size;
        if (phase == Phase.IN_FLIGHT) {
            inFlight++;
        } else if (phase == Phase.REMOTE) {
            remote++;
        }
        this.size = held.size();
        peak = Math.max(peak, this.size);
    }

    private void leave(Held entry) {
        bytes -= entry.bytes();
        if (entry.phase() == Phase.IN_FLIGHT) {
            inFlight--;
        } else if (entry.phase() == Phase.REMOTE) {
            remote--;
        }
    }
}
