package io.github.genaistreams.worker;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.ThreadMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures how many records of this worker's partitions have not been read. It asks the brokers: a consumer knows the
 * end of a partition only from its fetches, and a partition with a full lane, whose backlog matters most, is not
 * fetched. It never waits: it reports the answers when they arrive. For one thread.
 */
final class LagWatch implements Runnable, AutoCloseable {

    /** The interval at which to run it. */
    static final Duration TURN = Duration.ofSeconds(1);

    /** Minimum time between two requests about the same partitions. */
    private static final long INTERVAL_NANOS = Duration.ofSeconds(15).toNanos();

    private static final Logger LOG = LoggerFactory.getLogger(LagWatch.class);

    private final Admin admin;
    private final String group;
    private final Set<String> topics;
    private final Supplier<Collection<ThreadMetadata>> threads;
    private final Consumer<Map<TopicPartition, Long>> listener;
    private volatile Set<TopicPartition> asked = Set.of();
    private long askedAt;

    /**
     * @param topics  the topics to measure
     * @param threads the threads that have the worker's partitions
     * @param listener receives the lags, on any thread
     */
    LagWatch(
            GenAiConfig config,
            Set<String> topics,
            Supplier<Collection<ThreadMetadata>> threads,
            Consumer<Map<TopicPartition, Long>> listener) {
        this.admin = Admin.create(config.kafka().admin());
        this.group = config.getString(GenAiConfig.APPLICATION_ID);
        this.topics = Set.copyOf(topics);
        this.threads = threads;
        this.listener = listener;
    }

    @Override
    public void run() {
        try {
            measure();
        } catch (RuntimeException e) {
            // An exception would end the periodic runs.
            LOG.warn("The lags could not be requested", e);
        }
    }

    private void measure() {
        Set<TopicPartition> own = threads.get().stream()
                .flatMap(thread -> thread.activeTasks().stream())
                .flatMap(task -> task.topicPartitions().stream())
                .filter(partition -> topics.contains(partition.topic()))
                .collect(Collectors.toSet());
        long now = System.nanoTime();
        if (own.equals(asked) && (own.isEmpty() || now - askedAt < INTERVAL_NANOS)) {
            return;
        }
        asked = own;
        askedAt = now;
        if (own.isEmpty()) {
            listener.accept(Map.of());
        } else {
            request(own);
        }
    }

    private void request(Set<TopicPartition> own) {
        var starts = offsets(own, OffsetSpec.earliest());
        var ends = offsets(own, OffsetSpec.latest());
        var done = admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .toCompletionStage()
                .toCompletableFuture();
        CompletableFuture.allOf(starts, ends, done).whenComplete((nothing, failure) -> {
            if (asked != own) {
                LOG.debug("The lags arrived too late: the worker has different partitions now");
            } else if (failure == null) {
                listener.accept(lags(starts.join(), ends.join(), done.join()));
            } else {
                // The last values stay. Other log lines say that Kafka is unreachable.
                LOG.debug("The lags are unknown: {}", failure.toString());
            }
        });
    }

    private CompletableFuture<Map<TopicPartition, ListOffsetsResultInfo>> offsets(
            Set<TopicPartition> partitions, OffsetSpec which) {
        return admin.listOffsets(
                        partitions.stream().collect(Collectors.toMap(Function.identity(), partition -> which)),
                        new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                .all()
                .toCompletionStage()
                .toCompletableFuture();
    }

    /** Records deleted by retention do not count as backlog. Some partitions have no position yet. */
    private static Map<TopicPartition, Long> lags(
            Map<TopicPartition, ListOffsetsResultInfo> starts,
            Map<TopicPartition, ListOffsetsResultInfo> ends,
            Map<TopicPartition, OffsetAndMetadata> done) {
        Map<TopicPartition, Long> lags = new HashMap<>();
        ends.forEach((partition, end) -> {
            long start = Objects.requireNonNull(starts.get(partition)).offset();
            OffsetAndMetadata next = done.get(partition);
            lags.put(partition, Math.max(0, end.offset() - (next == null ? start : Math.max(start, next.offset()))));
        });
        return lags;
    }

    @Override
    public void close() {
        admin.close(Duration.ZERO);
    }
}
