package io.github.genaistreams.worker;

import io.github.genaistreams.topology.GenAiTopology;
import io.github.genaistreams.topology.call.Outbox;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Checks whether a group of workers that has run before can continue from its position. Two things may prevent this:
 *
 * <ul>
 * <li>The committed offsets of the group have expired (by default, brokers keep them for seven days after the last
 * worker has ended). The group would read every request on the topic again, and pay for it again.
 * <li>{@code record.max.bytes} was raised. Kafka Streams does not change the limit of an existing changelog, and would
 * fail at the first larger request.
 * </ul>
 */
final class JournalCheck {

    private final Admin admin;
    private final String applicationId;
    private final Duration timeout;

    JournalCheck(Admin admin, String applicationId, Duration timeout) {
        this.admin = admin;
        this.applicationId = applicationId;
        this.timeout = timeout;
    }

    /** @throws WorkerException if it cannot continue; the message says what to do */
    void check(String api, String requests, int partitions, int recordMaxBytes) {
        String changelog = GenAiTopology.changelog(applicationId, api);
        Optional<Integer> recordLimit = recordLimit(changelog);
        if (recordLimit.isEmpty()) {
            return;
        }
        int needed = recordMaxBytes + Outbox.ENVELOPE_BYTES;
        if (recordLimit.get() < needed) {
            throw new WorkerException("The journal topic " + changelog + " takes records of " + recordLimit.get()
                    + " bytes at most, but " + GenAiConfig.RECORD_MAX_BYTES + "=" + recordMaxBytes + " needs "
                    + needed + ": kafka-configs.sh --alter --entity-type topics --entity-name " + changelog
                    + " --add-config max.message.bytes=" + needed);
        }
        Set<Integer> forgotten = new TreeSet<>();
        GenAiTopology.changelogs(applicationId, api)
                .forEach(written -> forgotten.addAll(forgotten(written, requests, partitions)));
        if (!forgotten.isEmpty()) {
            throw new WorkerException("The group " + applicationId + " has worked on " + requests
                    + " before, but its position in partition"
                    + (forgotten.size() == 1 ? " " : "s ")
                    + forgotten.stream().map(String::valueOf).collect(Collectors.joining(", "))
                    + " has expired: without a position, it would call requests again that were answered long"
                    + " ago. Set the position, for example: kafka-consumer-groups.sh --reset-offsets --group "
                    + applicationId
                    + " --topic "
                    + requests + " --to-latest --execute; to process all requests again, set another "
                    + GenAiConfig.APPLICATION_ID);
        }
    }

    /** Largest record that the topic takes; empty if the topic is missing or this user may not read its settings. */
    private Optional<Integer> recordLimit(String topic) {
        try {
            var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            var config = Objects.requireNonNull(
                    await(admin.describeConfigs(List.of(resource)).all()).get(resource));
            return Optional.of(Integer.parseInt(
                    config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value()));
        } catch (ExecutionException e) {
            return orElseThrow(e);
        }
    }

    private List<Integer> forgotten(String changelog, String requests, int partitions) {
        if (isAtWork()) {
            return List.of();
        }
        try {
            Map<TopicPartition, OffsetAndMetadata> committed =
                    await(admin.listConsumerGroupOffsets(applicationId).partitionsToOffsetAndMetadata());
            Map<TopicPartition, OffsetSpec> ends = IntStream.range(0, partitions)
                    .filter(p -> committed.get(new TopicPartition(requests, p)) == null)
                    .mapToObj(p -> new TopicPartition(changelog, p))
                    .collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest()));
            return ends.isEmpty()
                    ? List.of()
                    : await(admin.listOffsets(ends).all()).entrySet().stream()
                            .filter(end -> end.getValue().offset() > 0)
                            .map(end -> end.getKey().partition())
                            .toList();
        } catch (ExecutionException e) {
            return this.<List<Integer>>orElseThrow(e).orElse(List.of());
        }
    }

    /**
     * Whether the group has members. The offsets of such a group do not expire. A group that has just started may have
     * written to its journal before its first commit is visible.
     */
    private boolean isAtWork() {
        try {
            return await(admin.describeConsumerGroups(List.of(applicationId)).all()).values().stream()
                    .anyMatch(group -> !group.members().isEmpty());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return false;
            }
            return this.<Boolean>orElseThrow(e).orElse(false);
        }
    }

    /** Empty if there is nothing to check or the permission is missing. Kafka Streams reports what it needs. */
    private <T> Optional<T> orElseThrow(ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        if (cause instanceof UnknownTopicOrPartitionException || cause instanceof AuthorizationException) {
            return Optional.empty();
        }
        throw new WorkerException("Kafka did not answer a request about the journal: " + cause.getMessage(), cause);
    }

    private <T> T await(KafkaFuture<T> future) throws ExecutionException {
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // The exception of a future has no message.
            throw new ExecutionException(new TimeoutException("no answer within " + timeout.toMillis() + " ms"));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExecutionException(new InterruptedException("the wait was interrupted"));
        }
    }
}
