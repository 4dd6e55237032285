package io.github.genaistreams.topology.batch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IndexChunkTest {

    @Test
    void saysOfEachIndexWhatWasSaidLastAndLeavesTheChunkBeforeAsItWas() {
        byte[] one = IndexChunk.with(null, IndexChunk.SIZE + 5, IndexChunk.SUCCEEDED);
        byte[] two = IndexChunk.with(one, IndexChunk.SIZE + 900, (byte) 200);
        byte[] three = IndexChunk.with(two, IndexChunk.SIZE + 5, (byte) 7);

        assertThat(IndexChunk.of(IndexChunk.SIZE + 900)).isEqualTo(1);
        assertThat(IndexChunk.get(three, IndexChunk.SIZE + 5)).isEqualTo((byte) 7);
        assertThat(IndexChunk.get(three, IndexChunk.SIZE + 900)).isEqualTo((byte) 200);
        assertThat(IndexChunk.get(three, IndexChunk.SIZE + 6)).isEqualTo(IndexChunk.NONE);
        assertThat(IndexChunk.get(two, IndexChunk.SIZE + 5)).isEqualTo(IndexChunk.SUCCEEDED);
        assertThat(IndexChunk.get(one, IndexChunk.SIZE + 900)).isEqualTo(IndexChunk.NONE);
        assertThat(IndexChunk.get(null, 3)).isEqualTo(IndexChunk.NONE);
    }

    @Test
    void takesAByteForAnIndexAndNoMoreThanAChunkHas() {
        assertThat(IndexChunk.with(null, 9, IndexChunk.SUCCEEDED)).hasSizeBetween(10, 16);
        assertThat(IndexChunk.with(null, IndexChunk.SIZE - 1, IndexChunk.SUCCEEDED))
                .hasSize(IndexChunk.SIZE);
        assertThat(IndexChunk.with(null, 2_048, IndexChunk.SUCCEEDED)).hasSize(IndexChunk.SIZE);
    }
}
