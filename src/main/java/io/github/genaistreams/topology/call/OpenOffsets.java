package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ItemKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The records of a task's topics that were read and not answered. For each, it keeps the offset, the item, and whether
 * a call was started. It stores them in chunks of offsets. The store has a cache, so that a commit writes each changed chunk once, however
 * many of its items came and went. For one stream thread.
 */
public final class OpenOffsets {

    private static final Logger LOG = LoggerFactory.getLogger(OpenOffsets.class);

    private final KeyValueStore<Bytes, byte[]> store;
    private final Map<Place, OffsetChunk> chunks = new HashMap<>();

    /** Chunks that cannot be read, such as those of a later version. They are left as they are. */
    private final Set<Place> unreadable = new HashSet<>();

    private record Place(InputTopic topic, long number) {

        static Place of(Origin origin) {
            return new Place(origin.topic(), OffsetChunk.number(origin.offset()));
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
                if (TakenOffsets.isKey(next.key)) {
                    continue;
                }
                Place place = null;
                try {
                    place = Place.of(next.key);
                    OffsetChunk chunk = OffsetChunk.decode(next.value);
                    chunks.put(place, chunk);
                    for (int i = 0; i < OffsetChunk.SIZE; i++) {
                        ItemKey key = chunk.key(i);
                        if (key != null) {
                            var origin = new Origin(place.topic(), OffsetChunk.offset(place.number(), i));
                            all.add(new Open(origin, key, chunk.isStarted(i)));
                        }
                    }
                } catch (RuntimeException e) {
                    if (place != null) {
                        unreadable.add(place);
                    }
                    LOG.error(
                            "Some stored open requests cannot be read. They are not called, and their batches stay"
                                    + " incomplete. Start a worker version that can read them, or submit them again",
                            e);
                }
            }
        }
        all.sort((left, right) -> left.origin().compareTo(right.origin()));
        return all;
    }

    /** Whether a record can be noted here. */
    boolean takes(Origin origin) {
        return !unreadable.contains(Place.of(origin));
    }

    /** Notes that the item of this record, which is {@link #takes taken} here, is open, and whether its call was started. */
    public void put(Origin origin, ItemKey key, boolean isStarted) {
        Place place = Place.of(origin);
        OffsetChunk chunk = chunks.computeIfAbsent(place, any -> new OffsetChunk());
        chunk.put(OffsetChunk.slot(origin.offset()), key, isStarted);
        store.put(place.key(), chunk.encode());
    }

    /** Removes a record whose item has ended, or is stored elsewhere. Does nothing if it is not here. */
    void remove(Origin origin) {
        Place place = Place.of(origin);
        OffsetChunk chunk = chunks.get(place);
        int slot = OffsetChunk.slot(origin.offset());
        if (chunk == null || chunk.key(slot) == null) {
            return;
        }
        chunk.remove(slot);
        if (chunk.isEmpty()) {
            chunks.remove(place);
            store.delete(place.key());
        } else {
            store.put(place.key(), chunk.encode());
        }
    }
}
