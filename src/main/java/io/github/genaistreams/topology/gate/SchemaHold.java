package io.github.genaistreams.topology.gate;

import io.github.genaistreams.wire.WriterSchemas;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Holds records whose schema must first be read from a schema registry. A stream task can neither refuse a record nor
 * wait for one. So each partition gives the polled records before the first such record, and its position goes back to
 * that record. The partition stays paused until the schema has arrived, and continues there. Nothing is held in memory,
 * no thread waits, other partitions continue, and for a rebalance the position is like any other. For one thread.
 */
final class SchemaHold {

    private final WriterSchemas schemas;

    /** The schema that each partition waits for. */
    private final Map<TopicPartition, Integer> held = new HashMap<>();

    SchemaHold(WriterSchemas schemas) {
        this.schemas = schemas;
    }

    /** Releases partitions that are not in {@code assigned} any more, or whose schema has arrived. */
    void release(Set<TopicPartition> assigned) {
        if (!held.isEmpty()) {
            held.keySet().retainAll(assigned);
            held.values().removeIf(schemas::isAtHand);
        }
    }

    /** The partitions that must not be read now. */
    Set<TopicPartition> partitions() {
        return held.keySet();
    }

    /**
     * The records of each partition before the first one that cannot be read yet.
     *
     * @param seek sets the position back to that record
     */
    ConsumerRecords<byte[], byte[]> upToTheFirst(
            ConsumerRecords<byte[], byte[]> records, BiConsumer<TopicPartition, OffsetAndMetadata> seek) {
        Map<TopicPartition, Integer> cuts = new HashMap<>();
        for (TopicPartition partition : records.partitions()) {
            cut(records.records(partition)).ifPresent(at -> cuts.put(partition, at));
        }
        if (cuts.isEmpty()) {
            return records;
        }
        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> given = new HashMap<>();
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>(records.nextOffsets());
        for (TopicPartition partition : records.partitions()) {
            List<ConsumerRecord<byte[], byte[]>> all = records.records(partition);
            int end = cuts.getOrDefault(partition, all.size());
            if (end > 0) {
                given.put(partition, all.subList(0, end));
            }
            if (end < all.size()) {
                ConsumerRecord<byte[], byte[]> first = all.get(end);
                var place = new OffsetAndMetadata(first.offset(), first.leaderEpoch(), "");
                seek.accept(partition, place);
                next.put(partition, place);
                held.put(partition, WriterSchemas.idIn(first.value()).orElseThrow());
            }
        }
        return new ConsumerRecords<>(given, next);
    }

    /**
     * Place of the first record that cannot be read yet. The schemas of later records are requested at the same time.
     */
    private Optional<Integer> cut(Collection<ConsumerRecord<byte[], byte[]>> records) {
        @Nullable Integer first = null;
        int at = 0;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            OptionalInt id = WriterSchemas.idIn(record.value());
            if (id.isPresent() && !schemas.isAtHand(id.getAsInt()) && first == null) {
                first = at;
            }
            at++;
        }
        return Optional.ofNullable(first);
    }
}
