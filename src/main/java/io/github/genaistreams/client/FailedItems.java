package io.github.genaistreams.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.wire.WireHeaders;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Submits items of a batch again, each as it was submitted before, but for a header that says that it is a retry. For one thread. */
final class FailedItems {

    private final String batchId;
    private final BitSet wanted;
    private final Map<Integer, ConsumerRecord<byte[], byte[]>> found = new HashMap<>();

    /** @param wanted the items' indexes */
    FailedItems(String batchId, BitSet wanted) {
        this.batchId = batchId;
        this.wanted = wanted;
    }

    /** Notes their requests; of several of one item, the latest. */
    void find(
            RequestKind<?> kind,
            Consumer<byte[], byte[]> consumer,
            String topic,
            int partitions,
            KafkaSettings settings) {
        RequestScan.scan(kind, consumer, topic, partitions, batchId, settings.answerTimeout(), request -> {
            if (wanted.get(request.key().index())) {
                found.put(request.key().index(), request.record());
            }
        });
    }

    /** The indexes whose request the topic does not keep any more. */
    BitSet missing() {
        BitSet missing = (BitSet) wanted.clone();
        found.keySet().forEach(missing::clear);
        return missing;
    }

    /**
     * Sends what was found, and returns when the cluster has it.
     *
     * @param retry names this retry: its requests pass once
     */
    int send(Producer<byte[], byte[]> producer, Cluster cluster, String topic, String retry) {
        AtomicReference<Exception> failure = new AtomicReference<>();
        int sent = 0;
        for (ConsumerRecord<byte[], byte[]> record : found.values()) {
            if (!record.topic().equals(topic)) {
                continue;
            }
            var headers = new RecordHeaders(record.headers());
            headers.remove(WireHeaders.RETRY);
            headers.add(WireHeaders.RETRY, retry.getBytes(UTF_8));
            producer.send(
                    new ProducerRecord<>(topic, record.partition(), record.key(), record.value(), headers),
                    (metadata, e) -> failure.compareAndSet(null, e));
            sent++;
        }
        producer.flush();
        if (failure.get() != null) {
            throw cluster.explained(topic, failure.get());
        }
        return sent;
    }
}
