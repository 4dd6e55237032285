package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Kafka does not take a commit for longer than a producer waits. */
class FailedCommitTest {

    private static final int SLOTS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String GIVEN_UP = "Kafka has not taken a commit in time";
    private static final Logger OURS = (Logger) LoggerFactory.getLogger("io.github.genaistreams");

    @TempDir
    Path dir;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void startLog() {
        // Read while workers write to it.
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        OURS.setLevel(Level.INFO);
        OURS.addAppender(log);
    }

    @AfterEach
    void stopLog() {
        OURS.detachAppender(log);
        OURS.setLevel(null);
    }

    /**
     * The tasks of one thread share its transactions. One of them has read something, the other one only has open items
     * of a previous worker.
     */
    @Test
    void rollsAllTasksOfAThreadBackAlsoThoseThatHaveReadNothing() {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:300ms"));
        int port = HttpProbe.free().port();
        try (BrokerRoad road = BrokerRoad.to(port);
                TestCluster cluster = TestCluster.start(
                        api, 2, LocalKafka.Options.temporary().withPort(port).withBroker(road.brokerSettings()));
                SeenRecords results = cluster.results()) {
            cluster.submit("taken", 12, r -> r);
            try (Worker first = Worker.start(new GenAiConfig(settings(cluster)), Set.of("taken"))) {
                await().atMost(PATIENCE).until(() -> first.lanes().size() == 12);
            }
            cluster.submit("read", 1, r -> r);
            try (Worker worker = Worker.start(new GenAiConfig(settings(cluster)))) {
                results.readUntil(() -> results.items() >= 4, PATIENCE);
                road.shut();
                await().atMost(PATIENCE).until(() -> commitsGivenUp() > 0);
                road.open();
                results.readUntil(() -> results.items() == 13, PATIENCE);
                assertThat(worker.hasFailed()).isFalse();
            }
            results.readFor(Duration.ofMillis(500));
            assertOnce(results, "taken", 12);
            assertOnce(results, "read", 1);
            // Again those in flight, and those in the commit.
            long calls = cluster.sandbox().stats().callsOf("taken")
                    + cluster.sandbox().stats().callsOf("read");
            assertThat(calls).isLessThanOrEqualTo(13 + 4 * SLOTS);
            assertThat(commitsGivenUp()).isOne();
            assertThat(log.list).noneMatch(event -> event.getMessage().contains("stream thread failed"));
        }
    }

    private Map<String, String> settings(TestCluster cluster) {
        Map<String, String> settings = cluster.worker(dir, SLOTS);
        settings.put("kafka.request.timeout.ms", "500");
        settings.put("kafka.delivery.timeout.ms", "1000");
        settings.put("kafka.max.block.ms", "1500");
        return settings;
    }

    private int commitsGivenUp() {
        return (int) log.list.stream()
                .filter(event -> event.getMessage().contains(GIVEN_UP))
                .count();
    }

    private static void assertOnce(SeenRecords results, String batch, int items) {
        assertThat(results.batch(batch)).hasSize(items).allSatisfy((index, all) -> {
            assertThat(all).hasSize(1);
            assertThat(all.get(0).success()).isTrue();
        });
    }
}
