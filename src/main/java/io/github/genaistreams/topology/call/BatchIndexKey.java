package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** Keys for the parts of a batch. In byte order, the keys of one batch are adjacent and sorted by number. */
public final class BatchIndexKey {

    /** Bytes for the length of the batch ID. */
    private static final int MAX_ID_LENGTH = Short.MAX_VALUE;

    private BatchIndexKey() {}

    /** The key of part {@code number}, from 0. */
    public static byte[] of(String batchId, int number) {
        byte[] id = batchId.getBytes(UTF_8);
        if (id.length > MAX_ID_LENGTH) {
            throw new IllegalArgumentException("a batch ID of " + id.length + " bytes");
        }
        return ByteBuffer.allocate(Short.BYTES + id.length + Integer.BYTES)
                .putShort((short) id.length)
                .put(id)
                .putInt(number)
                .array();
    }

    /** The number at the end of a key. */
    public static int number(byte[] key) {
        return ByteBuffer.wrap(key).getInt(key.length - Integer.BYTES);
    }
}
