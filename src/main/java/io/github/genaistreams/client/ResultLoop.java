package io.github.genaistreams.client;

import io.github.genaistreams.client.ResultLine.Pending;
import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Reads results in the caller's thread until there will be no more: what a reading of one batch and one of many have in common.
 *
 * <p>One thread reads at a time. {@link #close()} may be called from any thread and ends a waiting read within a fraction of a
 * second. What was read and not yet taken is at most what one poll of Kafka brings, plus what waited for it.
 */
final class ResultLoop implements AutoCloseable {

    static final Duration FOREVER = Duration.ofDays(1_000);

    private static final Duration STEP = Duration.ofSeconds(1);
    private static final CloseOptions SOON = CloseOptions.timeout(Duration.ofMillis(150));

    private final Consumer<byte[], byte[]> consumer;
    private final String topic;
    private final Cluster cluster;
    private final StoredAnswers answers;
    private final EarlyResults early;
    private final Taker taker;
    private final Runnable onClose;
    private final ReentrantLock reading = new ReentrantLock();
    private final Queue<Pending> ready = new ArrayDeque<>();
    private volatile boolean closed;
    private boolean exhausted;
    private long lastOffset = -1;

    /** What is to be done with the records. */
    interface Taker {

        /** Takes a record, whatever it is; what is due goes to {@code ready}. One that it throws at comes again. */
        void take(ConsumerRecord<byte[], byte[]> record, Queue<Pending> ready);

        /**
         * After the records of a poll were taken.
         *
         * @param silent whether there were none
         * @return whether nothing more will come
         */
        boolean isExhausted(boolean silent, Queue<Pending> ready);
    }

    /**
     * @param consumer assigned to its partitions and at its start positions; closed here
     * @param early    likewise
     * @param onClose  run once, when nothing is held any more
     */
    ResultLoop(
            Consumer<byte[], byte[]> consumer,
            String topic,
            Cluster cluster,
            StoredAnswers answers,
            EarlyResults early,
            Taker taker,
            Runnable onClose) {
        this.consumer = consumer;
        this.topic = topic;
        this.cluster = cluster;
        this.answers = answers;
        this.early = early;
        this.taker = taker;
        this.onClose = onClose;
    }

    /** Whether a result came within {@code wait}; false if none will come. */
    boolean await(Duration wait) {
        long start = System.nanoTime();
        while (!closed && ready.isEmpty() && !exhausted) {
            Duration left = wait.minusNanos(System.nanoTime() - start);
            locked(() -> read(left.isNegative() ? Duration.ZERO : left.compareTo(STEP) < 0 ? left : STEP));
            if (ready.isEmpty() && left.isNegative()) {
                break;
            }
        }
        if (exhausted && ready.isEmpty()) {
            close();
        }
        return !closed && !ready.isEmpty();
    }

    /** The next result if there is one within {@code wait}; empty if none came in time or none will come. */
    Optional<CallResult> poll(Duration wait) {
        if (!await(wait)) {
            return Optional.empty();
        }
        Pending[] taken = {null};
        CallResult[] next = {null};
        locked(() -> {
            taken[0] = ready.remove();
            next[0] = taken[0].result(ready);
            lastOffset = taken[0].offset();
        });
        return Optional.ofNullable(next[0]).map(result -> given(result, taken[0].line()));
    }

    /** With its answer, wherever that is; a failure if the answer is not to be had. */
    private CallResult given(CallResult result, ResultLine line) {
        line.taken(result.index());
        CallResult resolved = answers.resolve(result);
        if (StoredAnswers.isUnavailable(resolved)) {
            line.answerUnavailable();
        }
        return resolved;
    }

    /** Whether every result was taken, or this was closed. To be asked by the reading thread. */
    boolean finished() {
        return closed || isAtEnd();
    }

    /** Whether every result was taken. To be asked by the reading thread. */
    boolean isAtEnd() {
        return exhausted && ready.isEmpty();
    }

    /** The offset of the result that was taken last. */
    long lastOffset() {
        return lastOffset;
    }

    /** Does something with Kafka, unless this is closed before or meanwhile. */
    private void locked(Runnable action) {
        reading.lock();
        try {
            if (!closed) {
                cluster.asking(topic, () -> {
                    try {
                        action.run();
                    } catch (WakeupException e) {
                        if (!closed) {
                            throw e;
                        }
                    }
                    return null;
                });
            }
        } finally {
            reading.unlock();
        }
    }

    private void read(Duration wait) {
        var left = new ArrayDeque<ConsumerRecord<byte[], byte[]>>();
        consumer.poll(wait).forEach(left::add);
        boolean silent = left.isEmpty();
        try {
            while (!left.isEmpty()) {
                taker.take(left.peek(), ready);
                left.remove();
            }
        } catch (RuntimeException e) {
            // Whoever reads on gets them. Backwards: of each partition the first one counts.
            left.descendingIterator()
                    .forEachRemaining(record ->
                            consumer.seek(new TopicPartition(record.topic(), record.partition()), record.offset()));
            throw e;
        }
        exhausted = taker.isExhausted(silent, ready);
        if (exhausted) {
            consumer.close(SOON);
        }
    }

    /** Ends a waiting read and releases everything. Results not taken are dropped. May be called twice. */
    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        early.wakeup();
        reading.lock();
        try {
            consumer.close(SOON);
            early.close();
            onClose.run();
        } finally {
            reading.unlock();
        }
    }
}
