package io.github.genaistreams.flow;

/**
 * The bounds of one lane. Every partition of a request topic has its own lane.
 *
 * @param slots           calls in flight at once, at least 1
 * @param urgentSlots     further calls at once, which only urgent requests make possible
 * @param capacity        requests held at once (in flight, ready) before intake pauses, at least {@code slots}
 * @param waitingCapacity requests held at once that cannot be called yet (in back-off, or with a held credential),
 *     before intake pauses; at least 1
 * @param capacityBytes   bytes of either kind held at once before intake pauses
 */
public record LaneSettings(int slots, int urgentSlots, int capacity, int waitingCapacity, long capacityBytes) {

    /** Requests that may wait, for each of those that may be held otherwise. */
    private static final int WAITING_RATIO = 10;

    /** Slots for each one that only urgent requests take. */
    private static final int SLOTS_PER_URGENT = 10;

    /** With the defaults of the other bounds. */
    public LaneSettings(int slots, int capacity, long capacityBytes) {
        this(slots, defaultUrgentSlots(slots), capacity, WAITING_RATIO * capacity, capacityBytes);
    }

    /** A tenth of the slots, at least one. */
    public static int defaultUrgentSlots(int slots) {
        return Math.max(1, slots / SLOTS_PER_URGENT);
    }

    /** Half of what may be held, at least one of each. */
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
