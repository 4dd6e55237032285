package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class TimedConsumerTest {

    private static final TopicPartition CONTROL = new TopicPartition("control", 0);

    private static ConsumerRecord<byte[], byte[]> record(long offset, long timestamp) {
        var headers = new RecordHeaders();
        headers.add("name", new byte[] {3});
        return new ConsumerRecord<>(
                CONTROL.topic(),
                CONTROL.partition(),
                offset,
                timestamp,
                timestamp < 0 ? TimestampType.NO_TIMESTAMP_TYPE : TimestampType.CREATE_TIME,
                1,
                1,
                new byte[] {1},
                new byte[] {2},
                headers,
                Optional.of(4));
    }

    @Test
    void givesARecordWithoutATimeThePresent() {
        var timeless = record(7, -1);
        var next = Map.of(CONTROL, new OffsetAndMetadata(9));
        var records = new ConsumerRecords<>(Map.of(CONTROL, List.of(timeless, record(8, 60))), next);

        var timed = TimedConsumer.timed(records, 5_000);

        assertThat(timed.records(CONTROL)).extracting(ConsumerRecord::timestamp).containsExactly(5_000L, 60L);
        assertThat(timed.nextOffsets()).isEqualTo(next);
        assertThat(timed.records(CONTROL).get(0))
                .usingRecursiveComparison()
                .ignoringFields("timestamp")
                .isEqualTo(timeless);
        assertThat(timed.records(CONTROL).get(1))
                .isSameAs(records.records(CONTROL).get(1));
    }

    @Test
    @Timeout(60)
    void returnsWithoutRecordsIfThereAreNone() {
        try (var consumer =
                new TimedConsumer(Map.of("bootstrap.servers", "localhost:1"), WriterSchemas.NONE, () -> false)) {
            consumer.assign(List.of(CONTROL));
            consumer.seek(CONTROL, 0);

            assertThat(consumer.poll(Duration.ZERO).isEmpty()).isTrue();
        }
    }
}
