package io.github.genaistreams.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The header of Avro's single-object encoding: {@code C3 01} and the writer schema's fingerprint, little-endian. */
final class SingleObject {

    static final int HEADER_LENGTH = 10;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private SingleObject() {}

    static boolean isMarked(byte[] bytes) {
        return bytes.length >= 2 && bytes[0] == (byte) 0xC3 && bytes[1] == 0x01;
    }

    static byte[] header(long fingerprint) {
        var header = new byte[HEADER_LENGTH];
        header[0] = (byte) 0xC3;
        header[1] = 0x01;
        LONG.set(header, 2, fingerprint);
        return header;
    }

    /** Throws {@link WireException} if the bytes end before the fingerprint. */
    static long fingerprint(byte[] bytes) {
        if (bytes.length < HEADER_LENGTH) {
            throw new WireException("the Avro value ends within its header");
        }
        return (long) LONG.get(bytes, 2);
    }
}
