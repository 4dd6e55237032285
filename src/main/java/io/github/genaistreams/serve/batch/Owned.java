package io.github.genaistreams.serve.batch;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The partitions of the object topic on whose batches this replica works: the group of the replicas shares them. It is
 * a lease and no more: nothing is read or committed by the group. Two replicas may believe for a moment that a partition
 * is theirs, so work must be harmless when it is done twice. Thread-safe.
 */
final class Owned implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Owned.class);

    private static final Duration STEP = Duration.ofSeconds(1);

    /** While there is nothing to work on: a replica that starts shall not wait. */
    private static final Duration FIRST_STEP = Duration.ofMillis(100);

    /** A consumer without a position wakes up as often, and so does its heartbeat's thread. */
    private static final int BACKOFF_MS = 500;

    private static final int SESSION_MS = 10_000;
    private static final long PAUSE_MS = 1_000;

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final ObjectTable table;
    private final String topic;
    private final Thread thread;
    private final Set<Integer> partitions = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private volatile boolean isHeard = true;

    /** @param kafka properties of Kafka's clients */
    Owned(Map<String, Object> kafka, String group, String topic, ObjectTable table) {
        this.table = table;
        this.topic = topic;
        Map<String, Object> settings = new HashMap<>(kafka);
        settings.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        settings.put(ConsumerConfig.CLIENT_ID_CONFIG, group);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
        settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MS);
        settings.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, SESSION_MS / 4);
        settings.put(ConsumerConfig.RETRY_BACKOFF_MS_CONFIG, BACKOFF_MS);
        settings.put(ConsumerConfig.RETRY_BACKOFF_MAX_MS_CONFIG, BACKOFF_MS);
        settings.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        this.consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.thread = new Thread(this::run, group);
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether this replica works on what has this ID. */
    boolean has(String id) {
        return partitions.contains(table.partition(id));
    }

    private void run() {
        try (consumer) {
            consumer.subscribe(Set.of(topic), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
                    consumer.pause(assigned);
                }

                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
                    revoked.forEach(partition -> partitions.remove(partition.partition()));
                }
            });
            while (!closed) {
                turn();
            }
        } catch (WakeupException e) {
            // Closed.
        } catch (RuntimeException e) {
            LOG.error("This replica no longer works on batches", e);
        } finally {
            partitions.clear();
        }
    }

    private void turn() {
        try {
            consumer.poll(partitions.isEmpty() ? FIRST_STEP : STEP);
            isHeard = true;
            List<TopicPartition> assigned = consumer.assignment().stream()
                    .filter(partition -> !partitions.contains(partition.partition()))
                    .toList();
            if (!assigned.isEmpty()) {
                // What the owner before has written is known before its work goes on.
                table.awaitRead(consumer.endOffsets(assigned));
                assigned.forEach(partition -> partitions.add(partition.partition()));
            }
        } catch (WakeupException e) {
            throw e;
        } catch (RuntimeException e) {
            if (closed) {
                return;
            }
            isHeard = false;
            LOG.warn("The group of the front door does not respond: {}", e.toString());
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether it still takes part. */
    boolean isAlive() {
        return thread.isAlive() && isHeard;
    }

    /** Leaves the group, so that the others take over at once. */
    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(Duration.ofMillis(SESSION_MS).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
