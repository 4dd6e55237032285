package io.github.genaistreams.client.kafka;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/** Offsets of partitions. Kafka answers for every partition that it is asked about. */
public final class Offsets {

    private Offsets() {}

    /** The offset of the first record that is still there. */
    public static long beginning(Consumer<?, ?> consumer, TopicPartition partition) {
        return of(partition, consumer.beginningOffsets(List.of(partition)));
    }

    /** The offset after the last record. */
    public static long end(Consumer<?, ?> consumer, TopicPartition partition) {
        return of(partition, consumer.endOffsets(List.of(partition)));
    }

    /** Kafka's answer for a partition that was asked about. */
    public static long of(TopicPartition partition, Map<TopicPartition, Long> answer) {
        return Objects.requireNonNull(answer.get(partition));
    }
}
