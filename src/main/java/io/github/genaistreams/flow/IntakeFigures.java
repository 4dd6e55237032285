package io.github.genaistreams.flow;

import org.jspecify.annotations.Nullable;

/**
 * What a lane holds of the requests with one {@link Arrival}, and whether it should read more of them. Items that
 * cannot be called now because of their own time, or because of their credential, count against a bound of their own:
 * others are read meanwhile. Changed by the thread that owns the lane; for any thread otherwise.
 */
public final class IntakeFigures {

    private final LaneSettings settings;

    // Written by the owning thread only; volatile for readers on other threads.
    private volatile int items;
    private volatile long bytes;
    private volatile int waiting;
    private volatile long waitingBytes;
    private volatile int held;
    private volatile long heldBytes;

    IntakeFigures(LaneSettings settings) {
        this.settings = settings;
    }

    /**
     * Adds to what is held; negative to subtract.
     *
     * @param phase of the items; null for items that are not open
     * @param more  items
     * @param bytes of their requests
     */
    public void add(@Nullable Phase phase, int more, long bytes) {
        if (phase == Phase.WAITING || phase == Phase.AWAY) {
            waiting += more;
            waitingBytes += bytes;
        } else if (phase != null) {
            items += more;
            this.bytes += bytes;
        }
    }

    /** Sets how many of the ready items wait for their credential. */
    public void setHeld(int items, long bytes) {
        held = items;
        heldBytes = bytes;
    }

    /** Number of items. */
    public int size() {
        return items + waiting;
    }

    /** Whether twice a bound is reached. Then intake should pause even for batches that have no request here. */
    public boolean isOverfull() {
        return items - held >= 2 * settings.capacity()
                || size() >= 2 * (settings.capacity() + settings.waitingCapacity())
                || bytes + waitingBytes >= 2 * settings.capacityBytes();
    }

    /** Whether no more should be read. */
    public boolean isFull() {
        return items - held >= settings.capacity()
                || bytes - heldBytes >= settings.capacityBytes()
                || waiting + held >= settings.waitingCapacity()
                || waitingBytes + heldBytes >= settings.capacityBytes();
    }
}
