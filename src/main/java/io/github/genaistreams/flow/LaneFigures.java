package io.github.genaistreams.flow;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * What other threads see of a lane, the open items of one partition, and may tell it. Changes of its items are told by one thread,
 * the stream thread that owns the partition; everything else is for any thread.
 */
public final class LaneFigures {

    private final LaneSettings settings;
    private final AtomicIntegerArray phases = new AtomicIntegerArray(Phase.values().length);

    // Written by the owning thread only; volatile for readers elsewhere.
    private volatile int size;
    private volatile int peak;
    private volatile long bytes;
    private volatile long nextDue = Long.MAX_VALUE;

    private volatile boolean stopped;

    public LaneFigures(LaneSettings settings) {
        this.settings = settings;
    }

    /** An item goes from one phase to another. Before the first and after the last of them, that is null. */
    public void moved(Phase before, Phase now) {
        if (before != now) {
            if (before != null) {
                count(before, -1);
            }
            if (now != null) {
                count(now, 1);
            }
            int held = size + (before == null ? 1 : 0) - (now == null ? 1 : 0);
            if (held != size) {
                size = held;
                peak = Math.max(peak, held);
            }
        }
    }

    /** One thread writes, so that no atomic change is needed. */
    private void count(Phase phase, int more) {
        phases.lazySet(phase.ordinal(), phases.getPlain(phase.ordinal()) + more);
    }

    /** The requests of the items here have so many bytes more, or less. */
    public void grew(int more) {
        bytes += more;
    }

    /** When the first item that waits for another attempt may be called, epoch milliseconds; {@link Long#MAX_VALUE} if none waits. */
    public void nextDue(long at) {
        nextDue = at;
    }

    /** Starts nothing from now on; what is in flight goes on. */
    public void stopStarting() {
        stopped = true;
    }

    /** Takes {@link #stopStarting()} back. */
    public void startAgain() {
        stopped = false;
    }

    /** Whether nothing is to be started now. */
    public boolean isStopped() {
        return stopped;
    }

    /** Whether intake should pause. What is still to be read again comes first. */
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

    /** HTTP exchanges under way, or about to be; work that goes on at the API is not one. */
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

    /** As it was told last. */
    public long nextDue() {
        return nextDue;
    }
}
