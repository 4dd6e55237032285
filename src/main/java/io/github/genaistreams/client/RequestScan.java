package io.github.genaistreams.client;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Decoded;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Finds the requests of one batch that are on the request topic already. */
final class RequestScan {

    private static final Duration STEP = Duration.ofMillis(500);

    private RequestScan() {}

    /**
     * A request of the batch.
     *
     * @param request     the request, or null if the record cannot be carried out
     * @param customId    its custom ID, or null
     * @param record      as it is on the topic
     */
    record Found<Q extends ApiRequest>(ItemKey key, Q request, String customId, ConsumerRecord<byte[], byte[]> record) {

        /** The record's timestamp, epoch milliseconds. */
        long timestampMs() {
            return record.timestamp();
        }
    }

    /** Reads every partition from its beginning to its end as of now. */
    static <Q extends ApiRequest> void scan(
            RequestKind<Q> kind,
            Consumer<byte[], byte[]> consumer,
            String topic,
            int partitions,
            String batchId,
            Duration silence,
            java.util.function.Consumer<Found<Q>> found) {
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        consumer.assign(all);
        consumer.seekToBeginning(all);
        var ends = consumer.endOffsets(all);
        var key = new BatchKey(batchId);
        long lastMove = System.nanoTime();
        var open = new HashSet<>(all);
        while (true) {
            var read = open.stream()
                    .filter(partition -> consumer.position(partition) >= ends.get(partition))
                    .toList();
            consumer.pause(read);
            open.removeAll(read);
            if (open.isEmpty()) {
                return;
            }
            var records = consumer.poll(STEP);
            if (!records.isEmpty()) {
                lastMove = System.nanoTime();
            } else if (System.nanoTime() - lastMove > silence.toNanos()) {
                throw new TimeoutException("no records for " + silence);
            }
            for (ConsumerRecord<byte[], byte[]> record : records) {
                if (key.mayMatch(record.key())) {
                    report(kind.decoder().decode(record.value()), batchId, record, found);
                }
            }
        }
    }

    private static <Q extends ApiRequest> void report(
            Decoded<Q> decoded,
            String batchId,
            ConsumerRecord<byte[], byte[]> record,
            java.util.function.Consumer<Found<Q>> found) {
        if (decoded instanceof Decoded.Valid<Q> valid
                && valid.request().batchId().equals(batchId)) {
            found.accept(new Found<>(valid.request().key(), valid.request(), CustomIds.of(record), record));
        } else if (decoded instanceof Decoded.Invalid<Q> invalid
                && invalid.key().batchId().equals(batchId)) {
            found.accept(new Found<>(invalid.key(), null, CustomIds.of(record), record));
        }
    }
}
