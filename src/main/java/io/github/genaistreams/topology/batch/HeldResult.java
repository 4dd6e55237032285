package io.github.genaistreams.topology.batch;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.processor.api.Record;

/**
 * A result that waits for a lower index, as bytes: a version, time stamp, headers, value. The first version had none, and began with
 * the time stamp, which is never negative; so a first byte that is says which of the later ones it is.
 */
final class HeldResult {

    private static final byte VERSION = -2;
    private static final int USUAL_BYTES = 64;

    private HeldResult() {}

    static byte[] encode(Record<byte[], byte[]> record) {
        var bytes = new ByteArrayOutputStream(record.value().length + USUAL_BYTES);
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeLong(record.timestamp());
            Header[] headers = record.headers().toArray();
            out.writeInt(headers.length);
            for (Header header : headers) {
                LongText.write(header.key(), out);
                write(header.value(), out);
            }
            write(record.value(), out);
        } catch (IOException e) {
            // Into memory.
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(byte[] value, DataOutputStream out) throws IOException {
        out.writeInt(value == null ? -1 : value.length);
        if (value != null) {
            out.write(value);
        }
    }

    /**
     * The record again, under this key.
     *
     * @throws IllegalArgumentException if the bytes are not such a record
     */
    static <K> Record<K, byte[]> decode(K key, byte[] bytes) {
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            boolean isFirstVersion = bytes.length > 0 && bytes[0] >= 0;
            int version = isFirstVersion ? 0 : in.readByte();
            if (!isFirstVersion && version != VERSION) {
                throw new IllegalArgumentException("a held result of a version that is not known: " + version);
            }
            long timestamp = in.readLong();
            Headers headers = new RecordHeaders();
            for (int left = in.readInt(); left > 0; left--) {
                headers.add(isFirstVersion ? in.readUTF() : LongText.read(in, bytes.length), read(in, bytes.length));
            }
            return new Record<>(key, read(in, bytes.length), timestamp, headers);
        } catch (IOException | StreamsException e) {
            throw new IllegalArgumentException("a held result that cannot be read", e);
        }
    }

    private static byte[] read(DataInputStream in, int most) throws IOException {
        int length = in.readInt();
        return length < 0 ? null : LongText.readBytes(in, length, most);
    }
}
