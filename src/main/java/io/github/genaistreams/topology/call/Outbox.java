package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.ResultSummary;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Creates the outgoing records. A record too large for its topic is replaced by one that says so. Each record has the
 * present as its time, since a topic's retention could delete an old record at once. Immutable.
 */
public final class Outbox<Q extends ApiRequest> {

    /** Bytes that the worker's own fields may add to a request in the journal or on the retry topic. */
    public static final int ENVELOPE_BYTES = 1 << 20;

    /** Generous estimate for keys, the worker's own headers and the record's framing. */
    public static final int FRAME_BYTES = 16 << 10;

    /** Bytes for the lengths of a header's key and value. */
    private static final int HEADER_BYTES = 2 * Integer.BYTES;

    private final ApiBinding<Q> api;
    private final WireCodecs codecs;
    private final ResultWriter results;
    private final WireFormat format;
    private final int recordMaxBytes;

    /** A retry record and its partition, which is that of its request. */
    public record RoutedRetry(int partition, byte[] value) {}

    public Outbox(ApiBinding<Q> api, WireCodecs codecs, int recordMaxBytes) {
        this.api = api;
        this.codecs = codecs;
        this.format = codecs.format();
        this.results = new ResultWriter(codecs, recordMaxBytes);
        this.recordMaxBytes = recordMaxBytes;
    }

    /** Why this record cannot be journaled and retried, if it is too large. */
    Optional<CallError> tooLarge(Record<byte[], byte[]> record) {
        long size = bytes(record);
        return size <= recordMaxBytes
                ? Optional.empty()
                : Optional.of(new CallError(
                        "The request record has " + size + " bytes; the limit (record.max.bytes) is " + recordMaxBytes,
                        "invalid_request",
                        "request_too_large",
                        null,
                        false,
                        null));
    }

    byte[] encode(Q request) {
        return api.requests().encode(request, format);
    }

    /** The journaled form of a request: its original bytes, unless only a schema registry can decode them. */
    byte[] kept(Q request, byte[] asItCame) {
        return Codec.isFramed(asItCame) ? api.requests().encode(request, WireFormat.AVRO) : asItCame;
    }

    /** Whether a record with this value and these headers fits on a request topic. */
    boolean fits(byte[] value, Headers headers) {
        return FRAME_BYTES + value.length + bytes(headers) <= recordMaxBytes;
    }

    /** An item or a part of a whole batch, whose record had these headers. */
    Record<Object, Object> item(ItemKey key, byte[] value, Record<?, ?> whole, long now) {
        Headers headers = new RecordHeaders(whole.headers());
        headers.remove(WireHeaders.BATCH_PART);
        headers.remove(WireHeaders.SUBMITTED_AT);
        add(headers, WireHeaders.SUBMITTED_AT, Long.toString(whole.timestamp()));
        return new Record<>(key, value, now, headers);
    }

    /**
     * A result with its summary, which is internal and does not count towards the record's limit.
     *
     * @param requested the headers of the request
     */
    Record<Object, Object> result(CallResult result, Headers requested) {
        Headers headers = TraceHeaders.ofResult(requested);
        ResultWriter.Written written = results.write(result, bytes(headers));
        long size = written.value().length + bytes(headers);
        Record<Object, Object> record = new Record<>(
                result.key(),
                written.value(),
                result.completedAt().toEpochMilli(),
                // Only a request record larger than record.max.bytes can have that many headers.
                size <= recordMaxBytes + ENVELOPE_BYTES / 2 ? headers : ourHeaders(headers));
        // The request may have this header from another result.
        record.headers().remove(WireHeaders.SUMMARY);
        ResultSummary.of(written.result(), written.value())
                .ifPresent(summary -> record.headers().add(WireHeaders.SUMMARY, summary));
        return record;
    }

    /**
     * The record that brings a request back for another attempt; empty if it is too large. If it is too large in JSON,
     * it is written in Avro, which needs a quarter less for a document: the request may have come in Avro.
     */
    Optional<Record<Object, Object>> retry(RetryRecord<Q> retry, int partition, Attempt<Q> failed, Instant now) {
        long room = recordMaxBytes + ENVELOPE_BYTES - FRAME_BYTES - bytes(failed.headers());
        byte[] value;
        try {
            value = api.retries().encode(retry, format);
            if (value.length > room && format != WireFormat.AVRO) {
                value = api.retries().encode(retry, WireFormat.AVRO);
            }
        } catch (WireException e) {
            return Optional.empty();
        }
        if (value.length > room) {
            return Optional.empty();
        }
        return Optional.of(new Record<>(
                retry.request().key(), new RoutedRetry(partition, value), now.toEpochMilli(), failed.headers()));
    }

    /** A piece of text for display; empty if it is too large for its topic, since the result has the complete text. */
    Optional<Record<Object, Object>> delta(ResponseDelta delta, long now) {
        byte[] value;
        try {
            value = codecs.deltas().encode(delta, format);
        } catch (WireException e) {
            return Optional.empty();
        }
        return value.length + FRAME_BYTES > recordMaxBytes
                ? Optional.empty()
                : Optional.of(new Record<>(delta.key(), value, now));
    }

    Record<Object, Object> deadLetter(Record<byte[], byte[]> record, RecordMetadata source, String reason, long now) {
        boolean fits = bytes(record) <= recordMaxBytes;
        Headers headers = fits ? new RecordHeaders(record.headers()) : noHeaders();
        String why = fits
                ? reason
                : reason + " (left out here, since it has " + bytes(record) + " bytes and record.max.bytes is "
                        + recordMaxBytes + ")";
        add(headers, WireHeaders.DEAD_LETTER_REASON, why);
        add(headers, WireHeaders.DEAD_LETTER_TOPIC, source.topic());
        add(headers, WireHeaders.DEAD_LETTER_PARTITION, Integer.toString(source.partition()));
        add(headers, WireHeaders.DEAD_LETTER_OFFSET, Long.toString(source.offset()));
        add(headers, WireHeaders.DEAD_LETTER_TIMESTAMP, Long.toString(record.timestamp()));
        return new Record<>(fits ? record.key() : null, fits ? record.value() : null, now, headers);
    }

    static Headers noHeaders() {
        return new RecordHeaders();
    }

    /** Only the headers that its batch needs, for a request with too many headers. */
    static Headers ourHeaders(Headers headers) {
        Headers ours = new RecordHeaders();
        for (String key : List.of(WireHeaders.ORDERED, WireHeaders.RETRY, WireHeaders.CUSTOM_ID)) {
            Header header = headers.lastHeader(key);
            if (header != null && length(header.value()) <= FRAME_BYTES / 4) {
                ours.add(header);
            }
        }
        return ours;
    }

    /** The headers of a refused request's result: fewer if the record is too large. */
    Headers headersOfRefused(Record<byte[], byte[]> record) {
        return tooLarge(record).isPresent() ? ourHeaders(record.headers()) : record.headers();
    }

    private static void add(Headers headers, String key, String value) {
        headers.add(key, value.getBytes(UTF_8));
    }

    private static long bytes(Record<byte[], byte[]> record) {
        return FRAME_BYTES + length(record.key()) + length(record.value()) + bytes(record.headers());
    }

    /** Upper bound for the size of headers, in any format. */
    public static long bytes(Headers headers) {
        long bytes = 0;
        for (Header header : headers) {
            bytes += HEADER_BYTES + header.key().length() * 3L + length(header.value());
        }
        return bytes;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
