package io.github.genaistreams.client.read;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.WireException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest status of every batch, kept up to date by one thread with one consumer for any number of followed batches.
 * Reads the partitions of the batch topic that contain a requested batch. Thread-safe.
 */
public final class StatusFeed implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StatusFeed.class);
    private static final Duration STEP = Duration.ofSeconds(1);
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private final Consumer<byte[], byte[]> consumer;
    private final Codec<BatchStatus> codec;
    private final String topic;
    private final int partitions;
    private final Duration answerTimeout;
    private final Thread thread;
    private final Map<String, BatchStatus> latest = new ConcurrentHashMap<>();
    private final Map<String, List<Listener>> listeners = new ConcurrentHashMap<>();

    /** The partitions being read, and when each was read to its first known end. */
    private final Map<Integer, CompletableFuture<Void>> caughtUp = new ConcurrentHashMap<>();

    private final Map<TopicPartition, Long> ends = new HashMap<>();
    private volatile long lastMove = System.nanoTime();
    private volatile boolean closed;
    private volatile @Nullable Throwable end;

    /** Listener for one batch, called on the feed's thread: it must be quick, and must not throw. */
    public interface Listener {

        /** A new status, or the latest one at the start. */
        void status(BatchStatus status);

        /** No more statuses will come. */
        void ended(Throwable why);
    }

    /** Does not read yet. */
    StatusFeed(
            Consumer<byte[], byte[]> consumer,
            Codec<BatchStatus> codec,
            String topic,
            int partitions,
            Duration answerTimeout) {
        this.consumer = consumer;
        this.codec = codec;
        this.topic = topic;
        this.partitions = partitions;
        this.answerTimeout = answerTimeout;
        this.thread = new Thread(this::run, "genai-status");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        Throwable why = new BatchClientException("The client was closed");
        try (consumer) {
            while (!closed) {
                turn();
            }
        } catch (RuntimeException e) {
            why = e;
        } finally {
            end(why);
        }
    }

    private void turn() {
        try {
            assign();
            ends.forEach((partition, at) -> {
                if (consumer.position(partition) >= at) {
                    caughtUp(partition.partition()).complete(null);
                }
            });
            if (ends.isEmpty()) {
                LockSupport.parkNanos(this, STEP.toNanos());
            } else {
                consumer.poll(STEP).forEach(this::take);
            }
        } catch (WakeupException e) {
            // Closed, or another partition was requested.
        } catch (RetriableException e) {
            LOG.debug("The batch topic could not be read: {}", e.getMessage());
            LockSupport.parkNanos(this, PAUSE_NANOS);
        }
    }

    private void assign() {
        List<TopicPartition> more = caughtUp.keySet().stream()
                .map(partition -> new TopicPartition(topic, partition))
                .filter(partition -> !ends.containsKey(partition))
                .toList();
        if (more.isEmpty()) {
            return;
        }
        List<TopicPartition> all = new ArrayList<>(ends.keySet());
        all.addAll(more);
        consumer.assign(all);
        consumer.seekToBeginning(more);
        ends.putAll(consumer.endOffsets(more));
    }

    private void end(Throwable why) {
        closed = true;
        end = why;
        caughtUp.values().forEach(future -> future.completeExceptionally(why));
        listeners.keySet().forEach(batchId -> {
            List<Listener> of = listeners.remove(batchId);
            if (of != null) {
                of.forEach(listener -> listener.ended(why));
            }
        });
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        lastMove = System.nanoTime();
        if (record.key() == null) {
            return;
        }
        String batchId = new String(record.key(), UTF_8);
        if (record.value() == null) {
            latest.remove(batchId);
            return;
        }
        try {
            BatchStatus status = codec.decode(record.value());
            if (!isWhole(status, batchId)) {
                throw new WireException(
                        "it does not come from a worker: a field is missing, or it belongs to another batch");
            }
            latest.put(batchId, status);
            listeners.getOrDefault(batchId, List.of()).forEach(listener -> listener.status(status));
        } catch (WireException e) {
            LOG.atWarn()
                    .addKeyValue("batch", batchId)
                    .log("A status that cannot be read is skipped: {}", e.getMessage());
        }
    }

    private static boolean isWhole(BatchStatus status, String batchId) {
        return batchId.equals(status.batchId())
                && status.api() != null
                && status.state() != null
                && status.usage() != null
                && status.cost() != null
                && status.submittedAt() != null
                && status.firstResultAt() != null
                && status.lastResultAt() != null;
    }

    /** Whether the feed has ended, closed or failed. */
    boolean isOver() {
        return closed;
    }

    /** The latest statuses by batch, up to date at the time of this call. */
    public Map<String, BatchStatus> all() {
        IntStream.range(0, partitions).forEach(this::read);
        IntStream.range(0, partitions).forEach(this::awaitCaughtUp);
        return Map.copyOf(latest);
    }

    public Optional<BatchStatus> of(String batchId) {
        int partition = partition(batchId);
        read(partition);
        awaitCaughtUp(partition);
        return Optional.ofNullable(latest.get(batchId));
    }

    private int partition(String batchId) {
        return BatchPartitioner.partition(batchId, partitions);
    }

    /** From now on, reads this partition as well. */
    private void read(int partition) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        if (caughtUp.putIfAbsent(partition, future) != null) {
            return;
        }
        if (closed) {
            future.completeExceptionally(why());
        }
        consumer.wakeup();
        LockSupport.unpark(thread);
    }

    /** When a partition that is being read was read to its first known end. */
    private CompletableFuture<Void> caughtUp(int partition) {
        return Objects.requireNonNull(caughtUp.get(partition));
    }

    private Throwable why() {
        Throwable why = end;
        return why == null ? new BatchClientException("The client was closed") : why;
    }

    /** Waits until a partition was read to its first known end. There is no limit while it makes progress. */
    private void awaitCaughtUp(int partition) {
        while (true) {
            try {
                caughtUp(partition).get(answerTimeout.toMillis(), TimeUnit.MILLISECONDS);
                return;
            } catch (ExecutionException e) {
                Throwable why = Objects.requireNonNull(e.getCause());
                throw new BatchClientException(String.valueOf(why.getMessage()), why);
            } catch (TimeoutException e) {
                if (System.nanoTime() - lastMove > answerTimeout.toNanos()) {
                    throw new BatchClientException("The batch topic could not be read within " + answerTimeout, e);
                }
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        }
    }

    /** Follows a batch from now on, starting with its known status. A status may be reported twice. */
    public void listen(String batchId, Listener listener) {
        listeners.compute(batchId, (id, of) -> {
            List<Listener> all = of == null ? new CopyOnWriteArrayList<>() : of;
            all.add(listener);
            return all;
        });
        read(partition(batchId));
        BatchStatus known = latest.get(batchId);
        if (known != null) {
            listener.status(known);
        }
        if (closed) {
            listener.ended(why());
        }
    }

    public void forget(String batchId, Listener listener) {
        listeners.computeIfPresent(batchId, (id, of) -> {
            of.remove(listener);
            return of.isEmpty() ? null : of;
        });
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        LockSupport.unpark(thread);
        try {
            if (Thread.currentThread() != thread) {
                thread.join(answerTimeout.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
