package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.apache.kafka.streams.KafkaStreams.State;
import org.junit.jupiter.api.Test;

class HealthTest {

    private static final Duration NOW = Duration.ZERO;
    private static final Duration SESSION = Duration.ofSeconds(45);
    private static final Duration MAX_WAIT = Duration.ofMinutes(15);

    private final Health health = new Health(SESSION, MAX_WAIT);
    private StreamsSnapshot sight = running(NOW, NOW);

    private static StreamsSnapshot running(Duration sinceHeartbeat, Duration sincePoll) {
        return new StreamsSnapshot(State.RUNNING, 2, 2, sinceHeartbeat, sincePoll, 0, Double.NaN, Double.NaN);
    }

    private void isSeen(StreamsSnapshot seen) {
        sight = seen;
        health.watch(() -> sight);
    }

    @Test
    void aWorkerThatStartsLivesAndIsNotReady() {
        assertThat(health.whyDead()).isEmpty();
        assertThat(health.whyNotReady()).get().asString().contains("starting");
    }

    @Test
    void isReadyOnlyWhileKafkaStreamsRuns() {
        for (State state : State.values()) {
            isSeen(new StreamsSnapshot(state, 2, 2, NOW, NOW, 0, Double.NaN, Double.NaN));
            assertThat(health.whyNotReady().isEmpty()).as("%s", state).isEqualTo(state == State.RUNNING);
            assertThat(health.whyDead()).isEmpty();
        }
    }

    @Test
    void saysHowMuchIsToBeRestored() {
        isSeen(new StreamsSnapshot(State.REBALANCING, 2, 2, NOW, NOW, 1_200, Double.NaN, Double.NaN));

        assertThat(health.whyNotReady()).get().asString().contains("1200 records");
    }

    @Test
    void isNotReadyWithADeadThreadAndAgainWhenItIsReplaced() {
        isSeen(new StreamsSnapshot(State.RUNNING, 2, 1, NOW, NOW, 0, Double.NaN, Double.NaN));
        assertThat(health.whyNotReady()).contains("1 of 2 stream threads are dead");
        assertThat(health.whyDead()).isEmpty();

        isSeen(running(NOW, NOW));
        assertThat(health.whyNotReady()).isEmpty();
    }

    @Test
    void isNotReadyOnceKafkaHasNotAnsweredForASessionAndLivesOn() {
        isSeen(running(SESSION, NOW));
        assertThat(health.whyNotReady()).isEmpty();

        isSeen(running(SESSION.plusMillis(1), NOW));
        assertThat(health.whyNotReady()).get().asString().contains("45 s", "session.timeout.ms");

        isSeen(running(Duration.ofDays(1), NOW));
        assertThat(health.whyDead()).isEmpty();

        isSeen(running(NOW, NOW));
        assertThat(health.whyNotReady()).isEmpty();
    }

    @Test
    void aThreadThatIsStuckMakesItNotReadyAndInTheEndDead() {
        isSeen(running(NOW, SESSION.plusMillis(1)));
        assertThat(health.whyNotReady()).get().asString().contains("has not polled");
        assertThat(health.whyDead()).isEmpty();

        isSeen(running(NOW, MAX_WAIT.plusMillis(1)));
        assertThat(health.whyDead()).get().asString().contains("900 s");

        isSeen(new StreamsSnapshot(State.REBALANCING, 2, 2, NOW, MAX_WAIT.plusMillis(1), 0, Double.NaN, Double.NaN));
        assertThat(health.whyDead()).isPresent();
    }

    @Test
    void isDeadForGoodOnceThreadsKeptFailing() {
        isSeen(running(NOW, NOW));
        health.gaveUp();

        assertThat(health.whyDead()).get().asString().contains("kept failing");
        assertThat(health.whyNotReady()).isEqualTo(health.whyDead());
        health.stopping();
        assertThat(health.whyDead()).isPresent();
    }

    @Test
    void livesWhileItStopsHoweverLongThatTakes() {
        isSeen(running(NOW, MAX_WAIT.plusMillis(1)));
        health.stopping();

        assertThat(health.whyDead()).isEmpty();
        assertThat(health.whyNotReady()).contains("the worker is stopping");
    }
}
