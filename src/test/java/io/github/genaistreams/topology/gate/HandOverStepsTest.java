package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Phase;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class HandOverStepsTest {

    private static final TopicPartition BUSY = new TopicPartition("requests", 0);
    private static final TopicPartition IDLE = new TopicPartition("requests", 1);
    private static final TopicPartition OTHERS = new TopicPartition("requests", 2);
    private static final Duration DRAIN = Duration.ofSeconds(60);

    private final Lanes lanes = new Lanes();
    private final LaneFigures busy = lane(BUSY);
    private final LaneFigures idle = lane(IDLE);
    private long now = 5;
    private final HandOver handOver = new HandOver(lanes, DRAIN, () -> now);

    HandOverStepsTest() {
        busy.moved(null, Phase.IN_FLIGHT);
    }

    private LaneFigures lane(TopicPartition partition) {
        var lane = new LaneFigures(new LaneSettings(10, 10, 1 << 20));
        lanes.open(partition, new TopicPartition("urgent", partition.partition()), lane);
        return lane;
    }

    @Test
    void saysWhereItHasCallsInFlight() {
        lane(OTHERS).moved(null, Phase.IN_FLIGHT);
        handOver.told(Set.of(), List.of(BUSY, IDLE));
        assertThat(handOver.joining()).containsExactly(BUSY);
    }

    @Test
    void startsNothingWhereItHasNoCallsFromItsWordToTheLeadersOn() {
        handOver.told(Set.of(), List.of(BUSY, IDLE));
        handOver.joining();
        assertThat(idle.isStopped()).isTrue();
        assertThat(busy.isStopped()).isFalse();

        handOver.told(Set.of(), List.of(BUSY, IDLE));
        assertThat(idle.isStopped()).isFalse();
    }

    @Test
    void startsNothingInATaskThatBeginsBetweenItsWordAndTheLeaders() {
        handOver.told(Set.of(), List.of(IDLE, OTHERS));
        handOver.joining();
        LaneFigures late = lane(OTHERS);
        assertThat(late.isStopped()).isTrue();

        handOver.told(Set.of(), List.of(IDLE, OTHERS));
        assertThat(late.isStopped()).isFalse();
    }

    @Test
    void goesOnWhereItStaysWhileOthersOfItsPartitionsAreHeld() {
        handOver.told(Set.of(), List.of(BUSY, IDLE));
        handOver.joining();
        handOver.holds(Set.of(BUSY));
        assertThat(idle.isStopped()).isFalse();
    }

    @Test
    void forgetsWhatItWasToldOfPartitionsThatAreLost() {
        handOver.told(Set.of(BUSY), List.of(BUSY, IDLE));
        handOver.lost();
        // Of another thread of the worker.
        LaneFigures next = lane(BUSY);
        next.moved(null, Phase.IN_FLIGHT);
        assertThat(handOver.takeDone()).isFalse();
        assertThat(next.isStopped()).isFalse();
    }

    @Test
    void startsNothingWhereItIsToLeaveAndSaysWhenNothingIsInFlight() {
        handOver.told(Set.of(BUSY, OTHERS), List.of(BUSY, IDLE));
        assertThat(busy.isStopped()).isTrue();
        assertThat(handOver.takeDone()).isFalse();

        busy.moved(Phase.IN_FLIGHT, null);
        assertThat(handOver.takeDone()).isTrue();
        assertThat(handOver.takeDone()).as("once").isFalse();
        assertThat(handOver.joining()).isEmpty();
    }

    @Test
    void startsAgainWhereItIsToStayAfterAll() {
        handOver.told(Set.of(BUSY), List.of(BUSY, IDLE));
        handOver.told(Set.of(), List.of(BUSY, IDLE));
        assertThat(busy.isStopped()).isFalse();
        assertThat(handOver.takeDone()).isFalse();
    }

    @Test
    void doesNotWaitForLongerThanTheDrainTimeoutHoweverOftenTheGroupAssignsAnew() {
        handOver.told(Set.of(BUSY), List.of(BUSY));
        now += DRAIN.minusSeconds(1).toNanos();
        handOver.told(Set.of(BUSY), List.of(BUSY));
        assertThat(handOver.takeDone()).isFalse();

        now += Duration.ofSeconds(1).toNanos();
        assertThat(handOver.takeDone()).isTrue();
        assertThat(handOver.joining()).isEmpty();
        assertThat(handOver.awaited(List.of(BUSY, IDLE))).containsExactly(IDLE);
    }

    @Test
    void hasNothingToDoWhereOnlyOthersLeave() {
        handOver.told(Set.of(OTHERS), List.of(BUSY, IDLE));
        assertThat(handOver.takeDone()).isFalse();
        assertThat(busy.isStopped()).isFalse();
        assertThat(idle.isStopped()).isFalse();
    }
}
