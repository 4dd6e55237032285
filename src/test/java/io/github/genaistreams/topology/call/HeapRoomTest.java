package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapRoomTest {

    private final HeapRoom room = new HeapRoom(10);

    @Test
    void takesNothingOfWhatDoesNotFitWhole() {
        assertThat(room.take(6)).isTrue();
        assertThat(room.take(5)).isFalse();
        assertThat(room.take(4)).isTrue();
        assertThat(room.take(1)).isFalse();

        room.giveBack(6);

        assertThat(room.take(7)).isFalse();
        assertThat(room.take(6)).isTrue();
    }
}
