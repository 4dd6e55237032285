package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.wire.WireHeaders;
import java.util.OptionalLong;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;

/** When an item of a whole batch was submitted. The item's own record has the time at which the batch was split. */
final class SubmittedAt {

    private SubmittedAt() {}

    /** The record with the time in its header, and without that header; the record itself if it has none. */
    static Record<byte[], byte[]> restored(Record<byte[], byte[]> record) {
        Header header = record.headers().lastHeader(WireHeaders.SUBMITTED_AT);
        if (header == null) {
            return record;
        }
        Headers others = new RecordHeaders(record.headers());
        others.remove(WireHeaders.SUBMITTED_AT);
        long submittedAt = millis(header.value()).orElse(record.timestamp());
        return record.withTimestamp(Math.min(submittedAt, record.timestamp())).withHeaders(others);
    }

    /** The time in a header; empty for a value that no worker writes. A producer may send any headers. */
    private static OptionalLong millis(byte[] value) {
        try {
            long millis = Long.parseLong(value == null ? "" : new String(value, UTF_8));
            return millis < 0 ? OptionalLong.empty() : OptionalLong.of(millis);
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }
}
