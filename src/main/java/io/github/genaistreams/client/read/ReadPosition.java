package io.github.genaistreams.client.read;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * The position of a reader in a batch: the results it has taken, and the offset of the result topic from which the
 * others follow. Store its text together with the output of the reader, in a file or a database. It has about a hundred
 * characters if results were taken in index order and few of them failed. The more indexes it has to name, the longer
 * it takes to create: store a position about once a second. {@link #parse} reads it again. Immutable.
 */
public final class ReadPosition {

    private static final String VERSION = "1:";

    private final @Nullable String batchId; // null for any
    private final String partition;
    private final long offset;
    private final RoaringBitmap taken;
    private final RoaringBitmap failed;
    private final @Nullable Integer size;

    /**
     * @param batchId   the batch that was read; null for any
     * @param partition partition of the result topic, with the name of the topic
     * @param offset    all results before it were taken
     * @param taken     indexes of the results that were taken
     * @param failed    the taken indexes whose results are failures
     * @param size      number of items of the batch; null if it is not known
     */
    ReadPosition(
            @Nullable String batchId,
            String partition,
            long offset,
            RoaringBitmap taken,
            RoaringBitmap failed,
            @Nullable Integer size) {
        this.batchId = batchId;
        this.partition = partition;
        this.offset = offset;
        this.taken = taken.clone();
        this.failed = failed.clone();
        this.size = size;
    }

    /** The position before any result was taken, from an offset on. */
    static ReadPosition at(long offset) {
        return new ReadPosition(null, "", offset, new RoaringBitmap(), new RoaringBitmap(), null);
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
            String batchId = in.readUTF();
            String partition = in.readUTF();
            long offset = in.readLong();
            int size = in.readInt();
            var taken = new RoaringBitmap();
            taken.deserialize(in);
            var failed = new RoaringBitmap();
            failed.deserialize(in);
            if (offset < 0 || size < 0 || in.available() > 0 || !taken.contains(failed)) {
                throw new IllegalArgumentException("its parts do not match");
            }
            return new ReadPosition(batchId, partition, offset, taken, failed, size == 0 ? null : size);
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "not a position of a reader: give the text of BatchResults.position() unchanged", e);
        }
    }

    long offset() {
        return offset;
    }

    /** Unmodifiable. */
    RoaringBitmap taken() {
        return taken;
    }

    /** Must not be modified. */
    RoaringBitmap failed() {
        return failed;
    }

    /** Throws {@link IllegalArgumentException} if this is the position of another batch, or in another partition. */
    void requireOf(String batch, String ofPartition) {
        if (batchId != null && !(batchId.equals(batch) && partition.equals(ofPartition))) {
            throw new IllegalArgumentException("the position belongs to batch " + batchId + " in " + partition
                    + ", not to batch " + batch + " in " + ofPartition
                    + ": give a position of that batch, or read the batch from its start");
        }
    }

    /** Null if unknown. */
    @Nullable
    Integer size() {
        return size;
    }

    @Override
    public String toString() {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.writeUTF(batchId);
            out.writeUTF(partition);
            out.writeLong(offset);
            out.writeInt(size == null ? 0 : size);
            for (RoaringBitmap indexes : new RoaringBitmap[] {taken.clone(), failed.clone()}) {
                indexes.runOptimize();
                indexes.serialize(out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return VERSION + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.toByteArray());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ReadPosition position
                && Objects.equals(batchId, position.batchId)
                && partition.equals(position.partition)
                && offset == position.offset
                && taken.equals(position.taken)
                && failed.equals(position.failed)
                && Objects.equals(size, position.size);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(offset) * 31 + taken.hashCode();
    }
}
