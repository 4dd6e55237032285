package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ItemKey;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** What the changelog of open offsets says, for tests outside of this package. */
public final class OffsetsChangelog {

    private OffsetsChangelog() {}

    /** The items that were taken in ahead of the intake, by the latest value of each key. */
    public static Set<ItemKey> takenAhead(Map<Bytes, byte[]> latest) {
        return latest.entrySet().stream()
                .filter(chunk -> TakenOffsets.isKey(chunk.getKey()))
                .map(chunk -> OffsetChunk.decode(chunk.getValue()))
                .flatMap(chunk -> IntStream.range(0, OffsetChunk.SIZE).mapToObj(chunk::key))
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    /** The items that are open, by the latest value of each key. */
    public static Set<ItemKey> open(Map<Bytes, byte[]> latest) {
        KeyValueStore<Bytes, byte[]> store =
                Stores.inMemoryKeyValueStore("open").get();
        latest.forEach(store::put);
        return new OpenOffsets(store)
                .restore().stream().map(OpenOffsets.Open::key).collect(Collectors.toSet());
    }
}
