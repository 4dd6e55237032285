package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Kafka does not take a commit for longer than a producer waits. */
class FailedCommitTest {

    private static final int SLOTS = 2;
    private static final int ITEMS = 13;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String GIVEN_UP = "Kafka has not taken a commit in time";
    private static final Logger OURS = (Logger) LoggerFactory.getLogger("io.github.genaistreams");

    @TempDir
    Path dir;

    private final int port = HttpProbe.free().port();
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
        try (BrokerRoad road = BrokerRoad.to(port);
                TestCluster cluster = behind(road);
                SeenRecords results = cluster.results()) {
            haveOpenItems(cluster);
            Set<ItemKey> committed = new HashSet<>();
            try (Worker worker = Worker.start(new GenAiConfig(settings(cluster)))) {
                results.readUntil(() -> results.items() >= 4, PATIENCE);
                committed.addAll(results.keys());
                road.shut();
                await().atMost(PATIENCE).until(() -> commitsGivenUp() > 0);
                road.open();
                results.readUntil(() -> results.items() == ITEMS, PATIENCE);
                assertThat(worker.hasFailed()).isFalse();
            }
            assertThatAllAreAnsweredOnce(cluster, results, committed);
            assertThat(commitsGivenUp()).isOne();
            assertThat(log.list).noneMatch(event -> event.getMessage().contains("stream thread failed"));
        }
    }

    /** Its state directory must not tell the next worker of results that nobody can read. */
    @Test
    @Tag("long")
    void losesNothingIfItIsStoppedMeanwhile() {
        try (BrokerRoad road = BrokerRoad.to(port);
                TestCluster cluster = behind(road);
                SeenRecords results = cluster.results()) {
            haveOpenItems(cluster);
            Set<ItemKey> committed = new HashSet<>();
            try (Worker worker = Worker.start(new GenAiConfig(settings(cluster)))) {
                results.readUntil(() -> results.items() >= 4, PATIENCE);
                committed.addAll(results.keys());
                road.shut();
                worker.close();
            }
            road.open();
            try (Worker next = Worker.start(new GenAiConfig(settings(cluster)))) {
                results.readUntil(() -> results.items() == ITEMS, PATIENCE);
                assertThat(next.hasFailed()).isFalse();
            }
            assertThatAllAreAnsweredOnce(cluster, results, committed);
        }
    }

    private TestCluster behind(BrokerRoad road) {
        Map<String, String> broker = new HashMap<>(road.brokerSettings());
        broker.put("group.min.session.timeout.ms", "1000");
        return TestCluster.start(
                SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:300ms")),
                2,
                LocalKafka.Options.temporary().withPort(port).withBroker(broker));
    }

    /** A worker leaves open items in both partitions. In one of them, another request comes. */
    private void haveOpenItems(TestCluster cluster) {
        cluster.submit("taken", ITEMS - 1, r -> r);
        try (Worker first = Worker.start(new GenAiConfig(settings(cluster)), Set.of("taken"))) {
            await().atMost(PATIENCE).until(() -> first.lanes().size() == ITEMS - 1);
        }
        cluster.submit("read", 1, r -> r);
    }

    private static void assertThatAllAreAnsweredOnce(TestCluster cluster, SeenRecords results, Set<ItemKey> committed) {
        results.readFor(Duration.ofMillis(500));
        assertThat(results.items()).isEqualTo(ITEMS);
        assertThat(results.keys()).allSatisfy(key -> {
            List<CallResult> all = results.of(key.batchId(), key.index());
            assertThat(all).hasSize(1);
            assertThat(all.get(0).success()).isTrue();
            // Once more at most: those that were in flight, or answered but not committed.
            assertThat(cluster.sandbox()
                            .stats()
                            .item(key.batchId(), key.index())
                            .calls())
                    .isBetween(1, committed.contains(key) ? 1 : 2);
        });
    }

    private Map<String, String> settings(TestCluster cluster) {
        Map<String, String> settings = cluster.worker(dir, SLOTS);
        settings.put("kafka.session.timeout.ms", "4000");
        settings.put("kafka.heartbeat.interval.ms", "300");
        settings.put("kafka.request.timeout.ms", "500");
        settings.put("kafka.delivery.timeout.ms", "1000");
        settings.put("kafka.max.block.ms", "1500");
        settings.put(GenAiConfig.DRAIN_TIMEOUT_MS, "2000");
        return settings;
    }

    private int commitsGivenUp() {
        return (int) log.list.stream()
                .filter(event -> event.getMessage().contains(GIVEN_UP))
                .count();
    }
}
