package io.github.genaistreams.wire;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.JournalEntry.Earlier;
import io.github.genaistreams.wire.JournalEntry.Header;
import io.github.genaistreams.wire.JournalEntry.Job;
import io.github.genaistreams.wire.JournalEntry.State;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.jspecify.annotations.Nullable;

/** Reads journal entries of earlier versions, which are Avro, after an upgrade. They are never written again. */
final class OlderJournalEntries {

    private static final RecordSchema SCHEMA = RecordSchema.bundled("journal-entry");

    private OlderJournalEntries() {}

    /**
     * @param bytes in Avro single-object encoding
     * @throws WireException if they are not a journal entry
     */
    static JournalEntry decode(byte[] bytes) {
        Schema written = SCHEMA.of(SingleObject.fingerprint(bytes));
        int start = SingleObject.HEADER_LENGTH;
        if (AvroLengths.check(written, bytes, start) != bytes.length) {
            throw new WireException("not a journal entry: bytes after its end");
        }
        try {
            BinaryDecoder in = DecoderFactory.get().binaryDecoder(bytes, start, bytes.length - start, null);
            return entry(new GenericDatumReader<GenericRecord>(written, SCHEMA.current()).read(null, in));
        } catch (IOException | RuntimeException e) {
            throw new WireException("not a journal entry: malformed or truncated ("
                    + e.getClass().getSimpleName() + ")");
        }
    }

    private static JournalEntry entry(GenericRecord entry) {
        var headers = new ArrayList<Header>();
        for (Object header : (List<?>) entry.get("headers")) {
            var read = (GenericRecord) header;
            var value = (ByteBuffer) read.get("value");
            headers.add(new Header(text(read, "key"), value == null ? null : bytes(value)));
        }
        return new JournalEntry(
                State.valueOf(text(entry, "state")),
                (int) entry.get("attempt"),
                time(entry, "not_before"),
                time(entry, "submitted_at"),
                error((GenericRecord) entry.get("last_error")),
                headers,
                bytes((ByteBuffer) entry.get("request")),
                job((GenericRecord) entry.get("remote_job")),
                earlier((GenericRecord) entry.get("earlier")));
    }

    private static @Nullable CallError error(@Nullable GenericRecord error) {
        return error == null
                ? null
                : new CallError(
                        text(error, "message"),
                        text(error, "type"),
                        optional(error, "code"),
                        optional(error, "param"),
                        (boolean) error.get("is_retriable"),
                        (Integer) error.get("http_status"));
    }

    private static @Nullable Job job(@Nullable GenericRecord job) {
        return job == null ? null : new Job(text(job, "id"), time(job, "accepted_at"), optional(job, "request_id"));
    }

    private static @Nullable Earlier earlier(@Nullable GenericRecord earlier) {
        if (earlier == null) {
            return null;
        }
        String usd = optional(earlier, "cost");
        return new Earlier(
                usage((GenericRecord) earlier.get("usage")),
                usd == null ? null : new BigDecimal(usd),
                optional(earlier, "cost_unknown_reason"),
                (boolean) earlier.get("possible_duplicate"));
    }

    private static @Nullable Usage usage(@Nullable GenericRecord usage) {
        return usage == null
                ? null
                : new Usage(
                        (long) usage.get("input_tokens"),
                        figures(usage, "input_tokens_details"),
                        (long) usage.get("output_tokens"),
                        figures(usage, "output_tokens_details"),
                        (long) usage.get("total_tokens"));
    }

    private static Map<String, Long> figures(GenericRecord usage, String field) {
        var figures = new HashMap<String, Long>();
        ((Map<?, ?>) usage.get(field)).forEach((name, figure) -> figures.put(name.toString(), (Long) figure));
        return figures;
    }

    private static String text(GenericRecord record, String field) {
        return record.get(field).toString();
    }

    private static @Nullable String optional(GenericRecord record, String field) {
        Object text = record.get(field);
        return text == null ? null : text.toString();
    }

    private static Instant time(GenericRecord record, String field) {
        return Instant.ofEpochMilli((long) record.get(field));
    }

    private static byte[] bytes(ByteBuffer value) {
        byte[] bytes = new byte[value.remaining()];
        value.get(bytes);
        return bytes;
    }
}
