package io.github.genaistreams.topology;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A consumer whose records all have a time: one that came without gets the present. For the topics of global stores, where Kafka
 * Streams asks no {@link org.apache.kafka.streams.processor.TimestampExtractor} and fails at such a record.
 */
final class TimedConsumer extends KafkaConsumer<byte[], byte[]> {

    TimedConsumer(Map<String, Object> config) {
        super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
        return timed(super.poll(timeout), System.currentTimeMillis());
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
