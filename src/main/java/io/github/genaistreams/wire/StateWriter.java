package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.Usage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes a worker's own state, which only workers read ({@link StateReader}). Each kind of state begins with its own
 * version, followed by its fields in a fixed order. Integers are big-endian in full width. A text or bytes follow their
 * length. An optional field follows a byte that says whether it exists. A later version adds fields at the end. Not
 * thread-safe.
 */
public final class StateWriter {

    private static final int DEFAULT_BYTES = 512;

    private ByteBuffer bytes;

    /** @param version of this kind of state, from 1 */
    public StateWriter(int version) {
        this(version, DEFAULT_BYTES);
    }

    /** @param room usual number of bytes; too many cost less than growing */
    public StateWriter(int version, int room) {
        bytes = ByteBuffer.allocate(Byte.BYTES + room);
        write((byte) version);
    }

    private ByteBuffer roomFor(int more) {
        if (bytes.remaining() < more) {
            int needed = Math.max(2 * bytes.capacity(), bytes.position() + more);
            bytes = ByteBuffer.allocate(needed).put(bytes.flip());
        }
        return bytes;
    }

    public void write(byte value) {
        roomFor(Byte.BYTES).put(value);
    }

    public void write(boolean value) {
        write((byte) (value ? 1 : 0));
    }

    public void write(short value) {
        roomFor(Short.BYTES).putShort(value);
    }

    public void write(int value) {
        roomFor(Integer.BYTES).putInt(value);
    }

    public void write(long value) {
        roomFor(Long.BYTES).putLong(value);
    }

    public void write(String text) {
        write(text.getBytes(UTF_8));
    }

    public void write(byte[] value) {
        write(value.length);
        writeBytes(value);
    }

    /** Bytes without their length, which the caller has written. */
    public void writeBytes(byte[] value) {
        roomFor(value.length).put(value);
    }

    /** Writes whether there is a value, which {@code fields} then writes. */
    public <T> void writeOptional(@Nullable T value, Consumer<T> fields) {
        write(value != null);
        if (value != null) {
            fields.accept(value);
        }
    }

    /** A text, if there is one. */
    public void writeOptional(@Nullable String text) {
        writeOptional(text, this::write);
    }

    /** Token counts. */
    public void write(Usage usage) {
        write(usage.inputTokens());
        writeCounts(usage.inputTokensDetails());
        write(usage.outputTokens());
        writeCounts(usage.outputTokensDetails());
        write(usage.totalTokens());
    }

    /** Counts by name. */
    public void writeCounts(Map<String, Long> counts) {
        write(counts.size());
        counts.forEach((name, count) -> {
            write(name);
            write(count.longValue());
        });
    }

    /** A number that is not negative, in as few bytes as possible: for frequent small numbers. */
    public void writeSmall(int value) {
        int left = value;
        while (left > 0x7f) {
            write((byte) (left & 0x7f | 0x80));
            left >>>= 7;
        }
        write((byte) left);
    }

    /** What was written. */
    public byte[] bytes() {
        return Arrays.copyOf(bytes.array(), bytes.position());
    }
}
