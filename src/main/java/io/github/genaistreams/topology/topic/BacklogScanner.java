package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.call.RequestLog.Scanned;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads request partitions ahead of the stream, for the batches of their records. One thread with one consumer, which
 * exists only while there is a partition to read. It retries while Kafka is unreachable: nothing depends on it but the
 * turns of batches.
 */
final class BacklogScanner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BacklogScanner.class);

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Of each partition, so that many of them do not take much memory. */
    private static final int FETCH_BYTES = 256 << 10;

    /** A task with more of these takes them before more are read. */
    private static final int MAX_WAITING = 1_000;

    private final Map<String, Object> config;
    private final OffsetReader reader;
    private final BlockingQueue<Job> added = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::run, "genai-look-ahead");

    // Of the thread.
    private final Map<TopicPartition, Job> jobs = new HashMap<>();
    private Consumer<byte[], byte[]> consumer;
    private long lastWarning = System.nanoTime() - QUIET_NANOS;

    /** @param client settings for a consumer without a group */
    BacklogScanner(Map<String, Object> client, String clientId) {
        config = new HashMap<>(client);
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        // A record that is not committed may never be.
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        // Records that were deleted before they were read are the concern of the stream.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
        reader = OffsetReader.ofFewAtOnce(client, clientId + "-found");
        thread.setDaemon(true);
        thread.start();
    }

    /** As {@link RequestLog#scan}. A partition has one scan at a time: a second one replaces the first. */
    RequestLog.Scan scan(
            TopicPartition partition, long from, Function<ConsumerRecord<byte[], byte[]>, String> batchOf) {
        Job job = new Job(partition, from, batchOf);
        added.add(job);
        return job;
    }

    /** A partition that is read. The requesting thread takes what was found, and closes it. */
    private final class Job implements RequestLog.Scan {
        private final TopicPartition partition;
        private final Function<ConsumerRecord<byte[], byte[]>, String> batchOf;
        private final Queue<Scanned> found = new ConcurrentLinkedQueue<>();
        private final AtomicInteger waiting = new AtomicInteger();
        private volatile boolean closed;

        private final long first;

        // Of the reading thread.
        private long next;
        private boolean isPlaced;

        Job(TopicPartition partition, long from, Function<ConsumerRecord<byte[], byte[]>, String> batchOf) {
            this.partition = partition;
            this.first = from;
            this.next = from;
            this.batchOf = batchOf;
        }

        @Override
        public Scanned next() {
            Scanned run = found.poll();
            if (run != null) {
                waiting.decrementAndGet();
            }
            return run;
        }

        @Override
        public RequestLog.Reading read(List<Long> offsets) {
            return reader.read(partition, offsets);
        }

        @Override
        public void close() {
            closed = true;
            found.clear();
        }

        boolean isFull() {
            return waiting.get() >= MAX_WAITING;
        }

        void read(Iterable<ConsumerRecord<byte[], byte[]>> records) {
            String batchId = null;
            long from = 0;
            for (ConsumerRecord<byte[], byte[]> record : records) {
                // Should the topic have lost its end, the stream has read these.
                String its = record.offset() < first ? null : batchOf(record);
                // Between two records may be one that was aborted.
                if (batchId != null && (!batchId.equals(its) || record.offset() != next)) {
                    add(new Scanned(batchId, from, next));
                    batchId = null;
                }
                if (batchId == null) {
                    batchId = its;
                    from = record.offset();
                }
                next = record.offset() + 1;
            }
            if (batchId != null) {
                add(new Scanned(batchId, from, next));
            }
        }

        private String batchOf(ConsumerRecord<byte[], byte[]> record) {
            try {
                return batchOf.apply(record);
            } catch (RuntimeException e) {
                LOG.debug("The batch of a record is not known", e);
                return null;
            }
        }

        private void add(Scanned run) {
            waiting.incrementAndGet();
            found.add(run);
        }
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                takeAdded();
                if (!jobs.isEmpty()) {
                    work();
                }
            }
        } catch (InterruptedException | InterruptException e) {
            LOG.debug("No more partitions are read ahead of the stream");
        } catch (Error e) {
            LOG.error("Requests are no longer read ahead of the stream, until this worker is restarted", e);
        } finally {
            letGo();
        }
    }

    private void takeAdded() throws InterruptedException {
        jobs.values().removeIf(job -> job.closed);
        Job job = jobs.isEmpty() ? added.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS) : added.poll();
        if (job == null && jobs.isEmpty()) {
            letGo();
        }
        for (; job != null; job = added.poll()) {
            jobs.put(job.partition, job);
        }
    }

    private void work() throws InterruptedException {
        try {
            readSome();
        } catch (InterruptException e) {
            throw e;
        } catch (RuntimeException e) {
            if (System.nanoTime() - lastWarning >= QUIET_NANOS) {
                lastWarning = System.nanoTime();
                LOG.warn(
                        "Requests could not be read ahead of the stream, so small batches wait for large ones before"
                                + " them: {}. The worker tries again",
                        e.toString());
            }
            letGo();
            Thread.sleep(PAUSE.toMillis());
        }
    }

    private void readSome() {
        if (consumer == null) {
            consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        }
        if (!consumer.assignment().equals(jobs.keySet())) {
            consumer.assign(jobs.keySet());
        }
        Set<TopicPartition> full = jobs.values().stream()
                .filter(Job::isFull)
                .map(job -> job.partition)
                .collect(Collectors.toSet());
        consumer.resume(jobs.keySet());
        consumer.pause(full);
        jobs.forEach((partition, job) -> {
            if (!job.isPlaced) {
                consumer.seek(partition, job.next);
                job.isPlaced = true;
            }
        });
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        jobs.forEach((partition, job) -> {
            job.read(records.records(partition));
            // Past records that are not to be seen, and past the deleted beginning of the topic.
            OffsetAndMetadata next = records.nextOffsets().get(partition);
            job.next = next == null ? job.next : Math.max(job.next, next.offset());
        });
    }

    private void letGo() {
        if (consumer != null) {
            consumer.close(CloseOptions.timeout(Duration.ZERO));
            consumer = null;
            jobs.values().forEach(job -> job.isPlaced = false);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        reader.close();
    }
}
