package io.github.genaistreams.client;

import io.github.genaistreams.client.ResultLine.Pending;
import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Results of one batch, each index once: the first committed result of an index, or, if its item was submitted again by then, the
 * one that took its place. Has a Kafka consumer of its own until the last result was read or {@link #close()} is called.
 *
 * <p>Threads: it has none; reading works in the caller's thread. One thread reads at a time. {@link #close()}
 * may be called from any thread and ends a waiting read within a fraction of a second. An interrupt ends a
 * read with Kafka's {@code InterruptException}. Counts may be asked for from any thread.
 *
 * <p>Memory, in index order: results that are early wait as they came from Kafka, up to 32 MiB of them. Of those beyond that only
 * the place on the topic is remembered, some 40 bytes each, and they are read again when they are due; a batch may be larger than
 * the memory.
 */
public final class BatchResults implements Iterator<CallResult>, AutoCloseable {

    private final ResultLine line;
    private final Consumer<byte[], byte[]> consumer;
    private final TopicPartition partition;
    private final long end;
    private final int most;
    private final SilentBatches statuses;
    private final ResultLoop loop;
    private volatile long position;

    /** Makes the loop around what is to be done with its records. */
    interface Loop {
        ResultLoop around(ResultLoop.Taker taker);
    }

    /**
     * @param consumer assigned to {@code partition} and at its start position
     * @param end      offset to stop before, {@link Long#MAX_VALUE} to follow until the batch is over
     * @param most     number of results to stop after
     */
    BatchResults(
            ResultLine line,
            Consumer<byte[], byte[]> consumer,
            TopicPartition partition,
            long end,
            int most,
            SilentBatches statuses,
            Loop loop) {
        this.line = line;
        this.consumer = consumer;
        this.partition = partition;
        this.end = end;
        this.most = most;
        this.statuses = statuses;
        this.position = consumer.position(partition);
        this.loop = loop.around(new ResultLoop.Taker() {
            @Override
            public void take(ConsumerRecord<byte[], byte[]> record, Queue<Pending> ready) {
                if (record.offset() < end) {
                    line.take(record, ready);
                }
            }

            @Override
            public boolean isExhausted(boolean silent, Queue<Pending> ready) {
                return BatchResults.this.isExhausted(silent, ready);
            }
        });
    }

    private boolean isExhausted(boolean silent, Queue<Pending> ready) {
        position = consumer.position(partition);
        if (end != Long.MAX_VALUE) {
            if (position >= end) {
                line.skipGaps(ready);
            }
            return position >= end;
        }
        if (silent && !line.isOver() && statuses.isDue(line.tally().progress().size() == null)) {
            statuses.ask(line);
        }
        if (line.isOver()) {
            // There are none between, unless the batch was ended before all of it was submitted.
            line.skipGaps(ready);
        }
        return line.isOver() || line.tally().progress().received() >= most;
    }

    /**
     * Waits until there is a result, or until there will be none: the batch is complete, was cancelled and is over, a snapshot is at
     * its end, or this was closed. Waits without bound; see {@link #poll} for one with.
     *
     * @throws BatchClientException if Kafka refuses the read; an unreachable broker is waited for instead
     */
    @Override
    public boolean hasNext() {
        return loop.await(ResultLoop.FOREVER);
    }

    @Override
    public CallResult next() {
        return loop.poll(ResultLoop.FOREVER)
                .orElseThrow(
                        () -> new NoSuchElementException("batch " + line.batch().batchId() + " has no more results"));
    }

    /**
     * The next result if there is one within {@code wait}; empty if none came in time or none will come, which
     * {@link #finished()} tells apart.
     */
    public Optional<CallResult> poll(Duration wait) {
        return loop.poll(wait);
    }

    /** Whether every result was taken, or this was closed. To be asked by the reading thread. */
    public boolean finished() {
        return loop.finished();
    }

    /** This iterator as a sequential stream; closing the stream closes this. */
    public Stream<CallResult> stream() {
        int traits = Spliterator.NONNULL | Spliterator.DISTINCT;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, traits), false)
                .onClose(this::close);
    }

    /** What was read so far, taken or not. */
    public BatchProgress progress() {
        return line.tally().progress();
    }

    /** Indexes without a result so far; while the size is unknown, only those below the highest one seen. */
    public List<IndexRange> missing() {
        return line.tally().missing();
    }

    /** The custom ID that the item was submitted with; empty if it had none or its result was not read yet. */
    public Optional<String> customId(int index) {
        return line.customId(index);
    }

    /** What the item's document was called when it was submitted; empty if nobody said or its result was not read yet. */
    public Optional<String> fileName(int index) {
        return line.fileName(index);
    }

    /**
     * The headers that the item was submitted with, as texts, but for those of this program ({@code genai.}): to be asked for
     * before the next result is taken. Never null.
     */
    public Map<String, String> headers(int index) {
        return line.headers(index);
    }

    /** How many results were dropped since another one of their index came first. */
    public long duplicates() {
        return line.duplicates();
    }

    /** Ends a waiting read and releases the consumer. Results not taken are dropped. May be called twice. */
    @Override
    public void close() {
        loop.close();
    }

    /** Whether every result was taken. */
    boolean isAtEnd() {
        return loop.isAtEnd();
    }

    /** The offset of the first record not read yet. */
    long position() {
        return position;
    }

    /** The offset of the result that was taken last. */
    long lastOffset() {
        return loop.lastOffset();
    }
}
