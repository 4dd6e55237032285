package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.flow.Arrival;
import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.topology.topic.TaskTopics;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Without a broker: partitions are assigned by hand, and no poll finds anything. */
@Timeout(60)
class GatedConsumerTest {

    private static final TopicPartition ONE = new TopicPartition("requests", 0);
    private static final TopicPartition OTHER = new TopicPartition("requests", 1);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration DRAIN = Duration.ofSeconds(60);

    private final Lanes lanes = new Lanes();
    private final LaneFigures one = lane(ONE);
    private final LaneFigures other = lane(OTHER);
    private long now;
    private final TaskTopics part = new TaskTopics("responses", List.of("requests"), List.of("changelog"));
    private final TaskCounts counts = new TaskCounts(List.of(part), Map.of("requests", 2, "changelog", 2));
    private final HandOver handOver = new HandOver(lanes, DRAIN, () -> now);
    private final Set<TopicPartition> gone = new HashSet<>();
    private final RevocationDelay listener =
            new RevocationDelay(lanes, handOver, DRAIN, () -> false, gone::addAll, () -> now);
    private final GatedConsumer consumer = new GatedConsumer(
            Map.of("bootstrap.servers", "localhost:1"),
            lanes,
            counts,
            WriterSchemas.NONE,
            handOver,
            listener,
            ThreadLocal.withInitial(HashMap::new));

    GatedConsumerTest() {
        listener.inFrontOf(new ConsumerRebalanceListener() {
            @Override
            public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

            @Override
            public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
        });
        consumer.assign(List.of(ONE, OTHER));
        consumer.seek(ONE, 70);
        consumer.seek(OTHER, 80);
    }

    @AfterEach
    void close() {
        consumer.close(CloseOptions.timeout(Duration.ZERO));
    }

    private LaneFigures lane(TopicPartition partition) {
        var lane = new LaneFigures(new LaneSettings(10, 10, 1 << 20));
        lanes.open(partition, new TopicPartition("urgent", partition.partition()), lane);
        return lane;
    }

    private static void hold(LaneFigures lane, int more) {
        lane.intake(Arrival.IN_ORDER).add(Phase.READY, more, more);
    }

    private void poll() {
        consumer.poll(Duration.ZERO);
    }

    @Test
    void pausesAPartitionWithAFullLaneUntilItHasRoom() {
        hold(one, 10);
        poll();
        assertThat(consumer.paused()).containsExactly(ONE);

        hold(one, -1);
        poll();
        assertThat(consumer.paused()).isEmpty();
    }

    @Test
    void readsAPartitionOnlyIfKafkaStreamsAndItsLaneWantIt() {
        hold(one, 10);
        consumer.pause(List.of(ONE, OTHER));
        poll();
        consumer.resume(List.of(ONE, OTHER));
        assertThat(consumer.paused()).containsExactly(ONE);

        consumer.pause(List.of(OTHER));
        hold(one, -1);
        poll();
        assertThat(consumer.paused()).containsExactly(OTHER);
    }

    @Test
    void notesWhereAFullPartitionIs() {
        hold(one, 10);
        poll();

        assertThat(one.readUpTo()).isEqualTo(70);
        assertThat(other.readUpTo()).as("it is read on").isEqualTo(-1);
    }

    @Test
    void endsThePollWhenACallHasEnded() {
        one.moved(null, Phase.IN_FLIGHT);
        var pace = lanes.pace();
        var end = CompletableFuture.runAsync(pace::wake);

        consumer.poll(LONG);

        end.join();
        assertThat(pace.takeWake()).as("it is taken").isFalse();
    }

    @Test
    void waitsForTheWholeTimeWhileCallsAreInFlight() {
        one.moved(null, Phase.IN_FLIGHT);
        long start = System.nanoTime();

        consumer.poll(Duration.ofMillis(20));

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20_000_000);
    }

    @Test
    void asksForACommitThatIsDueAndEndsThePoll() {
        var asked = new AtomicInteger();
        lanes.pace().wrote(false);
        lanes.pace().ask(asked::incrementAndGet);
        int before = asked.get();

        consumer.poll(LONG);

        assertThat(asked.get()).isEqualTo(before + 1);
    }

    /** A consumer without a group says so. */
    @Test
    void asksTheGroupForAnAssignmentWhenItsTopicsHaveGrown() {
        poll();
        var grown = Map.of("requests", 3, "changelog", 3);
        counts.looked(grown);
        counts.looked(grown);

        assertThatThrownBy(this::poll).hasMessageContaining("force a rebalance");
        poll();
    }

    @Test
    void asksTheGroupForAnAssignmentWhenPartitionsCanMove() {
        one.moved(null, Phase.IN_FLIGHT);
        handOver.told(Set.of(ONE), List.of(ONE, OTHER));
        poll();
        one.moved(Phase.IN_FLIGHT, null);

        assertThatThrownBy(this::poll).hasMessageContaining("force a rebalance");
        poll();
    }

    @Test
    void givesNothingWhileARevocationIsDelayed() {
        one.moved(null, Phase.IN_FLIGHT);
        listener.pollBegins();
        assertThatThrownBy(() -> listener.onPartitionsRevoked(List.of(ONE))).isInstanceOf(WakeupException.class);

        // As the group coordinator's client does when the listener has thrown.
        consumer.wakeup();
        assertThat(consumer.poll(LONG).isEmpty()).isTrue();
        assertThat(listener.isHolding()).isTrue();

        poll();
        assertThat(listener.isHolding()).as("the rebalance is over").isFalse();
        assertThat(one.isStopped()).isFalse();
    }

    @Test
    void passesOnAWakeUpThatIsNotOfAHold() {
        consumer.wakeup();

        assertThatThrownBy(this::poll).isInstanceOf(WakeupException.class);
    }

    @Test
    void holdsNothingAfterAPollThatFailed() {
        one.moved(null, Phase.IN_FLIGHT);
        consumer.wakeup();
        assertThatThrownBy(this::poll).isInstanceOf(WakeupException.class);

        listener.onPartitionsRevoked(List.of(ONE));

        assertThat(gone).containsExactly(ONE);
    }
}
