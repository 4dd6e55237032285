package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LaneFiguresTest {

    private final LaneFigures lane = new LaneFigures(new LaneSettings(1, 2, 100));

    @Test
    void shouldCountAnItemOnceFromItsFirstPhaseToItsLast() {
        lane.moved(null, Phase.READY);
        lane.moved(Phase.READY, Phase.IN_FLIGHT);
        lane.moved(Phase.IN_FLIGHT, Phase.REMOTE);
        assertThat(lane.size()).isEqualTo(1);
        assertThat(lane.inFlight()).isZero();
        assertThat(lane.atWork()).isEqualTo(1);

        lane.moved(Phase.REMOTE, null);

        assertThat(lane.size()).isZero();
        assertThat(lane.atWork()).isZero();
        assertThat(lane.peak()).isEqualTo(1);
    }

    @Test
    void shouldBeFullByEitherBoundOrWhileItIsStopped() {
        assertThat(lane.isFull()).isFalse();
        lane.grew(100);
        assertThat(lane.isFull()).isTrue();
        lane.grew(-1);
        assertThat(lane.isFull()).isFalse();
        lane.stopStarting();
        assertThat(lane.isFull()).isTrue();
        lane.startAgain();
        lane.moved(null, Phase.WAITING);
        assertThat(lane.isFull()).isFalse();
        lane.moved(null, Phase.AWAY);
        assertThat(lane.isFull()).isTrue();
    }

    @Test
    void shouldBeFullWhileARequestIsStillToBeReadAgain() {
        lane.moved(null, Phase.UNREAD);
        assertThat(lane.isFull()).isTrue();

        lane.moved(Phase.UNREAD, Phase.READY);

        assertThat(lane.isFull()).isFalse();
    }
}
