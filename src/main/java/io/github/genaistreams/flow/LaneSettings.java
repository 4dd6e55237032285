package io.github.genaistreams.flow;

/**
 * The bounds of one lane. Every partition of a request topic has its own lane.
 *
 * @param slots           calls in flight at once, at least 1
 * @param urgentSlots     calls in flight at once beyond {@code slots}, if urgent requests are among them
 * @param capacity        requests held at once (in flight, ready) before intake pauses, at least {@code slots}
 * @param waitingCapacity requests held at once that cannot be called yet (in back-off, or with a held credential),
 *     before intake pauses; at least 1
 * @param capacityBytes   bytes of either kind held at once before intake pauses
 */
public record LaneSettings(int slots, int urgentSlots, int capacity, int waitingCapacity, long capacityBytes) {

    /** The default of {@code waitingCapacity} is this many times {@code capacity}. */
    private static final int WAITING_RATIO = 10;

    /** By default, there is one urgent slot for this many slots. */
    private static final int SLOTS_PER_URGENT = 10;

    /** With the defaults of the other bounds. */
    public LaneSettings(int slots, int capacity, long capacityBytes) {
        this(slots, defaultUrgentSlots(slots), capacity, WAITING_RATIO * capacity, capacityBytes);
    }

    /** A tenth of the slots, at least one. */
    public static int defaultUrgentSlots(int slots) {
        return Math.max(1, slots / SLOTS_PER_URGENT);
    }

    /** Half of each bound of intake, at least 1. Not for calls: it has one slot. */
    public LaneSettings half() {
        return new LaneSettings(
                1, 0, Math.max(1, capacity / 2), Math.max(1, waitingCapacity / 2), Math.max(1, capacityBytes / 2));
    }

    public LaneSettings {
        if (slots < 1) {
            throw new IllegalArgumentException("lane.slots must be at least 1, is " + slots);
        }
        if (capacity < slots) {
            throw new IllegalArgumentException("lane.capacity must be at least lane.slots (" + slots + "), is "
                    + capacity + ": a lane could never fill its slots");
        }
        if (urgentSlots < 0) {
            throw new IllegalArgumentException("lane.urgent.slots must be at least 0, is " + urgentSlots);
        }
        if (waitingCapacity < 1) {
            throw new IllegalArgumentException("lane.waiting.capacity must be at least 1, is " + waitingCapacity);
        }
        if (capacityBytes < 1) {
            throw new IllegalArgumentException("lane.capacity.bytes must be at least 1, is " + capacityBytes);
        }
    }
}
