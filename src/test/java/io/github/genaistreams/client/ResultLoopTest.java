package io.github.genaistreams.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.client.ResultLine.Pending;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ResultLoopTest {

    private static final List<TopicPartition> PARTITIONS =
            List.of(new TopicPartition("results", 0), new TopicPartition("results", 1));

    private final List<String> taken = new ArrayList<>();
    private String refused = "0@1";

    @Test
    void shouldReadAgainWhatWasNotTakenWhenTakingFailed() {
        var consumer = new MockConsumer<byte[], byte[]>("earliest");
        consumer.assign(PARTITIONS);
        for (TopicPartition partition : PARTITIONS) {
            consumer.updateBeginningOffsets(Map.of(partition, 0L));
            for (int offset = 0; offset < 3; offset++) {
                consumer.addRecord(record(partition, offset));
            }
        }
        try (var loop = loop(consumer)) {
            assertThatThrownBy(() -> loop.await(Duration.ZERO))
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

            assertThat(loop.await(Duration.ZERO)).isFalse();
        }
        assertThat(taken).containsExactlyInAnyOrder("0@0", "0@1", "0@2", "1@0", "1@1", "1@2");
    }

    private static ConsumerRecord<byte[], byte[]> record(TopicPartition partition, long offset) {
        return new ConsumerRecord<>(partition.topic(), partition.partition(), offset, null, new byte[0]);
    }

    private ResultLoop loop(MockConsumer<byte[], byte[]> consumer) {
        var cluster = new Cluster(new KafkaSettings(Map.of("bootstrap.servers", "localhost:1")));
        var early = new EarlyResults(() -> consumer, Duration.ZERO, 0);
        return new ResultLoop(consumer, "results", cluster, new StoredAnswers(null), early, new Refusing(), () -> {});
    }

    private final class Refusing implements ResultLoop.Taker {

        @Override
        public void take(ConsumerRecord<byte[], byte[]> record, Queue<Pending> ready) {
            String place = record.partition() + "@" + record.offset();
            if (place.equals(refused)) {
                throw new BatchClientException(place);
            }
            taken.add(place);
        }

        @Override
        public boolean isExhausted(boolean silent, Queue<Pending> ready) {
            return false;
        }
    }
}
