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
 * The partitions of the object topic that this replica owns. A replica works on the batches of its partitions. A consumer
 * group distributes the partitions over the replicas, but reads and commits nothing. For a moment, two replicas may both
 * believe that they own a partition, so doing the same work twice must be harmless. Thread-safe.
 */
final class OwnedPartitions implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OwnedPartitions.class);

    private static final Duration STEP = Duration.ofSeconds(1);

    /** Shorter, while the replica owns nothing: a replica that starts must not wait. */
    private static final Duration FIRST_STEP = Duration.ofMillis(100);

    /** A consumer without a position wakes up at this interval, and so does its heartbeat thread. */
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
    OwnedPartitions(Map<String, Object> kafka, String group, String topic, ObjectTable table) {
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

    /** Whether this replica owns the object with this ID. */
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
                // This replica must know what the previous owner has written.
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
            LOG.warn("The group of the replicas does not respond: {}", e.toString());
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

    /** Whether this replica is still a member of the group. */
    boolean isAlive() {
        return thread.isAlive() && isHeard;
    }

    /** Leaves the group, so that the other replicas take over at once. */
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
