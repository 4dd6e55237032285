package io.github.genaistreams.topology;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;

/** A result that waits for a lower index, as bytes: time stamp, headers, value. */
final class HeldResult {

    private static final int USUAL_BYTES = 64;

    private HeldResult() {}

    static byte[] encode(Record<byte[], byte[]> record) {
        var bytes = new ByteArrayOutputStream(record.value().length + USUAL_BYTES);
        try (var out = new DataOutputStream(bytes)) {
            out.writeLong(record.timestamp());
            Header[] headers = record.headers().toArray();
            out.writeInt(headers.length);
            for (Header header : headers) {
                out.writeUTF(header.key());
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

    /** The record again, under this key. */
    static <K> Record<K, byte[]> decode(K key, byte[] bytes) {
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            long timestamp = in.readLong();
            Headers headers = new RecordHeaders();
            for (int left = in.readInt(); left > 0; left--) {
                headers.add(in.readUTF(), read(in));
            }
            return new Record<>(key, read(in), timestamp, headers);
        } catch (IOException e) {
            throw new UncheckedIOException("a held result that cannot be read", e);
        }
    }

    private static byte[] read(DataInputStream in) throws IOException {
        int length = in.readInt();
        return length < 0 ? null : in.readNBytes(length);
    }
}
