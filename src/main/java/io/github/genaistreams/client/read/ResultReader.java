package io.github.genaistreams.client.read;

import io.github.genaistreams.client.kafka.OpenResources;
import io.github.genaistreams.client.read.EarlyResults.Pending;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.ItemKeys;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Results of one batch or of several, read by one consumer. The results of each batch come in index order, each index
 * once; those of different batches as they arrive. Ends when all batches are over.
 *
 * <p>Threads and memory: see {@link BatchResults}.
 */
public final class ResultReader implements Iterator<CallResult>, AutoCloseable {

    private static final Duration FOREVER = Duration.ofDays(1_000);
    private static final Duration STEP = Duration.ofSeconds(1);
    private static final CloseOptions SOON = CloseOptions.timeout(Duration.ofMillis(150));

    private final ResultTopic topic;
    private final Consumer<byte[], byte[]> consumer;
    private final EarlyResults early;
    private final OpenResources open;

    /** Batches that are not complete, by batch ID. */
    private final Map<String, BatchCursor> cursors = new HashMap<>();

    private final ReentrantLock reading = new ReentrantLock();
    private final Queue<Pending> ready = new ArrayDeque<>();
    private volatile boolean closed;
    private boolean exhausted;

    /**
     * @param consumer assigned to the partitions of its batches, at their start positions; closed here
     * @param early    closed here
     */
    ResultReader(
            ResultTopic topic,
            Consumer<byte[], byte[]> consumer,
            EarlyResults early,
            Collection<BatchCursor> batches,
            OpenResources open) {
        this.topic = topic;
        this.consumer = consumer;
        this.early = early;
        this.open = open;
        batches.forEach(cursor -> cursors.put(cursor.batchId(), cursor));
    }

    /** Waits until there is a result, or until no more will come: all batches are over, or this was closed. */
    @Override
    public boolean hasNext() {
        return await(FOREVER);
    }

    @Override
    public CallResult next() {
        return poll(FOREVER).orElseThrow(() -> new NoSuchElementException("there are no more results"));
    }

    /** The next result if one comes within {@code wait}; empty if none came in time or none will come. */
    public Optional<CallResult> poll(Duration wait) {
        return await(wait) ? take() : Optional.empty();
    }

    /** The next result; empty if this was closed. If this throws, nothing has changed, and the next call tries again. */
    private Optional<CallResult> take() {
        Pending next;
        CallResult result;
        reading.lock();
        try {
            if (closed) {
                return Optional.empty();
            }
            next = ready.element();
            result = next.cursor().read(next);
        } finally {
            reading.unlock();
        }
        // Outside of the lock: fetching an answer may take long, and `close` must not wait for it.
        CallResult whole = next.cursor().wantsAnswers() ? topic.answers().resolve(result) : result;
        reading.lock();
        try {
            if (closed) {
                return Optional.empty();
            }
            next.cursor().given(ready.remove(), whole);
            return Optional.of(whole);
        } finally {
            reading.unlock();
        }
    }

    /** Whether a result came within {@code wait}; false if none will come. */
    private boolean await(Duration wait) {
        long start = System.nanoTime();
        while (!closed && ready.isEmpty() && !exhausted) {
            Duration left = wait.minusNanos(System.nanoTime() - start);
            read(left.isNegative() ? Duration.ZERO : left.compareTo(STEP) < 0 ? left : STEP);
            if (ready.isEmpty() && left.isNegative()) {
                break;
            }
        }
        if (exhausted && ready.isEmpty()) {
            close();
        }
        return !closed && !ready.isEmpty();
    }

    private void read(Duration wait) {
        reading.lock();
        try {
            if (!closed) {
                topic.asking(() -> pollUnlessClosed(wait));
            }
        } finally {
            reading.unlock();
        }
    }

    private void pollUnlessClosed(Duration wait) {
        try {
            pollOnce(wait);
        } catch (WakeupException e) {
            if (!closed) {
                throw e;
            }
        }
    }

    private void pollOnce(Duration wait) {
        var left = new ArrayDeque<ConsumerRecord<byte[], byte[]>>();
        consumer.poll(wait).forEach(left::add);
        try {
            while (!left.isEmpty()) {
                accept(left.element());
                left.remove();
            }
        } catch (RuntimeException e) {
            // Seeks back, so that the next read gets them. In reverse order, so that the first record of each partition
            // counts.
            left.descendingIterator()
                    .forEachRemaining(record ->
                            consumer.seek(new TopicPartition(record.topic(), record.partition()), record.offset()));
            throw e;
        }
        long now = System.nanoTime();
        for (BatchCursor cursor : cursors.values()) {
            if (cursor.isDueToAsk(now)) {
                topic.statuses().ifKnown(cursor.batchId()).ifPresent(cursor::update);
            }
        }
        cursors.values().removeIf(cursor -> cursor.isComplete(consumer, ready));
        if (cursors.isEmpty()) {
            exhausted = true;
            consumer.close(SOON);
        }
    }

    private void accept(ConsumerRecord<byte[], byte[]> record) {
        if (cursors.size() == 1) {
            // The key of a record of another batch need not be parsed.
            cursors.values().iterator().next().take(record, ready);
            return;
        }
        BatchCursor cursor = ItemKeys.find(record.key())
                .map(key -> cursors.get(key.batchId()))
                .orElse(null);
        if (cursor != null) {
            cursor.take(record, ready);
        }
    }

    /** Whether every result was taken, or this was closed. For the reading thread. */
    public boolean finished() {
        return closed || isAtEnd();
    }

    /** Whether every result was taken. For the reading thread. */
    boolean isAtEnd() {
        return exhausted && ready.isEmpty();
    }

    /**
     * Ends a waiting read and releases the consumer. Results that were not taken are dropped. May be called twice, and
     * from any thread.
     */
    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        reading.lock();
        try {
            consumer.close(SOON);
        } finally {
            // The consumer throws if its thread is interrupted.
            early.close();
            open.remove(this);
            reading.unlock();
        }
    }
}
