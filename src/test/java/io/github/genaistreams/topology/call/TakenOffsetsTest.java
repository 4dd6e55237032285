package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

class TakenOffsetsTest {

    private final KeyValueStore<Bytes, byte[]> store =
            Stores.inMemoryKeyValueStore("progress").get();

    private static ItemKey item(long offset) {
        return new ItemKey("b", (int) offset);
    }

    private static KeyValueStore<Bytes, byte[]> newStore() {
        return Stores.inMemoryKeyValueStore("progress").get();
    }

    @Property(tries = 300)
    void knowsExactlyWhatWasTakenAfterARestartAndAsTheIntakePassesIt(
            @ForAll @Size(max = 60) Map<@LongRange(min = 0, max = 400) Long, Boolean> takenBeforeRestart) {
        KeyValueStore<Bytes, byte[]> store = newStore();
        var before = new TakenOffsets(store);
        takenBeforeRestart.forEach((offset, isBefore) -> {
            if (isBefore) {
                before.put(offset, item(offset));
            }
        });
        var taken = new TakenOffsets(store);
        takenBeforeRestart.forEach((offset, isBefore) -> {
            if (!isBefore) {
                taken.put(offset, item(offset));
            }
        });

        Set<Long> all = takenBeforeRestart.keySet();
        for (long offset = 0; offset <= 400; offset++) {
            assertThat(taken.has(offset)).isEqualTo(all.contains(offset));
        }
        for (long offset = 0; offset <= 400; offset++) {
            assertThat(taken.isTaken(offset, item(offset))).isEqualTo(all.contains(offset));
        }
        taken.isTaken(10_000, item(10_000));
        assertThat(store.approximateNumEntries()).as("nothing is left").isZero();
    }

    @Example
    void takesMoreWhileTheIntakePassesTheSameOffsets() {
        var taken = new TakenOffsets(store);
        assertThat(taken.isTaken(0, item(0))).isFalse();

        taken.put(2, item(2));

        assertThat(taken.isTaken(1, item(1))).isFalse();
        assertThat(taken.isTaken(2, item(2))).isTrue();
    }

    @Example
    void passesOverNoOtherItemAtTheSameOffset() {
        var taken = new TakenOffsets(store);
        taken.put(5, item(5));

        assertThat(taken.isTaken(5, new ItemKey("other", 5))).isFalse();
    }

    @Example
    void isNotTakenForOpenRecordsAndLeavesThoseAlone() {
        var open = new OpenOffsets(store);
        open.put(new Origin(InputTopic.URGENT, 7), item(7), true);
        new TakenOffsets(store).put(7, item(7));

        assertThat(new OpenOffsets(store).restore())
                .extracting(OpenOffsets.Open::origin)
                .containsExactly(new Origin(InputTopic.URGENT, 7));
        new TakenOffsets(store).isTaken(1_000, item(1_000));
        assertThat(new OpenOffsets(store).restore()).hasSize(1);
    }

    @Example
    void ignoresAChunkThatCannotBeRead() {
        new TakenOffsets(store).put(5, item(5));
        try (var all = store.all()) {
            store.put(all.next().key, new byte[] {9, 9});
        }

        assertThat(new TakenOffsets(store).isTaken(5, item(5))).isFalse();
    }
}
