package io.github.genaistreams.topology.batch;

/**
 * What became of {@value #SIZE} neighbouring indexes of a batch, a byte for each, so that a batch of a million items takes a
 * megabyte. A byte is {@link #NONE}, {@link #SUCCEEDED}, or the number of a failure's code in {@link FailureCodes}. The bytes are
 * as they are stored.
 */
public final class IndexChunk {

    /** Indexes in a chunk. */
    public static final int SIZE = 4096;

    /** No result so far. */
    public static final byte NONE = 0;

    /** The latest result is a success. */
    public static final byte SUCCEEDED = 1;

    private IndexChunk() {}

    /** The number of the chunk that an index is in. */
    public static int of(int index) {
        return index / SIZE;
    }

    /** What a chunk says of an index; {@code chunk} is null if it has none of its indexes yet. */
    public static byte get(byte[] chunk, int index) {
        int at = index % SIZE;
        return chunk == null || at >= chunk.length ? NONE : chunk[at];
    }

    /** A chunk that says this of an index, and else what it said before. The chunk given stays as it is. */
    public static byte[] with(byte[] chunk, int index, byte state) {
        int at = index % SIZE;
        int before = chunk == null ? 0 : chunk.length;
        // No longer than its highest index: a batch of ten takes ten bytes.
        byte[] now = new byte[Math.max(before, Math.min(SIZE, Math.max(at + 1, Integer.highestOneBit(at | 1) * 2)))];
        if (chunk != null) {
            System.arraycopy(chunk, 0, now, 0, before);
        }
        now[at] = state;
        return now;
    }
}
