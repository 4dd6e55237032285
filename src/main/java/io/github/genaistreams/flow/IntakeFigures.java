package io.github.genaistreams.flow;

/**
 * What a lane holds of one of its input topics, and whether it should read more. Items that cannot be called now
 * because of their own time, or because of their credential, count against a bound of their own: others are read
 * meanwhile. Changed by the thread that owns the lane; for any thread otherwise.
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
    private volatile int ahead;
    private volatile long aheadBytes;

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
    public void add(Phase phase, int more, long bytes) {
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

    /**
     * Sets how many of the items that do not wait were taken in ahead of the intake. They have a bound of their own: the
     * intake does not wait for their ends.
     */
    public void setAhead(int items, long bytes) {
        ahead = items;
        aheadBytes = bytes;
    }

    /** Whether no more should be read. */
    public boolean isFull() {
        return items - held - ahead >= settings.capacity()
                || bytes - heldBytes - aheadBytes >= settings.capacityBytes()
                || waiting + held >= settings.waitingCapacity()
                || waitingBytes + heldBytes >= settings.capacityBytes();
    }
}
