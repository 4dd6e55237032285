package io.github.genaistreams.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest status of every batch that the batch topic knows, kept up to date by one thread with one consumer, however many
 * batches are followed. Thread-safe.
 */
final class StatusFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StatusFeed.class);
    private static final Duration STEP = Duration.ofSeconds(1);

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final Duration answerTimeout;
    private final Thread thread;
    private final Map<String, BatchStatus> latest = new ConcurrentHashMap<>();
    private final Map<String, List<Listener>> listeners = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
    private volatile boolean closed;

    /** Hears of one batch, on the feed's thread: must be quick, and not throw. */
    interface Listener {

        /** There is news, or this is the latest there was. */
        void status(BatchStatus status);

        /** There will be none any more. */
        void ended(Throwable why);
    }

    /** Starts to read the topic from its beginning, which compaction keeps short. */
    StatusFeed(Consumer<byte[], byte[]> consumer, String topic, int partitions, Duration answerTimeout) {
        this.consumer = consumer;
        this.topic = topic;
        this.answerTimeout = answerTimeout;
        this.thread = new Thread(() -> run(partitions), "genai-status");
        thread.setDaemon(true);
        thread.start();
    }

    private void run(int partitions) {
        Throwable end = new BatchClientException("The client was closed");
        try (consumer) {
            List<TopicPartition> all = IntStream.range(0, partitions)
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            while (!closed) {
                boolean isThere =
                        all.stream().allMatch(partition -> consumer.position(partition) >= ends.get(partition));
                if (isThere) {
                    caughtUp.complete(null);
                }
                consumer.poll(STEP).forEach(this::take);
            }
        } catch (WakeupException e) {
            // Closed.
        } catch (RuntimeException e) {
            end = e;
        } finally {
            closed = true;
            end(end);
        }
    }

    private void end(Throwable why) {
        caughtUp.completeExceptionally(why);
        listeners.values().forEach(of -> of.forEach(listener -> listener.ended(why)));
        listeners.clear();
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        if (record.key() == null) {
            return;
        }
        String batchId = new String(record.key(), UTF_8);
        if (record.value() == null) {
            latest.remove(batchId);
            return;
        }
        try {
            BatchStatus status = Codecs.BATCH_STATUS.decode(record.value());
            latest.put(batchId, status);
            listeners.getOrDefault(batchId, List.of()).forEach(listener -> listener.status(status));
        } catch (WireException e) {
            LOG.atWarn()
                    .addKeyValue("batch", batchId)
                    .log("A status that cannot be read is skipped: {}", e.getMessage());
        }
    }

    /** The latest statuses by batch, as of the time of the question or later. */
    Map<String, BatchStatus> all() {
        awaitCaughtUp();
        return Map.copyOf(latest);
    }

    Optional<BatchStatus> of(String batchId) {
        awaitCaughtUp();
        return Optional.ofNullable(latest.get(batchId));
    }

    private void awaitCaughtUp() {
        try {
            caughtUp.get(answerTimeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new BatchClientException(String.valueOf(e.getCause().getMessage()), e.getCause());
        } catch (TimeoutException e) {
            throw new BatchClientException("The batch topic was not read to its end within " + answerTimeout, e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** Tells of a batch from now on, and first of what is known; a status may be told twice. */
    void listen(String batchId, Listener listener) {
        listeners.computeIfAbsent(batchId, id -> new CopyOnWriteArrayList<>()).add(listener);
        BatchStatus known = latest.get(batchId);
        if (known != null) {
            listener.status(known);
        }
        if (closed) {
            listener.ended(new BatchClientException("The client was closed"));
        }
    }

    void forget(String batchId, Listener listener) {
        listeners.computeIfPresent(batchId, (id, of) -> {
            of.remove(listener);
            return of.isEmpty() ? null : of;
        });
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(answerTimeout.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
