package io.github.genaistreams.client;

import io.github.genaistreams.client.read.BatchKey;
import io.github.genaistreams.client.read.HeaderTexts;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.WireHeaders;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** Finds the requests of one batch that are already on the request topic. */
final class RequestScan {

    private RequestScan() {}

    /**
     * A request of the batch.
     *
     * @param request     the request; null if the record is not a valid request
     * @param customId    its custom ID, if it has one
     * @param record      the record on the topic
     */
    record Found<Q extends ApiRequest>(
            ItemKey key, @Nullable Q request, @Nullable String customId, ConsumerRecord<byte[], byte[]> record) {

        /** The record's timestamp, epoch milliseconds. */
        long timestampMs() {
            return record.timestamp();
        }
    }

    /** Reads every partition from its beginning to its current end. */
    static <Q extends ApiRequest> void scan(
            RequestKind<Q> kind, Connection connection, String topic, String batchId, Consumer<Found<Q>> found) {
        var key = new BatchKey(batchId);
        connection.scan(topic, record -> {
            if (key.mayMatch(record.key())) {
                report(kind.decoder().decode(record.value()), batchId, record, found);
            }
        });
    }

    private static <Q extends ApiRequest> void report(
            Decoded<Q> decoded, String batchId, ConsumerRecord<byte[], byte[]> record, Consumer<Found<Q>> found) {
        if (decoded instanceof Decoded.Valid<Q> valid
                && batchId.equals(valid.request().batchId())) {
            found.accept(new Found<>(
                    valid.request().key(),
                    valid.request(),
                    HeaderTexts.of(record.headers(), WireHeaders.CUSTOM_ID),
                    record));
        } else if (decoded instanceof Decoded.Invalid<Q> invalid
                && invalid.key().batchId().equals(batchId)) {
            found.accept(
                    new Found<>(invalid.key(), null, HeaderTexts.of(record.headers(), WireHeaders.CUSTOM_ID), record));
        }
    }
}
