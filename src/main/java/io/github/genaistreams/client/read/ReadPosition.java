package io.github.genaistreams.client.read;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Objects;
import org.roaringbitmap.RoaringBitmap;

/**
 * The position of a reading of a batch: which results were taken, and from which offset of the result topic the others
 * follow. Its text can be stored next to the reader's own output, in a file or a database. It has about a hundred
 * characters if results were taken in index order. {@link #parse} reads it again. Immutable.
 */
public final class ReadPosition {

    private static final String VERSION = "1:";

    private final long offset;
    private final RoaringBitmap taken;
    private final RoaringBitmap succeeded;
    private final Integer size;

    /**
     * @param offset    no result that was not taken is before it
     * @param taken     indexes of the results that were taken
     * @param succeeded those among them that are successes
     * @param size      of the batch, null if unknown
     */
    ReadPosition(long offset, RoaringBitmap taken, RoaringBitmap succeeded, Integer size) {
        this.offset = offset;
        this.taken = taken.clone();
        this.succeeded = succeeded.clone();
        this.size = size;
    }

    /** The position before any result was taken, from an offset on. */
    static ReadPosition at(long offset) {
        return new ReadPosition(offset, new RoaringBitmap(), new RoaringBitmap(), null);
    }

    /**
     * Parses the text of a position.
     *
     * @throws IllegalArgumentException if it is not a valid position
     */
    public static ReadPosition parse(String text) {
        try {
            if (!text.startsWith(VERSION)) {
                throw new IllegalArgumentException("it does not start with " + VERSION);
            }
            byte[] bytes = Base64.getUrlDecoder().decode(text.substring(VERSION.length()));
            var in = new DataInputStream(new ByteArrayInputStream(bytes));
            long offset = in.readLong();
            int size = in.readInt();
            var taken = new RoaringBitmap();
            taken.deserialize(in);
            var succeeded = new RoaringBitmap();
            succeeded.deserialize(in);
            if (offset < 0 || size < 0 || in.available() > 0 || !taken.contains(succeeded)) {
                throw new IllegalArgumentException("its parts do not fit together");
            }
            return new ReadPosition(offset, taken, succeeded, size == 0 ? null : size);
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "not a position of a reading: give the text of BatchResults.position() unchanged", e);
        }
    }

    long offset() {
        return offset;
    }

    /** Unmodifiable. */
    RoaringBitmap taken() {
        return taken;
    }

    /** Unmodifiable. */
    RoaringBitmap succeeded() {
        return succeeded;
    }

    /** Null if unknown. */
    Integer size() {
        return size;
    }

    @Override
    public String toString() {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeLong(offset);
            out.writeInt(size == null ? 0 : size);
            for (RoaringBitmap indexes : new RoaringBitmap[] {taken.clone(), succeeded.clone()}) {
                indexes.runOptimize();
                indexes.serialize(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return VERSION + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ReadPosition position
                && offset == position.offset
                && taken.equals(position.taken)
                && succeeded.equals(position.succeeded)
                && Objects.equals(size, position.size);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(offset) * 31 + taken.hashCode();
    }
}
