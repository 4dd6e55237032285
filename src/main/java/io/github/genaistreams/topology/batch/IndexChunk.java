package io.github.genaistreams.topology.batch;

import org.jspecify.annotations.Nullable;

/**
 * The outcomes of {@value #SIZE} adjacent indexes of a batch, one byte each, so that a batch of a million items takes a
 * megabyte. A byte is {@link #NONE}, {@link #SUCCEEDED}, or the number of an error code in {@link FailureCodes}. The
 * bytes are stored as they are.
 */
public final class IndexChunk {

    /** Number of indexes in a chunk. */
    public static final int SIZE = 4096;

    /** No result so far. */
    public static final byte NONE = 0;

    /** The latest result is a success. */
    public static final byte SUCCEEDED = 1;

    private IndexChunk() {}

    /** The number of an index's chunk. */
    public static int of(int index) {
        return index / SIZE;
    }

    /** The value of an index in a chunk; {@code chunk} is null if none of its indexes has a value. */
    public static byte get(byte @Nullable [] chunk, int index) {
        int at = index % SIZE;
        return chunk == null || at >= chunk.length ? NONE : chunk[at];
    }

    /** A copy of the chunk with a new value for this index. The given chunk is not changed. */
    public static byte[] with(byte @Nullable [] chunk, int index, byte state) {
        int at = index % SIZE;
        int before = chunk == null ? 0 : chunk.length;
        // Only as long as its highest index requires: a batch of ten takes ten bytes.
        byte[] now = new byte[Math.max(before, Math.min(SIZE, Math.max(at + 1, Integer.highestOneBit(at | 1) * 2)))];
        if (chunk != null) {
            System.arraycopy(chunk, 0, now, 0, before);
        }
        now[at] = state;
        return now;
    }
}
