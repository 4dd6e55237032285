package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemRules;
import io.github.genaistreams.model.Waiting;
import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ResultSummary;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** Reads the records from which batches are built, and refuses any that no worker writes. Immutable. */
final class BatchRecords {

    /** No API has a longer name, and no reason given by a worker is as long. */
    private static final int MAX_API_LENGTH = 1_000;

    private static final int MAX_REASON_LENGTH = 10_000;

    /** How far workers' clocks may be ahead. */
    private static final Duration CLOCK_SLACK = Duration.ofDays(1);

    private final Codec<CallResult> parsed;
    private final int maxBytes;

    /** @param maxBytes maximum size of a result with its headers; nothing larger is kept to wait for its turn */
    BatchRecords(WriterSchemas writers, int maxBytes) {
        this.parsed = Codecs.CALL_RESULT_SUMMARY.reading(writers);
        this.maxBytes = maxBytes;
    }

    /**
     * A result without its answer: from its summary, or from the result itself if there is no summary of this very
     * record. Its times are in the past or nearly so. Otherwise a batch whose last result has a time in the year 9999
     * would be kept until then.
     *
     * @throws WireException if no worker writes such a record
     */
    CallResult result(Record<byte[], byte[]> record, long now) {
        byte[] value = record.value();
        if (value == null) {
            throw new WireException("it has no value");
        }
        if (value.length + Outbox.bytes(record.headers()) > maxBytes) {
            throw new WireException("it is larger than any result of a worker (record.max.bytes)");
        }
        CallResult result =
                ResultSummary.in(record.headers(), record.key(), value).orElseGet(() -> parsed.decode(value));
        return inTime(result, Instant.ofEpochMilli(now).plus(CLOCK_SLACK));
    }

    private static CallResult inTime(CallResult result, Instant latest) {
        return isIn(result.submittedAt(), latest) && isIn(result.completedAt(), latest)
                ? result
                : result.toBuilder()
                        .submittedAt(within(result.submittedAt(), latest))
                        .completedAt(within(result.completedAt(), latest))
                        .build();
    }

    private static boolean isIn(Instant time, Instant latest) {
        return within(time, latest).equals(time);
    }

    private static Instant within(Instant time, Instant latest) {
        return time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time.isAfter(latest) ? latest : time;
    }

    private static boolean isUsable(Waiting waiting) {
        return waiting.reason() != null
                && waiting.reason().length() <= MAX_REASON_LENGTH
                && waiting.since() != null
                && (waiting.detail() == null || waiting.detail().length() <= MAX_REASON_LENGTH);
    }

    /** Throws {@link WireException} if no worker writes such a record. */
    static BatchNote note(byte @Nullable [] value) {
        if (value == null) {
            throw new WireException("it has no value");
        }
        BatchNote note = Codecs.BATCH_NOTE.decode(value);
        Optional<String> unnamed = ItemRules.unnamed(note.batchId(), 0);
        if (unnamed.isPresent()) {
            throw new WireException(unnamed.get());
        }
        if (note.api() == null || note.api().length() > MAX_API_LENGTH || note.kind() == null) {
            throw new WireException("`api` or `kind` is missing or too long");
        }
        if (note.reason() != null && note.reason().length() > MAX_REASON_LENGTH) {
            throw new WireException("`reason` is too long");
        }
        if (note.waiting() != null && !isUsable(note.waiting())) {
            throw new WireException("`waiting` has no reason or time, or is too long");
        }
        return note;
    }
}
