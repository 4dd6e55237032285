package io.github.genaistreams.e2e;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Codecs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A plain read-committed consumer of a topic, which keeps every record it sees: what any service would see. */
final class SeenRecords implements AutoCloseable {

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    private final Map<ItemKey, List<CallResult>> results = new HashMap<>();

    private final boolean isOfResults;

    private SeenRecords(KafkaConsumer<byte[], byte[]> consumer, boolean isOfResults) {
        this.consumer = consumer;
        this.isOfResults = isOfResults;
    }

    static SeenRecords of(String bootstrapServers, String topic) {
        return new SeenRecords(consumer(bootstrapServers, topic), topic.endsWith("results"));
    }

    /** Of results that this reader need not understand. */
    static SeenRecords raw(String bootstrapServers, String topic) {
        return new SeenRecords(consumer(bootstrapServers, topic), false);
    }

    private static KafkaConsumer<byte[], byte[]> consumer(String bootstrapServers, String topic) {
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "isolation.level",
                        "read_committed",
                        "auto.offset.reset",
                        "earliest",
                        "max.partition.fetch.bytes",
                        16 << 20),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        Set<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .collect(Collectors.toSet());
        consumer.assign(partitions);
        return consumer;
    }

    /** Reads until the condition holds; fails when it does not within the time. */
    void readUntil(BooleanSupplier condition, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "Not reached within " + patience + "; " + results.size() + " items have results");
            }
            readFor(Duration.ofMillis(50));
        }
    }

    /** Reads what comes within this time. */
    void readFor(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        do {
            consumer.poll(Duration.ofMillis(50)).forEach(record -> {
                records.add(record);
                if (record.value() != null && isOfResults) {
                    CallResult result = Codecs.CALL_RESULT.decode(record.value());
                    results.computeIfAbsent(result.key(), k -> new ArrayList<>())
                            .add(result);
                }
            });
        } while (System.nanoTime() < end);
    }

    List<ConsumerRecord<byte[], byte[]>> records() {
        return records;
    }

    /** Items that have at least one result. */
    int items() {
        return results.size();
    }

    int items(String batchId) {
        return (int) results.keySet().stream()
                .filter(key -> key.batchId().equals(batchId))
                .count();
    }

    /** Those that have a result. */
    Set<ItemKey> keys() {
        return results.keySet();
    }

    List<CallResult> of(String batchId, int index) {
        return results.getOrDefault(new ItemKey(batchId, index), List.of());
    }

    /** Results per index of the batch, in order of index. */
    Map<Integer, List<CallResult>> batch(String batchId) {
        Map<Integer, List<CallResult>> batch = new TreeMap<>();
        results.forEach((key, list) -> {
            if (key.batchId().equals(batchId)) {
                batch.put(key.index(), list);
            }
        });
        return batch;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
