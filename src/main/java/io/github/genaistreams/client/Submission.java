package io.github.genaistreams.client;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireFormat;
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

    private final RequestKind<Q> kind;
    private final Producer<byte[], byte[]> producer;
    private final Cluster cluster;
    private final String topic;
    private final int partitions;
    private final WireFormat format;
    private final int maxRequestSize;
    private final IntFunction<Map<String, String>> headers;
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

    Submission(
            RequestKind<Q> kind,
            Producer<byte[], byte[]> producer,
            Cluster cluster,
            String topic,
            int partitions,
            WireFormat format,
            int maxRequestSize,
            IntFunction<Map<String, String>> headers) {
        this.kind = kind;
        this.producer = producer;
        this.cluster = cluster;
        this.topic = topic;
        this.partitions = partitions;
        this.format = format;
        this.maxRequestSize = maxRequestSize;
        this.headers = headers;
    }

    /**
     * Checks, before anything is sent, whether an item is larger than the producer allows. Only an item with large
     * texts is encoded for that.
     */
    void check(Q request) {
        // JSON may need six bytes for one character.
        if (kind.contents().applyAsLong(request) > maxRequestSize / 8) {
            byte[] value = encode(request);
            if (value.length > maxRequestSize) {
                throw tooLarge(request.index(), value.length, null);
            }
        }
    }

    void send(Q request) {
        rethrow();
        byte[] value = encode(request);
        byte[] key = ItemKeys.encode(request.key());
        int index = request.index();
        try {
            producer.send(
                    new ProducerRecord<>(topic, index % partitions, key, value, headersOf(index)),
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

    private byte[] encode(Q request) {
        try {
            return kind.codec().encode(request, format);
        } catch (WireException e) {
            throw new BatchClientException("request " + request.index() + ": " + e.getMessage(), e);
        }
    }

    private void fail(int index, int size, @Nullable Exception e) {
        if (e != null) {
            failure.compareAndSet(null, explained(index, size, e));
        }
    }

    private BatchClientException explained(int index, int size, Exception e) {
        if (e instanceof RecordTooLargeException) {
            return tooLarge(index, size, e);
        }
        if (e instanceof TimeoutException) {
            return new BatchClientException(
                    "Kafka did not accept request %d in time, so the batch is incomplete: %s"
                            .formatted(index, e.getMessage()),
                    e);
        }
        return cluster.explained(topic, e);
    }

    private void rethrow() {
        RuntimeException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    private BatchClientException tooLarge(int index, int size, @Nullable Exception cause) {
        // Kafka adds some bytes around the value.
        String limit = size + 1_024 > maxRequestSize
                ? "max.request.size is %,d".formatted(maxRequestSize)
                : "max.message.bytes of topic %s is less".formatted(topic);
        return new BatchClientException(
                "request %d (the first one is 0) is too large: %,d bytes, and %s; shorten it, or leave it out"
                        .formatted(index, size, limit),
                cause);
    }
}
