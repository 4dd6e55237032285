package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ItemKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of the request topic that were taken in ahead of the intake ({@link EarlyIntake}). The intake passes over
 * them when it arrives there, whether their items are still open or not. A record has its item's name here, not only a
 * bit: if the topic is deleted and created again, no other record is passed over.
 *
 * <p>In the store of {@link OpenOffsets}, with keys of its own. Nothing is in memory but the chunk at the intake, so
 * any number of records can be ahead. For one stream thread.
 */
final class TakenOffsets {

    private static final Logger LOG = LoggerFactory.getLogger(TakenOffsets.class);

    /** The first byte of the keys. The keys of open offsets begin with the number of a topic. */
    private static final byte PREFIX = 64;

    private final KeyValueStore<Bytes, byte[]> store;

    /** Bounds of the numbers of the stored chunks. */
    private long first = Long.MAX_VALUE;

    private long last = -1;

    /** The chunk at the intake. */
    private Numbered current = new Numbered(-1, new OffsetChunk());

    /** The chunk ahead of the intake that was used last. */
    private Numbered ahead = current;

    private record Numbered(long number, OffsetChunk chunk) {}

    TakenOffsets(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
        for (long number : stored(0, Long.MAX_VALUE)) {
            first = Math.min(first, number);
            last = Math.max(last, number);
        }
    }

    static boolean isKey(Bytes key) {
        return key.get().length > 0 && key.get()[0] == PREFIX;
    }

    private static Bytes key(long number) {
        return Bytes.wrap(
                ByteBuffer.allocate(1 + Long.BYTES).put(PREFIX).putLong(number).array());
    }

    /** The numbers of the stored chunks between these two. */
    private List<Long> stored(long from, long upTo) {
        List<Long> numbers = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> chunks = store.range(key(from), key(upTo))) {
            while (chunks.hasNext()) {
                numbers.add(ByteBuffer.wrap(chunks.next().key.get()).getLong(1));
            }
        }
        return numbers;
    }

    /** The record at this offset, which the intake has not reached, was taken in. */
    void put(long offset, ItemKey key) {
        long number = OffsetChunk.number(offset);
        OffsetChunk its = chunk(number);
        its.put(OffsetChunk.slot(offset), key, false);
        store.put(key(number), its.encode());
        first = Math.min(first, number);
        last = Math.max(last, number);
    }

    /** Whether the record at this offset, which the intake has not reached, was taken in. */
    boolean has(long offset) {
        long number = OffsetChunk.number(offset);
        return number <= last && chunk(number).key(OffsetChunk.slot(offset)) != null;
    }

    private OffsetChunk chunk(long number) {
        if (number == current.number()) {
            return current.chunk();
        }
        if (number != ahead.number()) {
            ahead = new Numbered(number, read(number));
        }
        return ahead.chunk();
    }

    /** The intake has arrived at this offset. Returns whether the record of this item there was taken in before. */
    boolean isTaken(long offset, ItemKey key) {
        long number = OffsetChunk.number(offset);
        if (number != current.number()) {
            if (first < number) {
                stored(first, number - 1).forEach(passed -> store.delete(key(passed)));
                first = number;
            }
            current = new Numbered(number, number <= last ? chunk(number) : new OffsetChunk());
        }
        return key.equals(current.chunk().key(OffsetChunk.slot(offset)));
    }

    private OffsetChunk read(long number) {
        byte[] stored = store.get(key(number));
        try {
            return stored == null ? new OffsetChunk() : OffsetChunk.decode(stored);
        } catch (RuntimeException e) {
            LOG.error(
                    "A part of the record of requests that were taken in early cannot be read, and is ignored; those"
                            + " that are answered are recognised as repeats",
                    e);
            return new OffsetChunk();
        }
    }
}
