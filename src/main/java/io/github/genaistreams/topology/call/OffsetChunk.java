package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.StateReader;
import io.github.genaistreams.wire.StateWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A few consecutive offsets of a topic, and the items of the records there. Not thread-safe. */
final class OffsetChunk {

    /** Offsets per chunk. Few, since a chunk is encoded again on each change. */
    private static final int BITS = 6;

    static final int SIZE = 1 << BITS;
    private static final int VERSION = 1;

    private final @Nullable ItemKey[] keys = new @Nullable ItemKey[SIZE];
    private final boolean[] started = new boolean[SIZE];
    private int size;

    /** The number of the chunk with this offset. */
    static long number(long offset) {
        return offset >> BITS;
    }

    /** The place of an offset in its chunk. */
    static int slot(long offset) {
        return (int) (offset & SIZE - 1);
    }

    /** The offset at a place of a chunk. */
    static long offset(long number, int slot) {
        return (number << BITS) + slot;
    }

    /** The item at a place; null if there is none. */
    @Nullable
    ItemKey key(int slot) {
        return keys[slot];
    }

    boolean isStarted(int slot) {
        return started[slot];
    }

    boolean isEmpty() {
        return size == 0;
    }

    void put(int slot, ItemKey key, boolean isStarted) {
        if (keys[slot] == null) {
            size++;
        }
        keys[slot] = key;
        started[slot] = isStarted;
    }

    /** The place has an item. */
    void remove(int slot) {
        keys[slot] = null;
        started[slot] = false;
        size--;
    }

    /**
     * In the common format of state ({@link StateWriter}): the items in the order of offsets. Each has its place in the
     * chunk with a bit for a started call, the number of its batch (a new batch is named on first use), and its index.
     */
    byte[] encode() {
        var out = new StateWriter(VERSION);
        List<String> batches = new ArrayList<>(1);
        for (int i = 0; i < SIZE; i++) {
            ItemKey key = keys[i];
            if (key == null) {
                continue;
            }
            out.write((byte) (i << 1 | (started[i] ? 1 : 0)));
            int batch = batches.indexOf(key.batchId());
            if (batch < 0) {
                batch = batches.size();
                batches.add(key.batchId());
                out.writeSmall(batch);
                byte[] name = key.batchId().getBytes(UTF_8);
                out.writeSmall(name.length);
                out.writeBytes(name);
            } else {
                out.writeSmall(batch);
            }
            out.writeSmall(key.index());
        }
        return out.bytes();
    }

    /** Throws {@link RuntimeException} if the bytes are damaged, or of a later version. */
    static OffsetChunk decode(byte[] value) {
        return StateReader.read("a chunk of offsets", value, VERSION, in -> {
            var chunk = new OffsetChunk();
            List<String> batches = new ArrayList<>();
            while (in.hasMore()) {
                int slot = Byte.toUnsignedInt(in.readByte());
                int batch = in.readSmall();
                if (batch == batches.size()) {
                    batches.add(new String(in.readBytes(in.readSmall()), UTF_8));
                }
                chunk.put(slot >> 1, new ItemKey(batches.get(batch), in.readSmall()), (slot & 1) == 1);
            }
            return chunk;
        });
    }
}
