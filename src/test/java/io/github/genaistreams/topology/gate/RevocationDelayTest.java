package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;

class RevocationDelayTest {

    private static final TopicPartition BUSY = new TopicPartition("requests", 0);
    private static final TopicPartition IDLE = new TopicPartition("requests", 1);
    private static final TopicPartition STAYS = new TopicPartition("requests", 2);
    private static final Duration DRAIN = Duration.ofSeconds(60);

    private final Lanes lanes = new Lanes();
    private final LaneFigures busy = lane(BUSY);
    private final LaneFigures stays = lane(STAYS);
    private final List<String> told = new ArrayList<>();
    private final Set<TopicPartition> gone = new HashSet<>();
    private boolean isStopping;
    private long now = -7;
    private final HandOver handOver = new HandOver(lanes, DRAIN, () -> now);
    private final RevocationDelay listener =
            new RevocationDelay(lanes, handOver, DRAIN, () -> isStopping, gone::addAll, () -> now);

    RevocationDelayTest() {
        busy.moved(null, Phase.IN_FLIGHT);
        handOver.told(Set.of(), List.of(BUSY, IDLE, STAYS));
        listener.inFrontOf(new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                told.add("revoked " + partitions);
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                told.add("assigned " + partitions);
            }

            @Override
            public void onPartitionsLost(Collection<TopicPartition> partitions) {
                told.add("lost " + partitions);
            }
        });
    }

    private LaneFigures lane(TopicPartition partition) {
        var lane = new LaneFigures(new LaneSettings(10, 10, 1 << 20));
        lanes.open(partition, new TopicPartition("urgent", partition.partition()), lane);
        return lane;
    }

    private void callEnds() {
        busy.moved(Phase.IN_FLIGHT, null);
    }

    private void revoke(TopicPartition... partitions) {
        listener.pollBegins();
        try {
            listener.onPartitionsRevoked(List.of(partitions));
            listener.polled();
        } finally {
            listener.pollEnds();
        }
    }

    private void revokeInVain(TopicPartition... partitions) {
        assertThatThrownBy(() -> revoke(partitions)).isInstanceOf(WakeupException.class);
    }

    @Test
    void givesPartitionsWithoutCallsInFlightAwayAtOnce() {
        revoke(IDLE);

        assertThat(told).containsExactly("revoked [requests-1]");
        assertThat(gone).containsExactly(IDLE);
        assertThat(listener.isHolding()).isFalse();
    }

    /** Else its offset, as it was then, could be committed again while another worker has the partition. */
    @Test
    void forgetsAPartitionAlsoIfItsLastCommitFails() {
        var failure = new IllegalStateException("not committed");
        listener.inFrontOf(new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                throw failure;
            }

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        });
        assertThatThrownBy(() -> revoke(IDLE)).isSameAs(failure);
        assertThat(gone).containsExactly(IDLE);
        assertThatThrownBy(() -> listener.onPartitionsLost(List.of(STAYS))).isSameAs(failure);
        assertThat(gone).containsExactlyInAnyOrder(IDLE, STAYS);
    }

    @Test
    void keepsPartitionsUntilTheirCallsInFlightHaveEnded() {
        revokeInVain(BUSY, IDLE);
        assertThat(listener.isHolding()).isTrue();
        revokeInVain(BUSY, IDLE);
        assertThat(gone).isEmpty();

        callEnds();
        revoke(BUSY, IDLE);

        assertThat(told).containsExactly("assigned []", "revoked [requests-0, requests-1]");
        assertThat(gone).containsExactly(BUSY, IDLE);
        assertThat(listener.isHolding()).isFalse();
    }

    @Test
    void startsNothingMoreWhereItHoldsAndGoesOnElsewhere() {
        handOver.joining();
        assertThat(stays.isStopped()).isTrue();

        revokeInVain(BUSY);

        assertThat(busy.isStopped()).isTrue();
        assertThat(stays.isStopped()).isFalse();
    }

    @Test
    void startsAgainWhereARebalanceTakesNothingAwayAfterAll() {
        revokeInVain(BUSY);

        listener.polled();

        assertThat(busy.isStopped()).isFalse();
        assertThat(listener.isHolding()).isFalse();
    }

    @Test
    void givesPartitionsAwayWithCallsInFlightAfterTheDrainTimeout() {
        revokeInVain(BUSY);
        now += DRAIN.toNanos() - 1;
        revokeInVain(BUSY);
        now++;

        revoke(BUSY);

        assertThat(told).containsExactly("assigned []", "revoked [requests-0]");
    }

    @Test
    void waitsTheWholeTimeoutAgainForTheNextRebalance() {
        revokeInVain(BUSY);
        now += DRAIN.toNanos();
        revoke(BUSY);

        revokeInVain(BUSY);

        assertThat(told).containsExactly("assigned []", "revoked [requests-0]", "assigned []");
    }

    @Test
    void doesNotWaitAgainForCallsThatTheHandOverHasGivenUp() {
        handOver.told(Set.of(BUSY), List.of(BUSY));
        now += DRAIN.toNanos();
        assertThat(handOver.takeDone()).isTrue();

        revoke(BUSY);

        assertThat(told).containsExactly("revoked [requests-0]");
    }

    @Test
    void holdsNothingWhileTheConsumerIsClosed() {
        listener.onPartitionsRevoked(List.of(BUSY));

        assertThat(told).containsExactly("revoked [requests-0]");
        assertThat(gone).containsExactly(BUSY);
        assertThat(busy.isStopped()).isFalse();
    }

    @Test
    void passesOnAtOnceWhatIsAssignedAndWhatIsLost() {
        listener.pollBegins();
        listener.onPartitionsAssigned(List.of(IDLE));
        listener.onPartitionsLost(List.of(BUSY));

        assertThat(told).containsExactly("assigned [requests-1]", "lost [requests-0]");
        assertThat(gone).containsExactly(BUSY);
        assertThat(handOver.joining()).as("nothing is assigned any more").isEmpty();
    }

    @Test
    void letsAPartitionStartWithoutTheStopOfItsLastOwner() {
        lanes.stopStarting(List.of(BUSY, IDLE));

        listener.onPartitionsRevoked(List.of(BUSY));
        assertThat(lane(BUSY).isStopped()).isFalse();
        assertThat(lane(IDLE).isStopped()).as("it is still here").isTrue();

        listener.onPartitionsLost(List.of(IDLE));
        assertThat(lane(IDLE).isStopped()).isFalse();
    }

    @Test
    void waitsForTheGroupUnlessTheWorkerStops() {
        listener.letStop();
        now += Duration.ofHours(1).toNanos();
        listener.letStop();

        assertThat(told).isEmpty();
    }

    @Test
    void letsKafkaStreamsStopThoughTheGroupIsNotReady() {
        isStopping = true;
        listener.letStop();
        now += RevocationDelay.STOP_PATIENCE.toNanos();
        listener.letStop();
        assertThat(told).isEmpty();

        now++;
        listener.letStop();

        assertThat(told).containsExactly("assigned []");
    }
}
