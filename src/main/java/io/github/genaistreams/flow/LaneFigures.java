package io.github.genaistreams.flow;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a lane (the open items of one partition) for other threads. Only the stream thread that owns the
 * partition changes the items. All other methods are for any thread.
 */
public final class LaneFigures {

    private final LaneSettings settings;
    private final IntakeFigures intake;
    private final IntakeFigures early;
    private final IntakeFigures urgent;
    private final AtomicIntegerArray phases = new AtomicIntegerArray(Phase.values().length);

    // Written by the owning thread only; volatile for readers on other threads.
    private volatile long readUpTo = -1;
    private volatile int size;
    private volatile int peak;
    private volatile long nextDue = Long.MAX_VALUE;

    // Of the owning thread.
    private int urgentAtWork;
    private int othersAtWork;

    private volatile boolean stopped;

    public LaneFigures(LaneSettings settings) {
        this.settings = settings;
        this.intake = new IntakeFigures(settings);
        this.early = new IntakeFigures(settings.half());
        this.urgent = new IntakeFigures(settings);
    }

    /**
     * An item moves from one phase to another. {@code before} is null for a new item, and {@code now} for one that
     * leaves.
     */
    public void moved(@Nullable Phase before, @Nullable Phase now) {
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

    /** Only one thread writes, so the change need not be atomic. */
    private void count(Phase phase, int more) {
        phases.lazySet(phase.ordinal(), phases.getPlain(phase.ordinal()) + more);
    }

    /** What is held of the requests with this arrival. */
    public IntakeFigures intake(Arrival arrival) {
        return switch (arrival) {
            case IN_ORDER -> intake;
            case EARLY -> early;
            case URGENT -> urgent;
        };
    }

    /** Adds to the calls and jobs in progress; negative to subtract. */
    public void started(boolean isUrgent, int more) {
        if (isUrgent) {
            urgentAtWork += more;
        } else {
            othersAtWork += more;
        }
    }

    /**
     * Whether there is a slot now for an urgent call, or for one that is not. Each kind takes at most {@code slots} of
     * the {@code slots + urgentSlots}, so that neither waits until all calls of the other have ended.
     */
    public boolean hasSlot(boolean isUrgent) {
        return (isUrgent ? urgentAtWork : othersAtWork) < settings.slots()
                && urgentAtWork + othersAtWork < settings.slots() + settings.urgentSlots();
    }

    /** When the first waiting item may be called again, epoch milliseconds; {@link Long#MAX_VALUE} if none waits. */
    public void nextDue(long at) {
        nextDue = at;
    }

    /** Starts nothing from now on. Calls in flight continue. */
    public void stopStarting() {
        stopped = true;
    }

    /** Undoes {@link #stopStarting()}. */
    public void startAgain() {
        stopped = false;
    }

    /** Whether no call may start now. */
    public boolean isStopped() {
        return stopped;
    }

    /** Whether intake of urgent requests should pause. */
    public boolean isUrgentFull() {
        return stopped || urgent.isFull();
    }

    /** Whether intake should pause. Requests that must be read again come first. */
    public boolean isFull() {
        return stopped || count(Phase.UNREAD) > 0 || intake.isFull();
    }

    /**
     * Whether intake pauses because the lane holds enough, so that reading ahead makes sense. False while nothing may
     * start, or while requests must be read again.
     */
    public boolean isIntakeFull() {
        return !stopped && count(Phase.UNREAD) == 0 && intake.isFull();
    }

    /** The stream has read no record of the request topic from this offset on. */
    public void readUpTo(long offset) {
        readUpTo = offset;
    }

    /** The last value that was set; -1 if there is none. */
    public long readUpTo() {
        return readUpTo;
    }

    public int size() {
        return size;
    }

    /** The largest size so far. */
    public int peak() {
        return peak;
    }

    /** HTTP exchanges under way or about to start. A job at the API is not one. */
    public int inFlight() {
        return count(Phase.IN_FLIGHT);
    }

    /** HTTP exchanges under way or about to start, and jobs at the API. */
    public int atWork() {
        return count(Phase.IN_FLIGHT) + count(Phase.REMOTE);
    }

    /** Items in this phase. */
    public int count(Phase phase) {
        return phases.get(phase.ordinal());
    }

    /** Slots of the lane. */
    public int slots() {
        return settings.slots();
    }

    /** The last value that was set. */
    public long nextDue() {
        return nextDue;
    }
}
