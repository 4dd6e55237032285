package io.github.genaistreams.topology.call;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A cache of the chunks of running batches, so that the store need not be read. The least recently used chunks are
 * dropped. Not thread-safe.
 */
final class AnsweredChunks {

    /** Total weight ({@link AnsweredChunk#weight}): half a megabyte for each task. */
    static final int MAX_ITEMS = 128 * AnsweredChunk.SIZE;

    private final Map<Place, AnsweredChunk> chunks = new LinkedHashMap<>(16, 0.75f, true);
    private int weight;

    /** The place of a chunk: its batch, and its number there. */
    record Place(String batchId, int number) {}

    /** The chunk at a place, created if it is not cached. */
    AnsweredChunk at(Place place, Supplier<AnsweredChunk> load) {
        AnsweredChunk chunk = chunks.get(place);
        if (chunk == null) {
            chunk = load.get();
            chunks.put(place, chunk);
            weigh(0, chunk.weight());
        }
        return chunk;
    }

    /** An addition has made a chunk heavier. */
    void weigh(int before, int after) {
        weight += after - before;
        Iterator<AnsweredChunk> eldest = chunks.values().iterator();
        while (weight > MAX_ITEMS && chunks.size() > 1) {
            weight -= eldest.next().weight();
            eldest.remove();
        }
    }

    int weight() {
        return weight;
    }
}
