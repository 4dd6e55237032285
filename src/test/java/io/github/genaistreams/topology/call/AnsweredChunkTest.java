package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import org.apache.kafka.common.utils.Bytes;
import org.junit.jupiter.api.Test;

class AnsweredChunkTest {

    private final AnsweredChunk chunk = new AnsweredChunk(Bytes.wrap(new byte[] {1}));

    @Test
    void knowsWhatWasAnsweredBetweenTwoMinutes() {
        chunk.load(100, null);
        assertThat(chunk.add(7)).isTrue();

        assertThat(chunk.isAnswered(7, 100, 100)).isTrue();
        assertThat(chunk.isAnswered(7, 101, 200)).isFalse();
        assertThat(chunk.isAnswered(7, 0, 99)).isFalse();
        assertThat(chunk.isAnswered(6, 0, 200)).isFalse();
        assertThat(chunk.isAnswered(AnsweredChunk.SIZE - 1, 0, 200)).isFalse();
    }

    @Test
    void saysWhetherTheBitmapOfTheMinuteHasChanged() {
        chunk.load(100, null);

        assertThat(chunk.add(1_023)).isTrue();
        assertThat(chunk.add(1_023)).isFalse();
        assertThat(BitSet.valueOf(chunk.bitmap()).stream()).containsExactly(1_023);
        assertThat(chunk.isAt(100)).isTrue();
    }

    @Test
    void keepsTheLatestMinuteOfAnIndexInWhateverOrderMinutesAreLoaded() {
        byte[] third = BitSet.valueOf(new long[] {0b1000}).toByteArray();
        chunk.load(105, third);
        chunk.load(101, third);

        assertThat(chunk.isAnswered(3, 105, 105)).isTrue();
        assertThat(chunk.isAnswered(3, 101, 104)).isFalse();
        assertThat(chunk.isAt(101)).isTrue();
        assertThat(chunk.add(4)).isTrue();
        assertThat(chunk.isAnswered(4, 101, 101)).isTrue();
    }

    @Test
    void leavesOutWhatIsBehindItsEndInABitmapThatIsTooLong() {
        BitSet tooLong = new BitSet();
        tooLong.set(2);
        tooLong.set(AnsweredChunk.SIZE + 5);

        chunk.load(100, tooLong.toByteArray());

        assertThat(chunk.isAnswered(2, 100, 100)).isTrue();
        assertThat(BitSet.valueOf(chunk.bitmap()).stream()).containsExactly(2);
    }

    @Test
    void weighsLittleWhileOnlyItsFirstIndexesAreAnswered() {
        chunk.load(100, null);
        chunk.add(0);
        int light = chunk.weight();

        chunk.add(AnsweredChunk.SIZE - 1);

        assertThat(chunk.weight()).isGreaterThanOrEqualTo(light - 8 + AnsweredChunk.SIZE);
    }
}
