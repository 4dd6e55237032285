package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.topic.TopicSetup.TopicsException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Requests to Kafka about topics. If there is no answer within the time-out, they throw a {@link TopicsException}. */
final class TopicAdmin {

    private static final long VISIBLE_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Admin admin;
    private final Duration timeout;

    TopicAdmin(Admin admin, Duration timeout) {
        this.admin = admin;
        this.timeout = timeout;
    }

    /** The number of partitions of each of these topics; missing topics are left out. */
    Map<String, Integer> partitions(Collection<String> names) {
        Map<String, Integer> partitions = new HashMap<>();
        describe(names)
                .forEach((name, topic) ->
                        topic.ifPresent(t -> partitions.put(name, t.partitions().size())));
        return partitions;
    }

    /** Each topic; empty if it does not exist. */
    Map<String, Optional<TopicDescription>> describe(Collection<String> names) {
        var futures = admin.describeTopics(names, new DescribeTopicsOptions().timeoutMs((int) timeout.toMillis()))
                .topicNameValues();
        Map<String, Optional<TopicDescription>> found = new LinkedHashMap<>();
        for (String name : names) {
            try {
                found.put(name, Optional.of(await(Objects.requireNonNull(futures.get(name)))));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw unreachable(cause(e));
                }
                found.put(name, Optional.empty());
            }
        }
        return found;
    }

    /** The settings of topics; none if this user may not see them. */
    Map<ConfigResource, Config> configs(Collection<ConfigResource> topics) {
        try {
            return await(admin.describeConfigs(topics).all());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                return Map.of();
            }
            throw unreachable(cause(e));
        }
    }

    /**
     * Waits for an answer. A failure is reported with {@code failure}, except one that is as good as an answer.
     *
     * @return whether it was the answer
     */
    boolean request(KafkaFuture<Void> answer, String failure, Class<? extends Exception> asGood) {
        try {
            await(answer);
            return true;
        } catch (ExecutionException e) {
            if (!asGood.isInstance(cause(e))) {
                throw new TopicsException(failure + ": " + cause(e).getMessage(), cause(e));
            }
            return false;
        }
    }

    /** Waits until the condition holds. */
    private void awaitShown(BooleanSupplier isShown, String otherwise) {
        long end = System.nanoTime() + timeout.toNanos();
        while (!isShown.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new TopicsException(otherwise, null);
            }
            LockSupport.parkNanos(VISIBLE_CHECK_NANOS);
        }
    }

    /** The controller knows new topics at once; the brokers, which are asked here, a moment later. */
    void awaitTopics(Collection<String> names) {
        awaitShown(
                () -> describe(names).values().stream().allMatch(Optional::isPresent),
                "The topics were created, but the brokers do not show them");
    }

    /** Waits until the brokers show a topic with this many partitions, and its leaders have opened them. */
    void awaitPartitions(String topic, int count) {
        awaitShown(
                () -> partitions(List.of(topic)).getOrDefault(topic, 0) >= count,
                "Topic " + topic + " was given " + count + " partitions, but the brokers do not show them");
        awaitServed(Map.of(topic, count));
    }

    /**
     * A partition known to the brokers may not be open on its leader yet. The leader may refuse a producer's first
     * records and accept later ones, which idempotence cannot repair.
     */
    void awaitServed(Map<String, Integer> partitions) {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        partitions.forEach((name, count) -> IntStream.range(0, count)
                .forEach(partition -> ends.put(new TopicPartition(name, partition), OffsetSpec.latest())));
        try {
            // The client itself retries until each leader answers.
            await(admin.listOffsets(ends).all());
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AuthorizationException)) {
                throw unreachable(cause(e));
            }
        }
    }

    private <T> T await(KafkaFuture<T> future) throws ExecutionException {
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TopicsException("Interrupted while asking Kafka about its topics", e);
        }
    }

    private static Throwable cause(ExecutionException e) {
        return Objects.requireNonNullElse(e.getCause(), e);
    }

    private static TopicsException unreachable(Throwable cause) {
        if (cause instanceof AuthorizationException) {
            return new TopicsException(
                    "Kafka does not allow this user to see the topics: " + cause.getMessage()
                            + "; docs/security.md lists what Kafka has to allow",
                    cause);
        }
        return new TopicsException(
                "Kafka does not answer: check that the brokers of bootstrap.servers are up and can be reached ("
                        + cause.getClass().getSimpleName()
                        + (cause.getMessage() == null ? "" : ": " + cause.getMessage()) + ")",
                cause);
    }
}
