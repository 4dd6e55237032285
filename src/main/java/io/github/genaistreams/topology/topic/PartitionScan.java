package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.call.RequestLog;
import io.github.genaistreams.topology.call.RequestLog.Scanned;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A partition that {@link BacklogScanner} reads. It combines records of one batch that follow each other into one run.
 * The thread that has requested the scan takes the runs, and closes it. The reading thread does the rest.
 */
final class PartitionScan implements RequestLog.Scan {

    private static final Logger LOG = LoggerFactory.getLogger(PartitionScan.class);

    /** A task with this many runs must take them before more are read. */
    static final int MAX_WAITING = 1_000;

    private final TopicPartition partition;
    private final long first;
    private final Function<ConsumerRecord<byte[], byte[]>, @Nullable String> batchOf;
    private final OffsetReader reader;
    private final Queue<Scanned> found = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile boolean closed;

    // Of the reading thread.
    private long next;
    private boolean isPlaced;

    /**
     * @param batchOf the batch of a record; null if it is not known
     * @param reader  reads scanned records again
     */
    PartitionScan(
            TopicPartition partition,
            long from,
            Function<ConsumerRecord<byte[], byte[]>, @Nullable String> batchOf,
            OffsetReader reader) {
        this.partition = partition;
        this.first = from;
        this.next = from;
        this.batchOf = batchOf;
        this.reader = reader;
    }

    @Override
    public @Nullable Scanned next() {
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

    /** Whether the task must take runs before more are read. */
    boolean isFull() {
        return waiting.get() >= MAX_WAITING;
    }

    /** Adds the runs of these records. */
    void read(Iterable<ConsumerRecord<byte[], byte[]>> records) {
        String batchId = null;
        long from = 0;
        for (ConsumerRecord<byte[], byte[]> record : records) {
            // If the topic has lost its end, the stream has already read these offsets.
            String its = record.offset() < first ? null : batchOf(record);
            // There may be an aborted record between two records.
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

    private @Nullable String batchOf(ConsumerRecord<byte[], byte[]> record) {
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

    TopicPartition partition() {
        return partition;
    }

    boolean isClosed() {
        return closed;
    }

    /** The offset from which the reading thread goes on. */
    long position() {
        return next;
    }

    /** Goes on at this offset if it is further: records before it were deleted or aborted. */
    void skipTo(long offset) {
        next = Math.max(next, offset);
    }

    /** Whether the present consumer is at the {@link #position}. */
    boolean isPlaced() {
        return isPlaced;
    }

    void setPlaced(boolean isPlaced) {
        this.isPlaced = isPlaced;
    }
}
