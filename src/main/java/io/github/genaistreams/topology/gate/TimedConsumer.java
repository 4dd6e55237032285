package io.github.genaistreams.topology.gate;

import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A consumer for the topics of global stores. A record without a time gets the current time: Kafka Streams uses no
 * {@link org.apache.kafka.streams.processor.TimestampExtractor} there, and fails on such a record. It also waits for
 * schemas: {@link SchemaHold}.
 */
final class TimedConsumer extends KafkaConsumer<byte[], byte[]> {

    /** Interval for checking whether a schema has arrived. */
    private static final Duration STEP = Duration.ofMillis(50);

    private final SchemaHold hold;
    private final BooleanSupplier started;

    /** @param started whether Kafka Streams has read the topics to the end that they had when it started */
    TimedConsumer(Map<String, Object> config, WriterSchemas schemas, BooleanSupplier started) {
        super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.hold = new SchemaHold(schemas);
        this.started = started;
    }

    /**
     * Until Kafka Streams has started, returns no empty result while records wait for a schema. Kafka Streams fails to
     * start if it receives nothing for some minutes before it reaches the end.
     */
    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        ConsumerRecords<byte[], byte[]> records = pollOnce(timeout);
        while (records.isEmpty() && !hold.partitions().isEmpty() && !started.getAsBoolean()) {
            records = pollOnce(timeout);
        }
        return timed(records, System.currentTimeMillis());
    }

    /**
     * Does not wait: this consumer is in no group, and the broker would answer only after the fetch in progress, which
     * would delay a worker's stop by half a second.
     */
    @Override
    public void close() {
        close(CloseOptions.timeout(Duration.ZERO));
    }

    private ConsumerRecords<byte[], byte[]> pollOnce(Duration timeout) {
        hold.release(assignment());
        pause(hold.partitions());
        resume(paused().stream()
                .filter(partition -> !hold.partitions().contains(partition))
                .toList());
        boolean isHeld = !hold.partitions().isEmpty();
        return hold.upToTheFirst(super.poll(isHeld && STEP.compareTo(timeout) < 0 ? STEP : timeout), this::seek);
    }

    /** The same records, with {@code now} as the time of those without one. */
    static ConsumerRecords<byte[], byte[]> timed(ConsumerRecords<byte[], byte[]> records, long now) {
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> timed = new HashMap<>();
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
            records.records(partition).forEach(record -> all.add(record.timestamp() >= 0 ? record : at(now, record)));
            timed.put(partition, all);
        }
        return new ConsumerRecords<>(timed, records.nextOffsets());
    }

    private static ConsumerRecord<byte[], byte[]> at(long time, ConsumerRecord<byte[], byte[]> record) {
        return new ConsumerRecord<>(
                record.topic(),
                record.partition(),
                record.offset(),
                time,
                record.timestampType(),
                record.serializedKeySize(),
                record.serializedValueSize(),
                record.key(),
                record.value(),
                record.headers(),
                record.leaderEpoch());
    }
}
