package io.github.genaistreams.topology.call;

import io.github.genaistreams.topology.call.RequestLog.Reread;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Records of one partition that are being read again. Only the reader's thread changes what is wanted; the requesting
 * thread takes what was read.
 */
public final class RereadJob implements RequestLog.Reading {

    /** Maximum bytes that wait for a task to take them. */
    private static final long MAX_WAITING = 8 << 20;

    private final TopicPartition partition;
    private final Queue<Long> wanted;
    private final Queue<Reread> read = new ConcurrentLinkedQueue<>();
    private final AtomicLong waitingBytes = new AtomicLong();
    private volatile boolean closed;

    public RereadJob(TopicPartition partition, Collection<Long> offsets) {
        this.partition = partition;
        this.wanted = new ArrayDeque<>(offsets);
    }

    @Override
    public @Nullable Reread next() {
        Reread next = read.poll();
        if (next instanceof Reread.Found found) {
            waitingBytes.addAndGet(-bytes(found.record()));
        }
        return next;
    }

    @Override
    public void close() {
        closed = true;
        read.clear();
    }

    public TopicPartition partition() {
        return partition;
    }

    /** The first offset that is still wanted; null if there is none. */
    public @Nullable Long wanted() {
        return wanted.peek();
    }

    public void goneBelow(long offset) {
        while (!wanted.isEmpty() && wanted.peek() < offset) {
            read.add(new Reread.Gone(wanted.poll()));
        }
    }

    public void goneFrom(long offset) {
        List<Long> gone = wanted.stream().filter(it -> it >= offset).toList();
        wanted.removeAll(gone);
        gone.forEach(it -> read.add(new Reread.Gone(it)));
    }

    public void found(ConsumerRecord<byte[], byte[]> record) {
        goneBelow(record.offset());
        if (!wanted.isEmpty() && wanted.peek() == record.offset()) {
            wanted.poll();
            waitingBytes.addAndGet(bytes(record));
            read.add(new Reread.Found(record));
        }
    }

    public boolean isDone() {
        return closed || wanted.isEmpty();
    }

    public boolean isFull() {
        return waitingBytes.get() >= MAX_WAITING;
    }

    private static long bytes(ConsumerRecord<byte[], byte[]> record) {
        return Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
    }
}
