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
 * Which records of a task's two topics are taken and not yet answered: their offsets, the items that they name, and whether a call of
 * theirs was started. By chunks of offsets. The store has a cache, so that a commit writes each chunk that was touched once, however
 * many of its items came and went. Used by one stream thread.
 */
public final class OpenOffsets {

    private static final Logger LOG = LoggerFactory.getLogger(OpenOffsets.class);

    /** Offsets of a chunk: small, since it is encoded anew whenever one of them changes. */
    private static final int CHUNK_BITS = 6;

    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int VERSION = 1;

    private final KeyValueStore<Bytes, byte[]> store;
    private final Map<Place, Chunk> chunks = new HashMap<>();

    private record Place(boolean isRetry, long number) {

        static Place of(Origin origin) {
            return new Place(origin.isRetry(), origin.offset() >> CHUNK_BITS);
        }

        Bytes key() {
            return Bytes.wrap(ByteBuffer.allocate(1 + Long.BYTES)
                    .put((byte) (isRetry ? 1 : 0))
                    .putLong(number)
                    .array());
        }

        static Place of(Bytes key) {
            ByteBuffer bytes = ByteBuffer.wrap(key.get());
            return new Place(bytes.get() == 1, bytes.getLong());
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

    /** The store's name; also the end of the changelog topic's. */
    public static String name(String api) {
        return api + "-progress";
    }

    public static StoreBuilder<KeyValueStore<Bytes, byte[]>> store(String api, int entryMaxBytes) {
        return Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(name(api)), Serdes.Bytes(), Serdes.ByteArray())
                .withCachingEnabled()
                .withLoggingEnabled(Journal.changelog(entryMaxBytes));
    }

    /** Reads what the store holds. Returns what is open, requests first, each by offset. */
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
                            var origin = new Origin(place.isRetry(), (place.number() << CHUNK_BITS) + i);
                            all.add(new Open(origin, chunk.open[i], chunk.started[i]));
                        }
                    }
                } catch (RuntimeException e) {
                    LOG.error(
                            "A part of the record of open requests cannot be read, and is left where it is; their"
                                    + " batches stay incomplete until these requests are submitted again",
                            e);
                }
            }
        }
        all.sort((left, right) -> left.origin().compareTo(right.origin()));
        return all;
    }

    /** The item of this record is open, and a call of it was started or not. */
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

    /** The item of this record has its end, or is known from elsewhere; nothing happens if it is not here. */
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
     * In the form of all state ({@link StateWriter}): what is open, in the order of offsets: its place in the chunk with a bit for a call that was started, the
     * number of its batch (a new batch is named on the spot), its index.
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
