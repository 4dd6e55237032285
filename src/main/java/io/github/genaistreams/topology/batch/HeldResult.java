package io.github.genaistreams.topology.batch;

import io.github.genaistreams.wire.StateReader;
import io.github.genaistreams.wire.StateWriter;
import io.github.genaistreams.wire.WireException;
import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * A result that waits for a lower index, in the common format of state ({@link StateWriter}): time stamp, headers,
 * value.
 */
final class HeldResult {

    /** Version 2 has headers with names of any length. */
    private static final int VERSION = 2;

    /** The first byte of an entry without a version. */
    private static final byte VERSION_2_BEFORE = -2;

    private static final int DEFAULT_OVERHEAD = 256;
    private static final int NULL = -1;

    private HeldResult() {}

    static byte[] encode(Record<byte[], byte[]> record) {
        var out = new StateWriter(VERSION, record.value().length + DEFAULT_OVERHEAD);
        out.write(record.timestamp());
        Header[] headers = record.headers().toArray();
        out.write(headers.length);
        for (Header header : headers) {
            out.write(header.key());
            if (header.value() == null) {
                out.write(NULL);
            } else {
                out.write(header.value());
            }
        }
        out.write(record.value());
        byte[] bytes = out.bytes();
        // A worker of the previous version can read this as well.
        bytes[0] = VERSION_2_BEFORE;
        return bytes;
    }

    /**
     * The record, with this key.
     *
     * @throws WireException if the bytes are not such a record
     */
    static <K> Record<K, byte[]> decode(K key, byte[] bytes) {
        return StateReader.read("a held result", withVersion(bytes), VERSION, in -> {
            long timestamp = in.readLong();
            Headers headers = new RecordHeaders();
            for (int left = in.readInt(); left > 0; left--) {
                headers.add(in.version() == 1 ? in.readJavaText() : in.readText(), bytes(in));
            }
            return new Record<>(key, bytes(in), timestamp, headers);
        });
    }

    private static byte @Nullable [] bytes(StateReader in) {
        int length = in.readInt();
        return length == NULL ? null : in.readBytes(length);
    }

    /** The first version had no version byte and began with the time stamp, whose first byte is 0. */
    private static byte[] withVersion(byte[] bytes) {
        byte first = bytes.length == 0 ? VERSION : bytes[0];
        return switch (first) {
            case 0 ->
                ByteBuffer.allocate(1 + bytes.length).put((byte) 1).put(bytes).array();
            case VERSION_2_BEFORE ->
                ByteBuffer.wrap(bytes.clone()).put(0, (byte) VERSION).array();
            default -> bytes;
        };
    }
}
