package io.github.genaistreams.cli;

import io.github.genaistreams.worker.GenAiConfig;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** How many requests the workers have not read yet. */
final class Backlog {

    private Backlog() {}

    static long of(GenAiConfig config) {
        String topic = config.topics().requests("responses");
        try (Admin admin = Admin.create(config.kafkaAdmin())) {
            int partitions = admin.describeTopics(List.of(topic))
                    .topicNameValues()
                    .get(topic)
                    .get()
                    .partitions()
                    .size();
            Map<TopicPartition, OffsetSpec> wanted = IntStream.range(0, partitions)
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .collect(Collectors.toMap(Function.identity(), partition -> OffsetSpec.latest()));
            Map<TopicPartition, OffsetAndMetadata> read = admin.listConsumerGroupOffsets(
                            config.getString(GenAiConfig.APPLICATION_ID))
                    .partitionsToOffsetAndMetadata()
                    .get();
            Map<TopicPartition, ListOffsetsResultInfo> ends =
                    admin.listOffsets(wanted).all().get();
            return ends.entrySet().stream()
                    .mapToLong(end -> {
                        OffsetAndMetadata position = read.get(end.getKey());
                        return end.getValue().offset() - (position == null ? 0 : position.offset());
                    })
                    .sum();
        } catch (ExecutionException e) {
            throw new CliException("The local Kafka does not tell how far it is: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException("Interrupted", e);
        }
    }
}
