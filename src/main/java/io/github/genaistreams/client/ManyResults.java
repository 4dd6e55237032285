package io.github.genaistreams.client;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireException;
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
import org.apache.kafka.common.errors.WakeupException;

/**
 * Results of several batches by one consumer: those of each batch in index order, each index once; of different batches as they
 * come. Ends when all of them are complete.
 *
 * <p>Threads: as those of {@link BatchResults}.
 */
public final class ManyResults implements Iterator<CallResult>, AutoCloseable {

    private static final Duration STEP = Duration.ofSeconds(1);
    private static final Duration FOREVER = Duration.ofDays(1_000);

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final Cluster cluster;
    private final StoredAnswers answers;
    private final java.util.function.Consumer<AutoCloseable> onClose;
    private final Map<String, Line> lines = new HashMap<>();
    private final Queue<CallResult> ready = new ArrayDeque<>();
    private final ReentrantLock reading = new ReentrantLock();
    private int open;
    private volatile boolean closed;

    private record Line(BatchHandle batch, BatchTally tally, OrderedResults<CallResult> order) {}

    /** @param consumer assigned to the batches' partitions, and at the earliest start of them */
    ManyResults(
            Collection<BatchHandle> batches,
            Consumer<byte[], byte[]> consumer,
            String topic,
            Cluster cluster,
            DocumentStore store,
            java.util.function.Consumer<AutoCloseable> onClose) {
        this.consumer = consumer;
        this.topic = topic;
        this.cluster = cluster;
        this.answers = new StoredAnswers(store);
        this.onClose = onClose;
        batches.forEach(batch ->
                lines.put(batch.batchId(), new Line(batch, new BatchTally(batch.size()), new OrderedResults<>())));
        this.open = lines.size();
    }

    /** Waits until there is a result, or until there will be none: all batches are complete, or this was closed. */
    @Override
    public boolean hasNext() {
        return await(FOREVER);
    }

    @Override
    public CallResult next() {
        if (!hasNext()) {
            throw new NoSuchElementException("there are no more results");
        }
        return answers.resolve(ready.remove());
    }

    /** The next result if there is one within {@code wait}; empty if none came in time or none will come. */
    public Optional<CallResult> poll(Duration wait) {
        return await(wait) ? Optional.of(answers.resolve(ready.remove())) : Optional.empty();
    }

    /** Whether every result was taken, or this was closed. */
    public boolean finished() {
        return closed || open == 0 && ready.isEmpty();
    }

    private boolean await(Duration wait) {
        long start = System.nanoTime();
        while (!closed && ready.isEmpty() && open > 0) {
            Duration left = wait.minusNanos(System.nanoTime() - start);
            read(left.isNegative() ? Duration.ZERO : left.compareTo(STEP) < 0 ? left : STEP);
            if (left.isNegative()) {
                break;
            }
        }
        return !closed && !ready.isEmpty();
    }

    private void read(Duration wait) {
        reading.lock();
        try {
            if (!closed) {
                cluster.asking(topic, () -> {
                    consumer.poll(wait).forEach(this::take);
                    return null;
                });
            }
        } catch (WakeupException e) {
            if (!closed) {
                throw e;
            }
        } finally {
            reading.unlock();
        }
        if (open == 0) {
            release();
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        Line line;
        CallResult result;
        try {
            ItemKey key = ItemKeys.decode(record.key());
            line = lines.get(key.batchId());
            if (line == null || record.value() == null) {
                return;
            }
            result = Codecs.CALL_RESULT.decode(record.value());
        } catch (WireException | NullPointerException e) {
            return;
        }
        if (result.index() < 0 || line.tally().done() || !line.tally().add(result)) {
            return;
        }
        line.batch().observe(result);
        line.order().accept(result.index(), result, ready::add);
        if (line.tally().done()) {
            open--;
        }
    }

    /** Ends a waiting read and releases the consumer. Results not taken are dropped. May be called twice. */
    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        release();
    }

    private void release() {
        reading.lock();
        try {
            consumer.close(CloseOptions.timeout(Duration.ofMillis(150)));
            onClose.accept(this);
        } finally {
            reading.unlock();
        }
    }
}
