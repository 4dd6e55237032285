package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.call.RequestLog;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads request partitions ahead of the stream, to find the batches of their records. It has one thread with one consumer,
 * and only while there is a partition to read. It retries after any failure, since nothing else reads ahead.
 */
final class BacklogScanner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BacklogScanner.class);

    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Small, so that many partitions do not take much memory. */
    private static final int FETCH_BYTES = 256 << 10;

    private final ConsumerOnDemand consumer;
    private final OffsetReader reader;
    private final BlockingQueue<PartitionScan> added = new LinkedBlockingQueue<>();
    private final Thread thread = new Thread(this::run, "genai-look-ahead");

    // Of the thread.
    private final Map<TopicPartition, PartitionScan> scans = new HashMap<>();
    private long lastWarning = System.nanoTime() - QUIET_NANOS;

    /**
     * @param consumers opens a consumer without a group, which goes to the first record if there is none at its offset
     * @param reader    reads records again that were found; this scanner closes it
     */
    BacklogScanner(Supplier<Consumer<byte[], byte[]>> consumers, OffsetReader reader) {
        this.consumer = new ConsumerOnDemand(consumers);
        this.reader = reader;
        thread.setDaemon(true);
        thread.start();
    }

    /** @param client settings for a consumer without a group */
    static BacklogScanner of(Map<String, Object> client, String clientId) {
        Map<String, Object> config = new HashMap<>(client);
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        // An open transaction may still be aborted.
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        // The stream handles records that were deleted before they were read.
        config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
        return new BacklogScanner(
                () -> new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()),
                OffsetReader.ofFewAtOnce(client, clientId + "-found"));
    }

    /** As {@link RequestLog#scan}. A partition has one scan at a time: a new one replaces the old one. */
    RequestLog.Scan scan(
            TopicPartition partition, long from, Function<ConsumerRecord<byte[], byte[]>, @Nullable String> batchOf) {
        var scan = new PartitionScan(partition, from, batchOf, reader);
        added.add(scan);
        return scan;
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                takeAdded();
                if (!scans.isEmpty()) {
                    work();
                }
            }
        } catch (InterruptedException | InterruptException e) {
            LOG.debug("No more partitions are read ahead of the stream");
        } catch (Error e) {
            LOG.error("Requests are no longer read ahead of the stream, until this worker is restarted", e);
        } finally {
            closeConsumer();
        }
    }

    private void takeAdded() throws InterruptedException {
        scans.values().removeIf(PartitionScan::isClosed);
        PartitionScan scan = scans.isEmpty() ? added.poll(IDLE.toMillis(), TimeUnit.MILLISECONDS) : added.poll();
        if (scan == null && scans.isEmpty()) {
            closeConsumer();
        }
        for (; scan != null; scan = added.poll()) {
            scans.put(scan.partition(), scan);
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
            closeConsumer();
            Thread.sleep(PAUSE.toMillis());
        }
    }

    private void readSome() {
        Consumer<byte[], byte[]> consumer = this.consumer.open();
        if (!consumer.assignment().equals(scans.keySet())) {
            consumer.assign(scans.keySet());
        }
        Set<TopicPartition> full = scans.values().stream()
                .filter(PartitionScan::isFull)
                .map(PartitionScan::partition)
                .collect(Collectors.toSet());
        consumer.resume(scans.keySet());
        consumer.pause(full);
        scans.forEach((partition, scan) -> {
            if (!scan.isPlaced()) {
                consumer.seek(partition, scan.position());
                scan.setPlaced(true);
            }
        });
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        scans.forEach((partition, scan) -> {
            scan.read(records.records(partition));
            // Skips aborted records and markers, and the deleted beginning of the topic.
            OffsetAndMetadata next = records.nextOffsets().get(partition);
            if (next != null) {
                scan.skipTo(next.offset());
            }
        });
    }

    private void closeConsumer() {
        scans.values().forEach(scan -> scan.setPlaced(false));
        consumer.close();
    }

    @Override
    public void close() {
        thread.interrupt();
        reader.close();
    }
}
