package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ItemKey;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/** What the changelog of open offsets says, for tests outside of this package. */
public final class OffsetsChangelog {

    private OffsetsChangelog() {}

    /** The items that are open, by the latest value of each key. */
    public static Set<ItemKey> items(Map<Bytes, byte[]> latest) {
        KeyValueStore<Bytes, byte[]> store =
                Stores.inMemoryKeyValueStore("open").get();
        latest.forEach(store::put);
        return new OpenOffsets(store)
                .restore().stream().map(OpenOffsets.Open::key).collect(Collectors.toSet());
    }
}
