package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

class OpenOffsetsTest {

    /** A change: {@code key} null means that the item of this record ends. */
    record Change(Origin origin, ItemKey key, boolean isStarted) {}

    @Property(tries = 300)
    void knowsAfterARestartWhatIsOpenAndWhatWasStarted(@ForAll("changes") List<Change> changes) {
        KeyValueStore<Bytes, byte[]> store = store();
        var progress = new OpenOffsets(store);
        Map<Origin, Change> open = new TreeMap<>();
        for (Change change : changes) {
            if (change.key() == null) {
                progress.remove(change.origin());
                open.remove(change.origin());
            } else {
                progress.put(change.origin(), change.key(), change.isStarted());
                open.put(change.origin(), change);
            }
        }

        var again = new OpenOffsets(store);
        assertThat(again.restore())
                .extracting(it -> new Change(it.origin(), it.key(), it.isStarted()))
                .containsExactlyElementsOf(open.values());
        open.keySet().forEach(again::remove);
        assertThat(store.approximateNumEntries()).isZero();
    }

    @Provide
    Arbitrary<List<Change>> changes() {
        Arbitrary<Long> offsets = Arbitraries.oneOf(
                Arbitraries.longs().between(0, 200), Arbitraries.longs().between(Long.MAX_VALUE - 100, Long.MAX_VALUE));
        Arbitrary<Origin> origins =
                Combinators.combine(Arbitraries.of(InputTopic.class), offsets).as(Origin::new);
        Arbitrary<String> batches = Arbitraries.oneOf(
                Arbitraries.of("a", "b", "ä\u0000😀"),
                Arbitraries.strings().ofMinLength(1).ofMaxLength(256).alpha());
        Arbitrary<ItemKey> keys = Combinators.combine(
                        batches, Arbitraries.integers().between(0, Integer.MAX_VALUE))
                .as(ItemKey::new);
        return Combinators.combine(origins, keys.injectNull(0.3), Arbitraries.of(true, false))
                .as(Change::new)
                .list()
                .ofMaxSize(300);
    }

    @Example
    void takesFewBytesForTheItemsOfABatch() {
        KeyValueStore<Bytes, byte[]> store = store();
        var progress = new OpenOffsets(store);
        for (int i = 0; i < 640; i++) {
            progress.put(new Origin(InputTopic.REQUESTS, i), new ItemKey("a-batch-with-a-usual-name", i), i % 2 == 0);
        }
        long bytes = 0;
        try (var all = store.all()) {
            while (all.hasNext()) {
                bytes += all.next().value.length;
            }
        }
        assertThat(bytes / 640.0).isLessThan(5);
    }

    @Example
    void leavesOutWhatCannotBeReadAndKeepsTheRest() {
        KeyValueStore<Bytes, byte[]> store = store();
        var progress = new OpenOffsets(store);
        progress.put(new Origin(InputTopic.REQUESTS, 1), new ItemKey("a", 1), false);
        progress.put(new Origin(InputTopic.REQUESTS, 1_000), new ItemKey("a", 2), false);
        Map<Bytes, byte[]> entries = entries(store);
        entries.forEach((key, value) -> {
            for (byte[] damaged :
                    List.of(new byte[] {9}, new byte[] {1, 2}, new byte[] {1, 2, 0, -1, -1, -1, -1, -1})) {
                store.put(key, damaged);
                assertThat(new OpenOffsets(store).restore()).hasSize(1);
            }
            store.put(key, value);
        });
        assertThat(new OpenOffsets(store).restore()).hasSize(2);
    }

    private static KeyValueStore<Bytes, byte[]> store() {
        return Stores.inMemoryKeyValueStore("progress").get();
    }

    private static Map<Bytes, byte[]> entries(KeyValueStore<Bytes, byte[]> store) {
        var entries = new TreeMap<Bytes, byte[]>();
        try (var all = store.all()) {
            all.forEachRemaining(next -> entries.put(next.key, next.value));
        }
        return entries;
    }
}
