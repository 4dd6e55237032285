package io.github.genaistreams.topology.call;

import java.util.Arrays;
import java.util.BitSet;
import org.apache.kafka.common.utils.Bytes;

/**
 * For {@value #SIZE} adjacent indexes of a batch, the minute in which each was last answered. It is stored as a bitmap for
 * each minute with an answer. Not thread-safe.
 */
final class AnsweredChunk {

    /** Number of indexes in a chunk. */
    static final int SIZE = 1_024;

    /** A chunk's memory apart from its minutes, as a number of ints. */
    private static final int OVERHEAD = 128;

    private static final int MIN_RANGE = 8;
    private static final int NEVER = 0;

    private final Bytes key;

    /** Minutes since 1970, by index; no longer than needed. */
    private int[] minutes = {};

    /** The indexes that were answered in the minute that was stored last. */
    private BitSet latest = new BitSet();

    private int latestMinute = NEVER;

    /** @param key its key in the store */
    AnsweredChunk(Bytes key) {
        this.key = key;
    }

    Bytes key() {
        return key;
    }

    /** Its memory, as a number of ints. */
    int weight() {
        return OVERHEAD + minutes.length;
    }

    /** Whether the index at this place was answered between these minutes. */
    boolean isAnswered(int at, long from, long to) {
        return at < minutes.length && minutes[at] != NEVER && minutes[at] >= from && minutes[at] <= to;
    }

    /** Loads a minute's bitmap from the store; later additions go to this minute. */
    void load(int minute, byte[] bitmap) {
        latest = bitmap == null ? new BitSet() : BitSet.valueOf(bitmap);
        latest.clear(SIZE, Math.max(SIZE, latest.length()));
        latestMinute = minute;
        latest.stream().forEach(at -> note(at, minute));
    }

    /** Whether this minute's bitmap is the one that is added to. */
    boolean isAt(int minute) {
        return latestMinute == minute;
    }

    /** Adds to the bitmap of the last loaded minute; true if that has changed it. */
    boolean add(int at) {
        if (latest.get(at)) {
            return false;
        }
        latest.set(at);
        note(at, latestMinute);
        return true;
    }

    /** That minute's bitmap in stored form. */
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
