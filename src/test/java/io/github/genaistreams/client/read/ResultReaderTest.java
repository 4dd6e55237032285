package io.github.genaistreams.client.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.client.kafka.KafkaSettings;
import io.github.genaistreams.client.kafka.OpenResources;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ResultReaderTest {

    private static final List<TopicPartition> PARTITIONS =
            List.of(new TopicPartition("results", 0), new TopicPartition("results", 1));

    private final List<String> taken = new ArrayList<>();
    private String refused = "0@1";
    private boolean wanted;

    @Test
    void readsAgainWhatWasNotTakenWhenTakingFailed() {
        var consumer = new MockConsumer<byte[], byte[]>("earliest");
        consumer.assign(PARTITIONS);
        for (TopicPartition partition : PARTITIONS) {
            consumer.updateBeginningOffsets(Map.of(partition, 0L));
            for (int offset = 0; offset < 3; offset++) {
                consumer.addRecord(record(partition, offset));
            }
        }
        try (var reader = reader(consumer)) {
            assertThatThrownBy(() -> reader.poll(Duration.ZERO))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessage("0@1");
            // A mock gives a record once; Kafka gives it again from the position on.
            assertThat(taken).doesNotContain("0@1", "0@2");
            for (TopicPartition partition : PARTITIONS) {
                for (long offset = consumer.position(partition); offset < 3; offset++) {
                    consumer.addRecord(record(partition, offset));
                }
            }
            refused = null;

            assertThat(reader.poll(Duration.ZERO)).isEmpty();
        }
        assertThat(taken).containsExactlyInAnyOrder("0@0", "0@1", "0@2", "1@0", "1@1", "1@2");
    }

    @Test
    void givesAResultThatCouldNotBeReadAtFirst() {
        var consumer = new MockConsumer<byte[], byte[]>("earliest");
        consumer.assign(PARTITIONS);
        PARTITIONS.forEach(partition -> consumer.updateBeginningOffsets(Map.of(partition, 0L)));
        CallResult result = CallResult.builder(new ItemKey("b", 0), "responses")
                .success(true)
                .outputText("answer")
                .submittedAt(Instant.EPOCH)
                .completedAt(Instant.EPOCH)
                .build();
        var record = new ConsumerRecord<>(
                "results", 0, 0, ItemKeys.encode(result.key()), Codecs.CALL_RESULT.encode(result, WireFormat.JSON));
        refused = null;
        wanted = true;
        consumer.addRecord(record);
        byte[] value = record.value();
        byte first = value[0];
        try (var reader = reader(consumer)) {
            assertThat(reader.hasNext()).isTrue();
            // Neither whole nor without its answer.
            value[0] = 'x';
            assertThatThrownBy(reader::next).isInstanceOf(RuntimeException.class);
            value[0] = first;

            assertThat(reader.next().outputText()).isEqualTo("answer");
            assertThat(reader.hasNext()).isFalse();
        }
    }

    private static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset) {
        return new ConsumerRecord<>(partition.topic(), partition.partition(), offset, null, new byte[0]);
    }

    private boolean takes(ConsumerRecord<byte[], byte[]> record) {
        String place = record.partition() + "@" + record.offset();
        if (place.equals(refused)) {
            throw new BatchClientException(place);
        }
        taken.add(place);
        return wanted;
    }

    private ResultReader reader(MockConsumer<byte[], byte[]> consumer) {
        var settings = new KafkaSettings(Map.of("bootstrap.servers", "localhost:1"));
        var cluster = new Cluster(settings);
        var open = new OpenResources();
        var topic = new ResultTopic(
                settings,
                cluster,
                WriterSchemas.NONE,
                Topics.withDefaultPrefix(),
                null,
                new Statuses(settings, cluster, WriterSchemas.NONE, "batches"),
                open,
                0);
        var early = new EarlyResults(10_000);
        var cursor = new BatchCursor(
                new SeenBatch("b", null, 1, null),
                Selection.follow(true).only(Integer.MAX_VALUE, this::takes),
                PARTITIONS.get(0),
                0,
                Long.MAX_VALUE,
                topic,
                new LookAhead(topic, Map.of(PARTITIONS.get(0), 0L), Set.of()),
                early);
        return new ResultReader(topic, consumer, early, List.of(cursor), open);
    }
}
