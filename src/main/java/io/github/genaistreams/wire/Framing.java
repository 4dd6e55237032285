package io.github.genaistreams.wire;

import java.nio.ByteBuffer;

/**
 * The header of Confluent's wire format: {@code 00} and the ID of the writer's schema in a schema registry, big-endian
 * (https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format).
 */
final class Framing {

    static final int HEADER_LENGTH = 1 + Integer.BYTES;

    private Framing() {}

    static boolean isMarked(byte[] bytes) {
        return bytes.length > 0 && bytes[0] == 0;
    }

    static byte[] header(int id) {
        return ByteBuffer.allocate(HEADER_LENGTH).put((byte) 0).putInt(id).array();
    }

    static boolean hasId(byte[] bytes) {
        return bytes.length >= HEADER_LENGTH;
    }

    /** Of a value that is marked. Throws {@link WireException} if it ends before the ID does. */
    static int id(byte[] bytes) {
        if (!hasId(bytes)) {
            throw new WireException("the value is framed for a schema registry, and ends within its schema ID");
        }
        return ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt();
    }
}
