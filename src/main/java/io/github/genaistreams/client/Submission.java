package io.github.genaistreams.client;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.ItemKeys;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of one batch: item {@code i} to partition {@code i mod n}. Holds no requests itself. The
 * producer's buffer is the limit, and {@link #send} waits while it is full. For one thread.
 */
final class Submission<Q extends ApiRequest> {

    private final RequestRecord<Q> records;
    private final Producer<byte[], byte[]> producer;
    private final Cluster cluster;
    private final int partitions;
    private final IntFunction<Map<String, String>> headers;
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

    Submission(
            RequestRecord<Q> records,
            Producer<byte[], byte[]> producer,
            Cluster cluster,
            int partitions,
            IntFunction<Map<String, String>> headers) {
        this.records = records;
        this.producer = producer;
        this.cluster = cluster;
        this.partitions = partitions;
        this.headers = headers;
    }

    /** See {@link RequestRecord#check}. */
    void check(Q request) {
        records.check(request);
    }

    void send(Q request) {
        rethrow();
        byte[] value = records.encode(request);
        byte[] key = ItemKeys.encode(request.key());
        int index = request.index();
        try {
            producer.send(
                    new ProducerRecord<>(records.topic(), index % partitions, key, value, headersOf(index)),
                    (metadata, exception) -> fail(index, value.length, exception));
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            fail(index, value.length, e);
        }
        rethrow();
    }

    /** Returns when all in-sync replicas have every record. */
    void finish() {
        producer.flush();
        rethrow();
    }

    private List<Header> headersOf(int index) {
        return headers.apply(index).entrySet().stream()
                .<Header>map(header ->
                        new RecordHeader(header.getKey(), header.getValue().getBytes(StandardCharsets.UTF_8)))
                .toList();
    }

    private void fail(int index, int size, @Nullable Exception e) {
        if (e != null) {
            failure.compareAndSet(null, explained(index, size, e));
        }
    }

    private BatchClientException explained(int index, int size, Exception e) {
        if (e instanceof RecordTooLargeException) {
            return records.tooLarge(index, size, e);
        }
        if (e instanceof TimeoutException) {
            return new BatchClientException(
                    "Kafka did not accept request %d in time, so the batch is incomplete: %s"
                            .formatted(index, e.getMessage()),
                    e);
        }
        return cluster.explained(records.topic(), e);
    }

    private void rethrow() {
        RuntimeException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }
}
