package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.call.RereadJob;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads open requests again from their topics when a task begins. One thread with one consumer, which exists only while
 * there is something to read. It retries while Kafka is unreachable. A {@link BacklogScanner} reads ahead.
 */
public final class TopicReader implements RequestLog, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration ANSWER = Duration.ofSeconds(15);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Up to this many offsets, reading on is faster than a seek. */
    private static final long LEAP = 500;

    private final Map<String, Object> config;
    private final TopicRetention retention = new TopicRetention();
    private final BlockingQueue<RereadJob> jobs = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::run, "genai-reread");
    private final BacklogScanner scanner;
    private Consumer<byte[], byte[]> consumer;
    private long lastWarning = System.nanoTime() - QUIET_NANOS;

    /** @param client settings for Kafka's clients, {@code bootstrap.servers} among them */
    public TopicReader(Map<String, Object> client, String clientId) {
        config = new HashMap<>(client);
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        // The records of a task's open items are committed, so this reader need not wait for open transactions.
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.keySet().removeAll(List.of(ConsumerConfig.GROUP_ID_CONFIG, ConsumerConfig.GROUP_INSTANCE_ID_CONFIG));
        scanner = new BacklogScanner(config, clientId + "-ahead");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Reads the retention of these topics. A topic whose retention may not be read counts as unsafe.
     *
     * @throws KafkaException if Kafka does not answer
     */
    public void look(Admin admin, Set<String> topics) {
        try {
            admin.describeConfigs(topics.stream()
                            .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                            .toList())
                    .values()
                    .forEach((topic, answer) -> {
                        try {
                            retention.put(topic.name(), answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS));
                        } catch (ExecutionException | TimeoutException e) {
                            LOG.debug("The retention of {} could not be read", topic.name(), e);
                        } catch (InterruptedException e) {
                            throw new InterruptException(e);
                        }
                    });
        } catch (InterruptException e) {
            Thread.currentThread().interrupt();
            throw e;
        }
    }

    @Override
    public boolean keeps(String topic, long timestamp, long now) {
        return retention.keeps(topic, timestamp, now);
    }

    @Override
    public Reading read(TopicPartition partition, List<Long> offsets) {
        RereadJob job = new RereadJob(partition, offsets);
        jobs.add(job);
        return job;
    }

    @Override
    public Scan scan(TopicPartition partition, long from, Function<ConsumerRecord<byte[], byte[]>, String> batchOf) {
        return scanner.scan(partition, from, batchOf);
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                RereadJob job = jobs.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
                if (job == null) {
                    letGo();
                } else {
                    work(job);
                }
            }
        } catch (InterruptedException | InterruptException e) {
            LOG.debug("No more records are read again");
        } finally {
            letGo();
        }
    }

    private void work(RereadJob job) throws InterruptedException {
        try {
            readSome(job);
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            if (System.nanoTime() - lastWarning >= QUIET_NANOS) {
                lastWarning = System.nanoTime();
                LOG.warn(
                        "Open requests of {} could not be read again, and wait: {}. The worker tries again",
                        job.partition(),
                        e.getMessage());
            }
            letGo();
            Thread.sleep(PAUSE.toMillis());
        }
        if (!job.isDone()) {
            jobs.add(job);
        }
    }

    /** Reads one partition's records until it has all of them, has enough for now, or receives nothing. */
    private void readSome(RereadJob job) throws InterruptedException {
        if (job.isDone()) {
            return;
        }
        if (job.isFull()) {
            Thread.sleep(POLL.toMillis() / 20);
            return;
        }
        if (consumer == null) {
            consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }
        consumer.assign(Set.of(job.partition()));
        consumer.seek(job.partition(), job.wanted());
        boolean comes = true;
        while (comes && !job.isDone() && !job.isFull()) {
            try {
                var records = consumer.poll(POLL).records(job.partition());
                records.forEach(job::found);
                long next = consumer.position(job.partition(), ANSWER);
                job.goneBelow(next);
                comes = !records.isEmpty();
                if (job.wanted() != null && job.wanted() - next > LEAP) {
                    consumer.seek(job.partition(), job.wanted());
                    comes = true;
                }
            } catch (OffsetOutOfRangeException e) {
                outOfRange(job);
                comes = false;
            }
        }
    }

    /** The beginning of the topic was deleted, or the topic was deleted and created again. */
    private void outOfRange(RereadJob job) {
        Set<TopicPartition> it = Set.of(job.partition());
        job.goneBelow(consumer.beginningOffsets(it, ANSWER).get(job.partition()));
        job.goneFrom(consumer.endOffsets(it, ANSWER).get(job.partition()));
    }

    private void letGo() {
        if (consumer != null) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
            consumer = null;
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        scanner.close();
    }
}
