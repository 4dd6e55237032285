package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LaneFiguresTest {

    private final LaneFigures lane = new LaneFigures(new LaneSettings(1, 2, 100));

    @Test
    void countsAnItemOnceFromItsFirstPhaseToItsLast() {
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
    void isFullWhileItIsStoppedOrItsIntakeIsFull() {
        lane.stopStarting();
        assertThat(lane.isFull()).isTrue();
        lane.startAgain();
        assertThat(lane.isFull()).isFalse();
        lane.intake(Arrival.IN_ORDER).add(Phase.READY, 2, 0);
        assertThat(lane.isFull()).isTrue();
    }

    @Test
    void doesNotCountReadyItemsOfAHeldCredentialAmongThoseThatMayBeCalled() {
        var intake = new IntakeFigures(new LaneSettings(1, 0, 2, 3, 100));
        intake.add(Phase.READY, 2, 100);
        assertThat(intake.isFull()).isTrue();
        intake.setHeld(1, 99);
        assertThat(intake.isFull()).isFalse();
        intake.add(Phase.WAITING, 2, 0);
        assertThat(intake.isFull()).as("three wait").isTrue();
        intake.add(Phase.WAITING, -1, 0);
        assertThat(intake.isFull()).isFalse();
        intake.add(Phase.AWAY, 0, 1);
        assertThat(intake.isFull()).as("100 bytes wait").isTrue();
    }

    @Test
    void isFullWhileARequestIsStillToBeReadAgain() {
        lane.moved(null, Phase.UNREAD);
        assertThat(lane.isFull()).isTrue();

        lane.moved(Phase.UNREAD, Phase.READY);

        assertThat(lane.isFull()).isFalse();
    }
}
