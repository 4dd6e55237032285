package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** Keys of a batch's parts: all of one batch beside each other, in the order of their numbers, when bytes are compared. */
public final class BatchIndexKey {

    /** What its length is written in. */
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

    /** The number that a key ends with. */
    public static int number(byte[] key) {
        return ByteBuffer.wrap(key).getInt(key.length - Integer.BYTES);
    }
}
