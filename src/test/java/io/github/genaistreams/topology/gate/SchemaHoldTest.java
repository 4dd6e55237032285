package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WriterSchema;
import io.github.genaistreams.wire.WriterSchemas;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class SchemaHoldTest {

    private static final TopicPartition A = new TopicPartition("requests", 0);
    private static final TopicPartition B = new TopicPartition("requests", 1);
    private static final byte[] JSON = {'{', '}'};

    private final Set<Integer> known = new HashSet<>();
    private final List<Integer> asked = new ArrayList<>();
    private final Map<TopicPartition, OffsetAndMetadata> sought = new HashMap<>();
    private final SchemaHold hold = new SchemaHold(new WriterSchemas() {
        @Override
        public WriterSchema of(int id) {
            throw new WireException("not asked for here");
        }

        @Override
        public boolean isAtHand(int id) {
            asked.add(id);
            return known.contains(id);
        }
    });

    @Test
    void givesWhatComesBeforeTheFirstRecordThatWaitsAndGoesBackToThat() {
        known.add(1);
        var given = poll(Map.of(
                A,
                        List.of(
                                record(A, 10, JSON),
                                record(A, 12, framed(1)),
                                record(A, 13, framed(2)),
                                record(A, 14, JSON)),
                B, List.of(record(B, 5, null), record(B, 6, new byte[] {0, 1}), record(B, 7, framed(1)))));

        assertThat(given.records(A)).extracting(ConsumerRecord::offset).containsExactly(10L, 12L);
        assertThat(given.records(B)).hasSize(3);
        assertThat(sought).containsOnlyKeys(A);
        assertThat(sought.get(A).offset()).isEqualTo(13);
        assertThat(sought.get(A).leaderEpoch()).contains(4);
        // What Kafka Streams commits once it has processed what it was given.
        assertThat(given.nextOffsets().get(A).offset()).isEqualTo(13);
        assertThat(given.nextOffsets().get(B).offset()).isEqualTo(100);
        assertThat(hold.partitions()).containsExactly(A);
    }

    @Test
    void givesNothingOfAPartitionWhoseFirstRecordWaitsAndAsksForTheOthersAtTheSameTime() {
        var given = poll(Map.of(A, List.of(record(A, 10, framed(2)), record(A, 11, framed(3)))));

        assertThat(given.isEmpty()).isTrue();
        assertThat(given.partitions()).isEmpty();
        assertThat(sought.get(A).offset()).isEqualTo(10);
        assertThat(asked).contains(2, 3);
    }

    @Test
    void letsGoWhenTheSchemaHasComeOrThePartitionIsAnothers() {
        poll(Map.of(A, List.of(record(A, 10, framed(2))), B, List.of(record(B, 10, framed(2)))));

        hold.release(Set.of(A, B));
        assertThat(hold.partitions()).containsExactlyInAnyOrder(A, B);
        hold.release(Set.of(B));
        assertThat(hold.partitions()).containsExactly(B);
        known.add(2);
        hold.release(Set.of(B));
        assertThat(hold.partitions()).isEmpty();
    }

    @Test
    void passesOnAsItCameWhatNeedsNoSchema() {
        var records = records(Map.of(A, List.of(record(A, 10, JSON))));

        assertThat(hold.upToTheFirst(records, sought::put)).isSameAs(records);
        assertThat(asked).isEmpty();
    }

    private ConsumerRecords<byte[], byte[]> poll(Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records) {
        return hold.upToTheFirst(records(records), sought::put);
    }

    private static ConsumerRecords<byte[], byte[]> records(
            Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records) {
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        records.keySet().forEach(partition -> next.put(partition, new OffsetAndMetadata(100)));
        return new ConsumerRecords<>(records, next);
    }

    private static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset, byte[] value) {
        return new ConsumerRecord<>(
                partition.topic(),
                partition.partition(),
                offset,
                0,
                TimestampType.CREATE_TIME,
                -1,
                -1,
                null,
                value,
                new RecordHeaders(),
                Optional.of(4));
    }

    private static byte[] framed(int id) {
        return new byte[] {0, 0, 0, 0, (byte) id, 9};
    }
}
