package io.github.genaistreams.client.kafka;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/** Reads the first and the last offset of a partition. */
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

    /** The offset in Kafka's answer, which has every requested partition. */
    public static long of(TopicPartition partition, Map<TopicPartition, Long> answer) {
        return Objects.requireNonNull(answer.get(partition));
    }
}
