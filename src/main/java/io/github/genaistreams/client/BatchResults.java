package io.github.genaistreams.client;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Results of one batch, each index once: the first committed result of an index, or, if its item was submitted again by then, the
 * latest. Has a Kafka consumer
 * of its own until the last result was read or {@link #close()} is called.
 *
 * <p>Threads: it has none; reading works in the caller's thread. One thread reads at a time. {@link #close()}
 * may be called from any thread and ends a waiting read within a fraction of a second. An interrupt ends a
 * read with Kafka's {@code InterruptException}. Counts may be asked for from any thread.
 *
 * <p>In index order, a result that is early waits in memory as it came from Kafka, and is parsed when it is due.
 * What was read and not yet taken is at most what one poll of Kafka brings, plus what waited for it.
 */
public final class BatchResults implements Iterator<CallResult>, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(BatchResults.class);
    private static final Duration FOREVER = Duration.ofDays(1_000);
    private static final Duration STEP = Duration.ofSeconds(1);

    private final String batchId;
    private final BatchKey key;
    private final Consumer<byte[], byte[]> consumer;
    private final TopicPartition partition;
    private final boolean inOrder;
    private final long end;
    private final BatchTally tally;
    private final java.util.function.Consumer<CallResult> observer;
    private final Cluster cluster;
    private final StoredAnswers answers;
    private final Runnable onClose;
    private final long knownEnd;
    private final java.util.function.LongFunction<Superseded> lookAhead;
    private Superseded superseded;

    private final ReentrantLock reading = new ReentrantLock();
    private final OrderedResults<Supplier<CallResult>> order = new OrderedResults<>();
    private final Queue<Supplier<CallResult>> ready = new ArrayDeque<>();
    private final Map<Integer, String> customIds = new ConcurrentHashMap<>();
    private volatile boolean closed;
    private volatile long position;
    private volatile long duplicates;
    private boolean exhausted;
    private boolean warned;

    /**
     * @param consumer assigned to {@code partition} and at its start position
     * @param inOrder  in index order, or as they completed
     * @param knownEnd the topic's end when this was opened
     * @param lookAhead finds the results that took the place of others, from an offset to {@code knownEnd}
     * @param end      offset to stop before, {@link Long#MAX_VALUE} to follow until the batch is complete
     * @param size     of the batch, or null if not known yet
     * @param store    where large answers are, or null
     * @param observer told of every new result, when it is read
     */
    BatchResults(
            String batchId,
            Consumer<byte[], byte[]> consumer,
            TopicPartition partition,
            boolean inOrder,
            long knownEnd,
            java.util.function.LongFunction<Superseded> lookAhead,
            long end,
            Integer size,
            java.util.function.Consumer<CallResult> observer,
            Cluster cluster,
            DocumentStore store,
            java.util.function.Consumer<BatchResults> onClose) {
        this.batchId = batchId;
        this.key = new BatchKey(batchId);
        this.consumer = consumer;
        this.partition = partition;
        this.inOrder = inOrder;
        this.knownEnd = knownEnd;
        this.lookAhead = lookAhead;
        this.end = end;
        this.tally = new BatchTally(size);
        this.observer = observer;
        this.cluster = cluster;
        this.answers = new StoredAnswers(store);
        this.onClose = () -> onClose.accept(this);
        this.position = consumer.position(partition);
    }

    /**
     * Waits until there is a result, or until there will be none: the batch is complete, a snapshot is at its
     * end, or this was closed. Waits without bound; see {@link #poll} for one with.
     *
     * @throws BatchClientException if Kafka refuses the read; an unreachable broker is waited for instead
     */
    @Override
    public boolean hasNext() {
        return await(FOREVER);
    }

    @Override
    public CallResult next() {
        if (!hasNext()) {
            throw new NoSuchElementException("batch " + batchId + " has no more results");
        }
        return given(ready.remove().get());
    }

    /**
     * The next result if there is one within {@code wait}; empty if none came in time or none will come, which
     * {@link #finished()} tells apart.
     */
    public Optional<CallResult> poll(Duration wait) {
        return await(wait) ? Optional.of(given(ready.remove().get())) : Optional.empty();
    }

    /** With its answer, wherever that is; a failure if the answer is not to be had. */
    private CallResult given(CallResult result) {
        CallResult resolved = answers.resolve(result);
        if (StoredAnswers.isUnavailable(resolved)) {
            tally.unavailable();
        }
        return resolved;
    }

    /** Whether every result was taken, or this was closed. To be asked by the reading thread. */
    public boolean finished() {
        return closed || (exhausted && ready.isEmpty());
    }

    /** This iterator as a sequential stream; closing the stream closes this. */
    public Stream<CallResult> stream() {
        int traits = Spliterator.NONNULL | Spliterator.DISTINCT;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, traits), false)
                .onClose(this::close);
    }

    /** What was read so far, taken or not. */
    public BatchProgress progress() {
        return tally.progress();
    }

    /** Indexes without a result so far; while the size is unknown, only those below the highest one seen. */
    public List<IndexRange> missing() {
        return tally.missing();
    }

    /** The custom ID that the item was submitted with; empty if it had none or its result was not read yet. */
    public Optional<String> customId(int index) {
        return Optional.ofNullable(customIds.get(index));
    }

    /** How many results were dropped since another one of their index came first. */
    public long duplicates() {
        return duplicates;
    }

    /** Ends a waiting read and releases the consumer. Results not taken are dropped. May be called twice. */
    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        reading.lock();
        try {
            release();
        } finally {
            reading.unlock();
        }
    }

    /** The offset of the first record not read yet. */
    long position() {
        return position;
    }

    private boolean await(Duration wait) {
        long start = System.nanoTime();
        while (!closed && ready.isEmpty() && !exhausted) {
            Duration left = wait.minusNanos(System.nanoTime() - start);
            read(left.isNegative() ? Duration.ZERO : left.compareTo(STEP) < 0 ? left : STEP);
            if (ready.isEmpty() && left.isNegative()) {
                break;
            }
        }
        return !closed && !ready.isEmpty();
    }

    private void read(Duration wait) {
        reading.lock();
        try {
            if (!closed) {
                cluster.asking(partition.topic(), () -> {
                    fetch(wait);
                    return null;
                });
            }
        } finally {
            reading.unlock();
        }
    }

    private void fetch(Duration wait) {
        try {
            if (position < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
                    if (record.offset() < end) {
                        take(record);
                    }
                }
                position = consumer.position(partition);
            }
        } catch (WakeupException e) {
            if (!closed) {
                throw e;
            }
            return;
        }
        if (tally.done() && end == Long.MAX_VALUE) {
            exhaust();
        } else if (position >= end) {
            order.skipGaps(ready::add);
            exhaust();
        }
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
        if (record.value() == null || !key.mayMatch(record.key())) {
            return;
        }
        CallResult result;
        try {
            result = Codecs.CALL_RESULT.decode(record.value());
        } catch (WireException e) {
            warnOnce(record, e.getMessage());
            return;
        }
        if (!batchId.equals(result.batchId())) {
            return;
        }
        if (result.index() < 0) {
            warnOnce(record, "the index is negative");
        } else if (isSuperseded(result, record)) {
            // A later result counts in its place.
            return;
        } else if (tally.add(result)) {
            String customId = CustomIds.of(record);
            if (customId != null) {
                customIds.put(result.index(), customId);
            }
            observer.accept(result);
            enqueue(result, record.value());
        } else {
            duplicates++;
        }
    }

    /** A success is not submitted again as a rule, so looking ahead waits for the first failure. */
    private boolean isSuperseded(CallResult result, ConsumerRecord<byte[], byte[]> record) {
        if (superseded == null && !result.success() && record.offset() < knownEnd) {
            superseded = lookAhead.apply(record.offset());
        }
        return superseded != null && superseded.has(result.index(), record.offset());
    }

    private void enqueue(CallResult result, byte[] bytes) {
        if (!inOrder) {
            ready.add(() -> result);
        } else if (result.index() == order.next()) {
            order.accept(result.index(), () -> result, ready::add);
        } else {
            // The tree of a parsed answer takes many times the memory of its text.
            order.accept(result.index(), () -> Codecs.CALL_RESULT.decode(bytes), ready::add);
        }
    }

    private void warnOnce(ConsumerRecord<byte[], byte[]> record, String reason) {
        if (!warned) {
            warned = true;
            log.atWarn()
                    .addKeyValue("batch", batchId)
                    .addKeyValue("partition", partition)
                    .addKeyValue("offset", record.offset())
                    .log("A result that cannot be read is skipped, and so will be others: {}", reason);
        }
    }

    private void exhaust() {
        exhausted = true;
        release();
    }

    private void release() {
        consumer.close(CloseOptions.timeout(Duration.ofMillis(150)));
        onClose.run();
    }
}
