package io.github.genaistreams.topology.call;

import java.util.Arrays;
import java.util.BitSet;
import org.apache.kafka.common.utils.Bytes;

/**
 * Which of {@value #SIZE} neighbouring indexes of a batch were answered, and in which minute last. It is stored as a bitmap for each
 * minute in which one of them was. Not thread-safe.
 */
final class AnsweredChunk {

    /** Indexes in a chunk. */
    static final int SIZE = 1_024;

    /** What a chunk takes in memory beside its minutes, as a number of these. */
    private static final int OVERHEAD = 128;

    private static final int MIN_RANGE = 8;
    private static final int NEVER = 0;

    private final Bytes key;

    /** By index, no longer than needed; minutes since 1970. */
    private int[] minutes = {};

    /** Those of the minute that was stored last. */
    private BitSet latest = new BitSet();

    private int latestMinute = NEVER;

    /** @param key under which it is stored */
    AnsweredChunk(Bytes key) {
        this.key = key;
    }

    Bytes key() {
        return key;
    }

    /** What it takes in memory, as a number of ints. */
    int weight() {
        return OVERHEAD + minutes.length;
    }

    /** Whether the index at this place was answered from one minute to another. */
    boolean isAnswered(int at, long from, long to) {
        return at < minutes.length && minutes[at] != NEVER && minutes[at] >= from && minutes[at] <= to;
    }

    /** Takes in what the store has of a minute, whose bitmap is added to from now on. */
    void load(int minute, byte[] bitmap) {
        latest = bitmap == null ? new BitSet() : BitSet.valueOf(bitmap);
        latest.clear(SIZE, Math.max(SIZE, latest.length()));
        latestMinute = minute;
        latest.stream().forEach(at -> note(at, minute));
    }

    /** Whether it is this minute's bitmap that is added to. */
    boolean isAt(int minute) {
        return latestMinute == minute;
    }

    /** Adds to the bitmap of the minute that was loaded last; true if that has changed. */
    boolean add(int at) {
        if (latest.get(at)) {
            return false;
        }
        latest.set(at);
        note(at, latestMinute);
        return true;
    }

    /** That minute's bitmap, as it is stored. */
    byte[] bitmap() {
        return latest.toByteArray();
    }

    private void note(int at, int minute) {
        if (at >= minutes.length) {
            minutes = Arrays.copyOf(minutes, Math.max(MIN_RANGE, Integer.highestOneBit(at) * 2));
        }
        minutes[at] = Math.max(minutes[at], minute);
    }
}
