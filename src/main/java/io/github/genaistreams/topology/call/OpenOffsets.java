package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.StateReader;
import io.github.genaistreams.wire.StateWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of a task's topics that were read and not answered: their offsets, their items, and whether a call
 * was started, in chunks of offsets. The store has a cache, so that a commit writes each changed chunk once, however
 * many of its items came and went. For one stream thread.
 */
public final class OpenOffsets {

    private static final Logger LOG = LoggerFactory.getLogger(OpenOffsets.class);

    /** Offsets per chunk. Small, since a chunk is encoded again on each change. */
    private static final int CHUNK_BITS = 6;

    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int VERSION = 1;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Map<Place, Chunk> chunks = new HashMap<>();

    private record Place(InputTopic topic, long number) {

        static Place of(Origin origin) {
            return new Place(origin.topic(), origin.offset() >> CHUNK_BITS);
        }

        Bytes key() {
            return Bytes.wrap(ByteBuffer.allocate(1 + Long.BYTES)
                    .put((byte) topic.ordinal())
                    .putLong(number)
                    .array());
        }

        static Place of(Bytes key) {
            ByteBuffer bytes = ByteBuffer.wrap(key.get());
            return new Place(InputTopic.values()[bytes.get()], bytes.getLong());
        }
    }

    private static final class Chunk {
        private final ItemKey[] open = new ItemKey[CHUNK];
        private final boolean[] started = new boolean[CHUNK];
        private int size;
    }

    /** A record whose item is open. */
    public record Open(Origin origin, ItemKey key, boolean isStarted) {}

    public OpenOffsets(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /** The store's name; also the suffix of its changelog topic. */
    public static String name(String api) {
        return api + "-progress";
    }

    public static StoreBuilder<KeyValueStore<Bytes, byte[]>> store(String api, int entryMaxBytes) {
        return Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(name(api)), Serdes.Bytes(), Serdes.ByteArray())
                .withCachingEnabled()
                .withLoggingEnabled(Journal.changelog(entryMaxBytes));
    }

    /** Reads the store. Returns the open records, by topic, each sorted by offset. */
    public List<Open> restore() {
        List<Open> all = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> stored = store.all()) {
            while (stored.hasNext()) {
                var next = stored.next();
                try {
                    Place place = Place.of(next.key);
                    Chunk chunk = decode(next.value);
                    chunks.put(place, chunk);
                    for (int i = 0; i < CHUNK; i++) {
                        if (chunk.open[i] != null) {
                            var origin = new Origin(place.topic(), (place.number() << CHUNK_BITS) + i);
                            all.add(new Open(origin, chunk.open[i], chunk.started[i]));
                        }
                    }
                } catch (RuntimeException e) {
                    LOG.error(
                            "A part of the record of open requests cannot be read, and is ignored; their batches"
                                    + " stay incomplete until these requests are submitted again",
                            e);
                }
            }
        }
        all.sort((left, right) -> left.origin().compareTo(right.origin()));
        return all;
    }

    /** The item of this record is open, with or without a started call. */
    public void put(Origin origin, ItemKey key, boolean isStarted) {
        Place place = Place.of(origin);
        Chunk chunk = chunks.computeIfAbsent(place, any -> new Chunk());
        int slot = slot(origin);
        if (chunk.open[slot] == null) {
            chunk.size++;
        }
        chunk.open[slot] = key;
        chunk.started[slot] = isStarted;
        store.put(place.key(), encode(chunk));
    }

    /** The item of this record has ended, or is recorded elsewhere. No effect if it is not here. */
    void remove(Origin origin) {
        Place place = Place.of(origin);
        Chunk chunk = chunks.get(place);
        int slot = slot(origin);
        if (chunk == null || chunk.open[slot] == null) {
            return;
        }
        chunk.open[slot] = null;
        chunk.started[slot] = false;
        if (--chunk.size == 0) {
            chunks.remove(place);
            store.delete(place.key());
        } else {
            store.put(place.key(), encode(chunk));
        }
    }

    private static int slot(Origin origin) {
        return (int) (origin.offset() & CHUNK - 1);
    }

    /**
     * In the common format of state ({@link StateWriter}): the open records in the order of offsets. Each has its place
     * in the chunk with a bit for a started call, the number of its batch (a new batch is named on first use), and its
     * index.
     */
    private static byte[] encode(Chunk chunk) {
        var out = new StateWriter(VERSION);
        List<String> batches = new ArrayList<>(1);
        for (int i = 0; i < CHUNK; i++) {
            ItemKey key = chunk.open[i];
            if (key == null) {
                continue;
            }
            out.write((byte) (i << 1 | (chunk.started[i] ? 1 : 0)));
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

    private static Chunk decode(byte[] value) {
        return StateReader.read("a chunk of open offsets", value, VERSION, in -> {
            var chunk = new Chunk();
            List<String> batches = new ArrayList<>();
            while (in.hasMore()) {
                int slot = Byte.toUnsignedInt(in.readByte());
                int batch = in.readSmall();
                if (batch == batches.size()) {
                    batches.add(new String(in.readBytes(in.readSmall()), UTF_8));
                }
                chunk.open[slot >> 1] = new ItemKey(batches.get(batch), in.readSmall());
                chunk.started[slot >> 1] = (slot & 1) == 1;
                chunk.size++;
            }
            return chunk;
        });
    }
}
