package io.github.genaistreams.wire;

import java.nio.ByteBuffer;
import java.util.OptionalInt;

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

    /** The ID in a framed value, if a registry can have assigned it: IDs start at 1. */
    static OptionalInt idIn(byte[] bytes) {
        int id = bytes.length < HEADER_LENGTH
                ? 0
                : ByteBuffer.wrap(bytes, 1, Integer.BYTES).getInt();
        return id > 0 ? OptionalInt.of(id) : OptionalInt.empty();
    }

    /** The same; throws {@link WireException} if there is none. */
    static int id(byte[] bytes) {
        return idIn(bytes)
                .orElseThrow(
                        () -> new WireException("the value looks as if it were framed for a schema registry, but has"
                                + " no schema ID; send JSON, Avro single-object encoding or Confluent's wire format"));
    }
}
