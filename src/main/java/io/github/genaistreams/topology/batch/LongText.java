package io.github.genaistreams.topology.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.EOFException;
import java.io.IOException;

/**
 * Texts of any length in what we store: their bytes in UTF-8 after the number of these. ({@link DataOutput#writeUTF} takes up to
 * 65,535 bytes, and throws at the next one.)
 */
public final class LongText {

    private LongText() {}

    public static void write(String text, DataOutput out) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /**
     * @param most bytes that can be left
     * @throws IOException if it claims more
     */
    public static String read(DataInput in, int most) throws IOException {
        return new String(readBytes(in, in.readInt(), most), UTF_8);
    }

    /** So many bytes, of which {@code most} can be left. */
    public static byte[] readBytes(DataInput in, int length, int most) throws IOException {
        if (length < 0 || length > most) {
            throw new EOFException("a length of " + length + " where " + most + " bytes are left at most");
        }
        byte[] bytes = new byte[length];
        in.readFully(bytes);
        return bytes;
    }
}
