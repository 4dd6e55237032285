package io.github.genaistreams.serve.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.serve.batch.Stored.Cancellation;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredResponse;
import io.github.genaistreams.serve.http.Caller;
import io.github.genaistreams.wire.BatchPartitioner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of the server, in memory: the latest record of each ID on a compacted topic. A thread follows the topic.
 * Thread-safe.
 */
final class ObjectTable implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ObjectTable.class);

    private static final Duration STEP = Duration.ofSeconds(2);
    private static final long PAUSE_MS = 500;

    /** The topic keeps its records for the same time. */
    private static final Duration KEPT = Duration.ofDays(30);

    private static final Duration RESPONSE_KEPT = Duration.ofDays(1);

    static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            // A later version may have written more fields.
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Consumer<byte[], byte[]> consumer;
    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final int partitions;
    private final Duration timeout;
    private final Thread thread;
    private final Map<String, Stored> objects = new ConcurrentHashMap<>();

    /** Batches whose last record on the topic has an older state. Compaction would keep that record. */
    private final Set<String> overwritten = ConcurrentHashMap.newKeySet();

    /** The next offset to read, by partition. Guarded by itself, which is notified. */
    private final long[] positions;

    private volatile boolean closed;

    /**
     * Returns when it has read everything that is on the topic now.
     *
     * @param consumer closed here
     * @param producer not closed here
     * @param timeout  how long to wait for an answer of Kafka
     * @throws BatchClientException if it takes longer
     */
    ObjectTable(
            Consumer<byte[], byte[]> consumer,
            Producer<byte[], byte[]> producer,
            String topic,
            int partitions,
            Duration timeout) {
        this.consumer = consumer;
        this.producer = producer;
        this.topic = topic;
        this.partitions = partitions;
        this.timeout = timeout;
        this.positions = new long[partitions];
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        consumer.assign(all);
        consumer.seekToBeginning(all);
        Map<TopicPartition, Long> ends = consumer.endOffsets(all);
        this.thread = new Thread(this::run, "genai-serve-objects");
        thread.setDaemon(true);
        thread.start();
        ends.forEach((partition, end) -> awaitRead(partition.partition(), end));
    }

    private void run() {
        try (consumer) {
            while (!closed) {
                turn();
            }
        } catch (WakeupException e) {
            // Closed.
        } catch (RuntimeException e) {
            if (!closed) {
                LOG.error("The state of the server can no longer be read from {}", topic, e);
            }
        }
    }

    private void turn() {
        try {
            consumer.poll(STEP).forEach(this::take);
            synchronized (positions) {
                for (int partition = 0; partition < partitions; partition++) {
                    positions[partition] = consumer.position(new TopicPartition(topic, partition), timeout);
                }
                positions.notifyAll();
            }
        } catch (org.apache.kafka.common.errors.RetriableException e) {
            LOG.debug("{} could not be read", topic, e);
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            return;
        }
        String id = new String(record.key(), UTF_8);
        if (record.value() == null) {
            objects.remove(id);
            return;
        }
        Stored.typeOf(id).ifPresent(type -> {
            try {
                Stored object = MAPPER.readValue(record.value(), type);
                if (object.owner() == null
                        || !id.equals(object.id())
                        || object instanceof StoredBatch batch && !batch.isWhole()) {
                    throw new IOException("it is not complete");
                }
                keep(object);
            } catch (IOException e) {
                LOG.warn(
                        "The record at {}-{}@{} was not written by `genai serve`: {}",
                        topic,
                        record.partition(),
                        record.offset(),
                        e.getClass().getSimpleName());
            }
        });
    }

    private void keep(Stored object) {
        if (object instanceof StoredBatch batch
                && objects.get(batch.id()) instanceof StoredBatch before
                && !batch.follows(before)) {
            if (!batch.equals(before)) {
                overwritten.add(batch.id());
            }
            return;
        }
        objects.put(object.id(), object);
        overwritten.remove(object.id());
    }

    /** Whether the last record of this batch has an older state, so that its owner has to write the latest state again. */
    boolean isOverwritten(String batchId) {
        return overwritten.contains(batchId);
    }

    /** Removes what the topic removes as well. */
    void forget(long nowSeconds) {
        objects.values()
                .removeIf(object -> object.createdAt()
                        < nowSeconds - (object instanceof StoredResponse ? RESPONSE_KEPT : KEPT).toSeconds());
    }

    /** The partition of an ID. */
    int partition(String id) {
        return BatchPartitioner.partition(id, partitions);
    }

    /** The object of this ID, if it is of this type. */
    <T extends Stored> Optional<T> find(String id, Class<T> type) {
        return Optional.ofNullable(objects.get(id)).filter(type::isInstance).map(type::cast);
    }

    /** The same, if the caller may see it. */
    <T extends Stored> Optional<T> find(String id, Class<T> type, Caller caller) {
        return find(id, type).filter(object -> caller.sees(Optional.of(object.owner())));
    }

    /** The cancellation of a batch, if a caller has cancelled it. */
    Optional<Cancellation> cancellation(String batchId) {
        return find(Cancellation.idOf(batchId), Cancellation.class);
    }

    /** All objects of a type, in no particular order. */
    <T extends Stored> Stream<T> all(Class<T> type) {
        return objects.values().stream().filter(type::isInstance).map(type::cast);
    }

    /**
     * Writes an object, which replaces the one with the same ID. Returns when the cluster and this table have it.
     *
     * @throws BatchClientException if Kafka does not accept it in time
     */
    void put(Stored object) {
        try {
            send(object.id(), MAPPER.writeValueAsBytes(object));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Deletes an object. */
    void remove(String id) {
        send(id, null);
    }

    private void send(String id, byte @Nullable [] value) {
        try {
            var written = producer.send(new ProducerRecord<>(topic, partition(id), id.getBytes(UTF_8), value))
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            awaitShown(written);
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            throw new BatchClientException("Kafka did not accept a record for " + topic + " in time", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** No exception after the time-out: the record is written, even if this table does not have it yet. */
    private void awaitShown(RecordMetadata written) {
        try {
            awaitRead(written.partition(), written.offset() + 1);
        } catch (BatchClientException e) {
            LOG.warn("A record of {} was written, but has not been read yet", topic);
        }
    }

    private void awaitRead(int partition, long offset) {
        long end = System.nanoTime() + timeout.toNanos();
        synchronized (positions) {
            while (positions[partition] < offset) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0 || !thread.isAlive()) {
                    throw new BatchClientException(topic + " could not be read in time");
                }
                try {
                    positions.wait(left);
                } catch (InterruptedException e) {
                    throw new InterruptException(e);
                }
            }
        }
    }

    /** Returns when the partitions have been read up to these offsets. */
    void awaitRead(Map<TopicPartition, Long> ends) {
        ends.forEach((partition, end) -> awaitRead(partition.partition(), end));
    }

    /** Whether the thread still follows the topic. */
    boolean isAlive() {
        return thread.isAlive();
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(timeout.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "ObjectTable[" + topic + ", " + objects.size() + " objects, " + Arrays.toString(positions) + "]";
    }
}
