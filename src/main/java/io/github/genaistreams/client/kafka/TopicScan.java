package io.github.genaistreams.client.kafka;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Reads a topic from its beginning to its current end. */
public final class TopicScan {

    private TopicScan() {}

    /**
     * Passes every record of every partition to {@code reader}. Records of a partition are in order.
     *
     * @param consumer assigned to the topic here, and read to the end
     * @param silence  how long the cluster may return nothing
     * @throws TimeoutException if it returns nothing for longer
     */
    public static void scan(
            Consumer<byte[], byte[]> consumer,
            String topic,
            int partitions,
            Duration silence,
            java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        List<TopicPartition> all = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
        consumer.assign(all);
        // An earlier scan by this consumer has paused the partitions.
        consumer.resume(all);
        consumer.seekToBeginning(all);
        Map<TopicPartition, Long> ends = consumer.endOffsets(all);
        Set<TopicPartition> open = new HashSet<>(all);
        var cluster = new PatientPoll(consumer, silence);
        while (true) {
            List<TopicPartition> read = open.stream()
                    .filter(partition -> consumer.position(partition) >= Offsets.of(partition, ends))
                    .toList();
            consumer.pause(read);
            read.forEach(open::remove);
            if (open.isEmpty()) {
                return;
            }
            for (ConsumerRecord<byte[], byte[]> record : cluster.poll()) {
                reader.accept(record);
            }
        }
    }
}
