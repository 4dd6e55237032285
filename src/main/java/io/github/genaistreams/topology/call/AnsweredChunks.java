package io.github.genaistreams.topology.call;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The chunks of running batches at hand, so that nobody has to look into the store; of too many, those that were not in use for the
 * longest time go. Not thread-safe.
 */
final class AnsweredChunks {

    /** Of all, as {@link AnsweredChunk#weight}: half a megabyte for each task. */
    static final int MAX_ITEMS = 128 * AnsweredChunk.SIZE;

    private final Map<Place, AnsweredChunk> chunks = new LinkedHashMap<>(16, 0.75f, true);
    private int weight;

    /** Where a chunk is: which batch, and how many chunks are before it there. */
    record Place(String batchId, int number) {}

    /** The chunk at a place, made if it is not at hand. */
    AnsweredChunk at(Place place, Supplier<AnsweredChunk> load) {
        AnsweredChunk chunk = chunks.get(place);
        if (chunk == null) {
            chunk = load.get();
            chunks.put(place, chunk);
            weigh(0, chunk.weight());
        }
        return chunk;
    }

    /** A chunk has become heavier by what was added to it. */
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
