package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.model.ItemKey;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OffsetChunkTest {

    private final OffsetChunk chunk = new OffsetChunk();

    @Test
    void hasAPlaceForEachOffset() {
        for (long offset : new long[] {0, 63, 64, 1_000_000_007L, Long.MAX_VALUE}) {
            long number = OffsetChunk.number(offset);
            int slot = OffsetChunk.slot(offset);

            assertThat(slot).isBetween(0, OffsetChunk.SIZE - 1);
            assertThat(OffsetChunk.offset(number, slot)).isEqualTo(offset);
        }
        assertThat(OffsetChunk.number(63)).isNotEqualTo(OffsetChunk.number(64));
    }

    @Test
    void isEmptyUntilItHasAnItemAndAfterItsLastOne() {
        assertThat(chunk.isEmpty()).isTrue();
        chunk.put(5, new ItemKey("a", 1), false);
        chunk.put(5, new ItemKey("a", 1), true);
        assertThat(chunk.isEmpty()).isFalse();
        assertThat(chunk.isStarted(5)).isTrue();

        chunk.remove(5);

        assertThat(chunk.isEmpty()).isTrue();
        assertThat(chunk.key(5)).isNull();
        assertThat(chunk.isStarted(5)).isFalse();
    }

    @Test
    void keepsItemsOfManyBatchesOverItsBytes() {
        for (int slot = 0; slot < OffsetChunk.SIZE; slot++) {
            chunk.put(slot, new ItemKey("batch " + slot % 7 + " \u20ac", slot * 34_000_000), slot % 3 == 0);
        }
        chunk.remove(10);

        OffsetChunk read = OffsetChunk.decode(chunk.encode());

        assertThat(IntStream.range(0, OffsetChunk.SIZE)).allSatisfy(slot -> {
            assertThat(read.key(slot)).isEqualTo(chunk.key(slot));
            assertThat(read.isStarted(slot)).isEqualTo(chunk.isStarted(slot));
        });
        assertThat(OffsetChunk.decode(new OffsetChunk().encode()).isEmpty()).isTrue();
    }

    @Test
    void namesABatchOnce() {
        String name = "b".repeat(1_000);
        chunk.put(0, new ItemKey(name, 0), false);
        int one = chunk.encode().length;

        chunk.put(1, new ItemKey(name, 1), false);

        assertThat(chunk.encode()).hasSizeLessThan(one + 10);
    }

    @Test
    void refusesBytesThatEndTooSoonOrAreOfALaterVersion() {
        chunk.put(3, new ItemKey("batch", 70_000), true);
        byte[] whole = chunk.encode();

        assertThatThrownBy(() -> OffsetChunk.decode(Arrays.copyOf(whole, whole.length - 1)))
                .isInstanceOf(RuntimeException.class);
        whole[0] = 99;
        assertThatThrownBy(() -> OffsetChunk.decode(whole)).isInstanceOf(RuntimeException.class);
    }
}
