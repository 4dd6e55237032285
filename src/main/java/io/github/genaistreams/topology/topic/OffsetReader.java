package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.call.RereadJob;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads records at given offsets. One thread with one consumer, which exists only while there is something to read. It
 * retries after any failure, since the items of these records wait for it.
 */
final class OffsetReader implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OffsetReader.class);

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration ANSWER = Duration.ofSeconds(15);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    /**
     * How long a broker holds a fetch that finds nothing more. The next partition's first fetch waits behind the last
     * one of the partition before.
     */
    private static final Duration FETCH_WAIT = Duration.ofMillis(20);

    /** A read of a few records fetches little besides them. */
    private static final int FEW_BYTES = 64 << 10;

    private final ConsumerOnDemand consumer;
    private final long leap;
    private final Duration pause;
    private final BlockingQueue<RereadJob> jobs = new LinkedBlockingQueue<>();
    private final Thread thread;
    private long lastWarning = System.nanoTime() - QUIET_NANOS;

    /**
     * @param consumers opens a consumer without a group, which fails at an offset that its partition does not have
     * @param leap      up to this many offsets, reading on is better than a seek
     * @param pause     after a failure
     */
    OffsetReader(Supplier<Consumer<byte[], byte[]>> consumers, long leap, Duration pause) {
        this.consumer = new ConsumerOnDemand(consumers);
        this.leap = leap;
        this.pause = pause;
        thread = new Thread(this::run, "genai-reread");
        thread.setDaemon(true);
        thread.start();
    }

    /** A reader for most records of a part of a topic. */
    static OffsetReader ofManyAtOnce(Map<String, Object> client, String clientId) {
        return of(client, clientId, 500);
    }

    /** A reader for a few records here and there. */
    static OffsetReader ofFewAtOnce(Map<String, Object> client, String clientId) {
        Map<String, Object> small = new HashMap<>(client);
        small.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FEW_BYTES);
        return of(small, clientId, 20);
    }

    private static OffsetReader of(Map<String, Object> client, String clientId, long leap) {
        Map<String, Object> config = new HashMap<>(client);
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        // The records at these offsets are committed, so this reader need not wait for open transactions.
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) FETCH_WAIT.toMillis());
        return new OffsetReader(
                () -> new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                leap,
                PAUSE);
    }

    /** As {@link RequestLog#read}. */
    RequestLog.Reading read(TopicPartition partition, List<Long> offsets) {
        RereadJob job = new RereadJob(partition, offsets);
        jobs.add(job);
        return job;
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                RereadJob job = jobs.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS);
                if (job == null) {
                    consumer.close();
                } else {
                    work(job);
                }
            }
        } catch (InterruptedException | InterruptException e) {
            LOG.debug("No more records are read again");
        } finally {
            consumer.close();
        }
    }

    private void work(RereadJob job) throws InterruptedException {
        try {
            readSome(job);
        } catch (InterruptException e) {
            throw e;
        } catch (RuntimeException e) {
            if (System.nanoTime() - lastWarning >= QUIET_NANOS) {
                lastWarning = System.nanoTime();
                LOG.warn(
                        "Open requests of {} could not be read again, and wait: {}. The worker tries again",
                        job.partition(),
                        e.toString());
            }
            consumer.close();
            Thread.sleep(pause.toMillis());
        }
        if (!job.isDone()) {
            jobs.add(job);
        }
    }

    /** Reads one partition's records until it has all of them, has enough for now, or receives nothing. */
    private void readSome(RereadJob job) throws InterruptedException {
        Long first = job.wanted();
        if (first == null || job.isDone()) {
            return;
        }
        if (job.isFull()) {
            Thread.sleep(POLL.toMillis() / 20);
            return;
        }
        Consumer<byte[], byte[]> consumer = this.consumer.open();
        consumer.assign(Set.of(job.partition()));
        consumer.seek(job.partition(), first);
        boolean comes = true;
        while (comes && !job.isDone() && !job.isFull()) {
            try {
                var records = consumer.poll(POLL).records(job.partition());
                records.forEach(job::found);
                long next = consumer.position(job.partition(), ANSWER);
                job.goneBelow(next);
                comes = !records.isEmpty();
                Long wanted = job.wanted();
                if (wanted != null && wanted - next > leap) {
                    consumer.seek(job.partition(), wanted);
                    comes = true;
                }
            } catch (OffsetOutOfRangeException e) {
                outOfRange(job, consumer);
                comes = false;
            }
        }
    }

    /** The beginning of the topic was deleted, or the topic was deleted and created again. */
    private static void outOfRange(RereadJob job, Consumer<byte[], byte[]> consumer) {
        Set<TopicPartition> it = Set.of(job.partition());
        consumer.beginningOffsets(it, ANSWER).values().forEach(job::goneBelow);
        consumer.endOffsets(it, ANSWER).values().forEach(job::goneFrom);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
