package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.TaskMetadata;
import org.apache.kafka.streams.ThreadMetadata;
import org.junit.jupiter.api.Test;

class StreamsWatchTest {

    private final Restores restores = new Restores();
    private final List<ThreadMetadata> threads = new ArrayList<>(List.of(new Thread1("a"), new Thread1("b")));
    private final List<Metric> metrics = new ArrayList<>();
    private long now;

    private final StreamsWatch watch =
            new StreamsWatch(() -> State.RUNNING, () -> threads, () -> metrics, 2, restores, () -> now);

    private record Figure(MetricName metricName, Object metricValue) implements Metric {}

    private void says(String consumer, double lastHeartbeat, double heartbeats, double lastPoll) {
        metrics.removeIf(m -> m.metricName().tags().containsValue(consumer));
        Map.of(
                        "last-heartbeat-seconds-ago",
                        lastHeartbeat,
                        "heartbeat-total",
                        heartbeats,
                        "last-poll-seconds-ago",
                        lastPoll)
                .forEach((name, value) -> metrics.add(
                        new Figure(new MetricName(name, "consumer", "", Map.of("client-id", consumer)), value)));
    }

    private void passSeconds(int seconds) {
        now += TimeUnit.SECONDS.toNanos(seconds);
    }

    @Test
    void takesAConsumerThatHasNotBegunForOneThatIsNotSilent() {
        says("a-consumer", -1, 0, -1);
        says("b-consumer", -1, 0, -1);

        assertThat(watch.get())
                .isEqualTo(new StreamsSnapshot(
                        State.RUNNING, 2, 2, Duration.ZERO, Duration.ZERO, 0, Double.NaN, Double.NaN));
    }

    @Test
    void tellsTheLongestSilenceOfAnyThread() {
        says("a-consumer", 3, 10, 0);
        says("b-consumer", 50, 10, 7);

        assertThat(watch.get().sinceHeartbeat()).isEqualTo(Duration.ofSeconds(50));
        assertThat(watch.get().sincePoll()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void tellsThatHeartbeatsAreSentAndNotAnswered() {
        says("a-consumer", 1, 10, 0);
        says("b-consumer", 1, 10, 0);
        watch.get();
        passSeconds(60);
        says("b-consumer", 1, 11, 0);

        assertThat(watch.get().sinceHeartbeat()).isEqualTo(Duration.ofSeconds(60));

        says("a-consumer", 1, 11, 0);
        assertThat(watch.get().sinceHeartbeat()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void hearsNoConsumersButThoseOfStreamThreads() {
        says("a-consumer", 1, 10, 0);
        says("b-consumer", 1, 10, 0);
        says("a-restore-consumer", 900, 0, 900);
        says("old-consumer", 900, 0, 900);

        assertThat(watch.get().sinceHeartbeat()).isEqualTo(Duration.ofSeconds(1));
        assertThat(watch.get().sincePoll()).isEqualTo(Duration.ZERO);
    }

    @Test
    void doesNotCountAThreadThatIsEnding() {
        threads.set(1, new Thread1("b", "PENDING_SHUTDOWN"));

        assertThat(watch.get().alive()).isEqualTo(1);
        assertThat(watch.get().threads()).isEqualTo(2);
    }

    @Test
    void tellsHowLongCommitsTake() {
        commits("thread-1", 20, 90);
        commits("thread-2", 40, 70);
        commits("idle", Double.NaN, Double.NaN);

        assertThat(watch.get().commitAvgSeconds()).isEqualTo(0.03);
        assertThat(watch.get().commitMaxSeconds()).isEqualTo(0.09);
    }

    private void commits(String thread, double avg, double max) {
        Map.of("commit-latency-avg", avg, "commit-latency-max", max)
                .forEach((name, value) -> metrics.add(new Figure(
                        new MetricName(name, "stream-thread-metrics", "", Map.of("thread-id", thread)), value)));
    }

    @Test
    void tellsWhatIsStillToBeRestored() {
        var changelog = new TopicPartition("changelog", 0);
        restores.onRestoreStart(changelog, "store", 100, 600);
        restores.onRestoreStart(new TopicPartition("changelog", 1), "store", 0, 50);
        assertThat(watch.get().restoring()).isEqualTo(550);

        restores.onBatchRestored(changelog, "store", 299, 180);
        assertThat(watch.get().restoring()).isEqualTo(350);

        restores.onRestoreEnd(changelog, "store", 500);
        restores.onRestoreSuspended(new TopicPartition("changelog", 1), "store", 0);
        assertThat(watch.get().restoring()).isZero();
    }

    private record Thread1(String threadName, String threadState) implements ThreadMetadata {

        Thread1(String threadName) {
            this(threadName, "RUNNING");
        }

        @Override
        public Set<TaskMetadata> activeTasks() {
            return Set.of();
        }

        @Override
        public Set<TaskMetadata> standbyTasks() {
            return Set.of();
        }

        @Override
        public String consumerClientId() {
            return threadName + "-consumer";
        }

        @Override
        public String restoreConsumerClientId() {
            return threadName + "-restore-consumer";
        }

        @Override
        public Set<String> producerClientIds() {
            return Set.of();
        }

        @Override
        public String adminClientId() {
            return "admin";
        }
    }
}
