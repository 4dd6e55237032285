package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link StateWriter} has written, field by field. A length never allocates more than the available bytes.
 * Not thread-safe.
 */
public final class StateReader {

    private final ByteBuffer bytes;
    private final int version;

    private StateReader(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
        this.version = this.bytes.get();
    }

    /**
     * A state of this or an earlier version: {@code fields} checks {@link #version()} for added fields.
     *
     * @param kind   name for people: "a batch's state"
     * @param latest the version that this program writes
     * @param fields reads the fields after the version
     * @throws WireException if the bytes are not a state, or have a later version
     */
    public static <T> T read(String kind, byte[] bytes, int latest, Function<StateReader, T> fields) {
        try {
            var in = new StateReader(bytes);
            if (in.version < 1 || in.version > latest) {
                throw new WireException(kind + " of version " + in.version + "; this version reads up to " + latest
                        + ": run the version that wrote it");
            }
            T state = fields.apply(in);
            if (in.hasMore()) {
                throw new WireException("not " + kind + ": bytes after its end");
            }
            return state;
        } catch (WireException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new WireException(
                    "not " + kind + ": malformed or truncated (" + e.getClass().getSimpleName() + ")");
        }
    }

    /** The version of the written state. */
    public int version() {
        return version;
    }

    /** Whether fields are left, in a sequence of any length. */
    public boolean hasMore() {
        return bytes.hasRemaining();
    }

    public byte readByte() {
        return bytes.get();
    }

    public boolean readBoolean() {
        return bytes.get() != 0;
    }

    public int readShort() {
        return Short.toUnsignedInt(bytes.getShort());
    }

    public int readInt() {
        return bytes.getInt();
    }

    public long readLong() {
        return bytes.getLong();
    }

    public String readText() {
        return new String(readBytes(), UTF_8);
    }

    public byte[] readBytes() {
        return readBytes(bytes.getInt());
    }

    /** Bytes whose number was read before. */
    public byte[] readBytes(int length) {
        if (length < 0 || length > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] read = new byte[length];
        bytes.get(read);
        return read;
    }

    /** A text; null if it was written as null. */
    public @Nullable String readOptional() {
        return readBoolean() ? readText() : null;
    }

    /** A number of {@link StateWriter#writeSmall}. */
    public int readSmall() {
        int value = 0;
        for (int shift = 0; shift < Integer.SIZE; shift += 7) {
            byte next = bytes.get();
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new BufferUnderflowException();
    }

    /** A text in the form of {@link java.io.DataOutput#writeUTF}, as in the first versions. */
    public String readJavaText() {
        int start = bytes.position();
        int length = readShort();
        byte[] text = new byte[Short.BYTES + readBytes(length).length];
        bytes.get(start, text);
        try (var in = new DataInputStream(new ByteArrayInputStream(text))) {
            return in.readUTF();
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
