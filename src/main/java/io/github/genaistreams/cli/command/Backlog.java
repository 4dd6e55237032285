package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.worker.GenAiConfig;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** How many requests the workers have not read yet. */
final class Backlog {

    private Backlog() {}

    /** For the APIs that have a key. */
    static long of(GenAiConfig config) {
        List<String> topics = Stream.of(
                        config.hasOpenAiKey() ? Topics.RESPONSES : null,
                        config.hasDatalabKey() ? Topics.DOCUMENTS : null)
                .filter(Objects::nonNull)
                .flatMap(api ->
                        Stream.of(config.topics().requests(api), config.topics().urgent(api)))
                .toList();
        try (Admin admin = Admin.create(config.kafkaAdmin())) {
            Map<TopicPartition, OffsetSpec> wanted =
                    admin.describeTopics(topics).allTopicNames().get().values().stream()
                            .flatMap(topic -> topic.partitions().stream()
                                    .map(partition -> new TopicPartition(topic.name(), partition.partition())))
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
                        return Math.max(0, end.getValue().offset() - (position == null ? 0 : position.offset()));
                    })
                    .sum();
        } catch (ExecutionException e) {
            throw new CliException("The progress of the local Kafka could not be read: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CliException("Interrupted", e);
        }
    }
}
