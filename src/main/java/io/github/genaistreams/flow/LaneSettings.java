package io.github.genaistreams.flow;

/**
 * The bounds of one lane. Every partition of a request topic has its own lane.
 *
 * @param slots         calls in flight at once, at least 1
 * @param capacity      requests held at once (in flight, ready, waiting) before intake pauses, at least {@code slots}
 * @param capacityBytes bytes of requests held at once before intake pauses
 */
public record LaneSettings(int slots, int capacity, long capacityBytes) {

    public LaneSettings {
        if (slots < 1) {
            throw new IllegalArgumentException("lane.slots must be at least 1, is " + slots);
        }
        if (capacity < slots) {
            throw new IllegalArgumentException("lane.capacity must be at least lane.slots (" + slots + "), is "
                    + capacity + ": a lane could never fill its slots");
        }
        if (capacityBytes < 1) {
            throw new IllegalArgumentException("lane.capacity.bytes must be at least 1, is " + capacityBytes);
        }
    }
}
