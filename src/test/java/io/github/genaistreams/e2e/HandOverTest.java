package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Two workers share a batch; one is stopped gracefully in the middle, and later started again. */
class HandOverTest {

    private static final int PARTITIONS = 4;
    private static final int SLOTS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final Logger TOPOLOGY = (Logger) LoggerFactory.getLogger("io.github.genaistreams.topology");
    private static final List<Logger> LOGS =
            List.of(TOPOLOGY, (Logger) LoggerFactory.getLogger("org.apache.kafka.streams"));

    @TempDir
    Path dir;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void startLog() {
        // Read while workers write to it.
        log.list = new CopyOnWriteArrayList<>();
        log.start();
        TOPOLOGY.setLevel(Level.INFO);
        LOGS.forEach(each -> each.addAppender(log));
    }

    @AfterEach
    void stopLog() {
        LOGS.forEach(each -> each.detachAppender(log));
        TOPOLOGY.setLevel(null);
    }

    /** A dynamic member hands its partitions to the other one, and takes some back from it while it has calls in flight. */
    @Test
    void repeatsNoCallAndLosesNone() {
        handOver(false);
    }

    /** A static one finds its own partitions waiting. */
    @Test
    @Tag("long")
    void repeatsNoCallAndLosesNoneWithStaticMembers() {
        handOver(true);
    }

    private void handOver(boolean staticMembers) {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:350ms,0.5"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                SeenRecords results = cluster.results()) {
            Feed feed = new Feed(cluster, results, "shared", 100);
            try (Worker first = Worker.start(new GenAiConfig(settings(cluster, "a", staticMembers)))) {
                // A worker that starts alone has all tasks for a moment, and keeps empty directories of those that it
                // gives away.
                feed.until(() -> first.lanes().inFlight() > 0, PATIENCE);
                try (WorkerProcess second =
                        WorkerProcess.start(dir.resolve("b.log"), settings(cluster, "b", staticMembers))) {
                    feed.until(() -> second.log().contains("batch_start") && results.items() >= 100, PATIENCE);
                    assertThat(second.terminate(PATIENCE)).isZero();
                    assertThat(second.log()).doesNotContain("are corrupted");
                }
                int left = results.items();
                // Those of the second, too.
                feed.until(
                        () -> results.items() >= left + 100 && first.lanes().inFlight() > SLOTS * PARTITIONS / 2,
                        PATIENCE);
                log.list.clear();
                try (Worker again = Worker.start(new GenAiConfig(settings(cluster, "b", staticMembers)))) {
                    feed.until(() -> again.lanes().inFlight() > 0, PATIENCE);
                    results.readUntil(() -> results.items() == feed.sent(), PATIENCE);
                    assertThat(again.hasFailed()).isFalse();
                }
                // Of its own tasks, those of an API that was never used among them, the state is there.
                assertThat(log.list)
                        .noneMatch(event -> event.getFormattedMessage().contains("are corrupted"));
                if (!staticMembers) {
                    // The way back went through a rebalance that had to wait for calls in flight.
                    assertThat(log.list)
                            .anyMatch(event -> event.getFormattedMessage().contains("waiting for the calls in flight"));
                }
                assertThat(first.hasFailed()).isFalse();
            }
            results.readFor(Duration.ofSeconds(1));

            assertThat(results.batch("shared")).hasSize(feed.sent()).allSatisfy((index, all) -> assertThat(all)
                    .hasSize(1));
            assertThat(cluster.sandbox().stats("shared").callsOf("shared")).isEqualTo(feed.sent());
        }
    }

    /** Two workers of two threads each give partitions away to a third one at the same time, each with calls in flight. */
    @Test
    @Tag("long")
    void repeatsNoCallWhenSeveralWorkersGivePartitionsAwayAtOnce() {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:800ms,0.6"));
        try (TestCluster cluster = TestCluster.start(api, 8);
                SeenRecords results = cluster.results();
                WorkerProcess first = twoThreads(cluster, "a");
                WorkerProcess second = twoThreads(cluster, "b")) {
            first.awaitLog("worker_start", Duration.ofSeconds(30));
            second.awaitLog("worker_start", Duration.ofSeconds(30));
            Feed feed = new Feed(cluster, results, "scaled", 300);

            feed.until(() -> starts(first) == 1 && starts(second) == 1, PATIENCE);
            try (WorkerProcess third = twoThreads(cluster, "c")) {
                feed.until(() -> starts(third) == 1, PATIENCE);
                results.readUntil(() -> results.items() == feed.sent(), PATIENCE);
                results.readFor(Duration.ofSeconds(1));

                assertThat(first.log() + second.log()).contains("waiting for the calls in flight");
                assertThat(results.batch("scaled")).hasSize(feed.sent()).allSatisfy((index, all) -> assertThat(all)
                        .hasSize(1));
                assertThat(cluster.sandbox().stats("scaled").callsOf("scaled")).isEqualTo(feed.sent());
            }
        }
    }

    /** How often a worker with this log began to call items of the batch: once by each of its processes. */
    private static int starts(WorkerProcess worker) {
        return worker.log().split("batch_start", -1).length - 1;
    }

    private WorkerProcess twoThreads(TestCluster cluster, String name) {
        Map<String, String> settings = cluster.worker(dir.resolve("state-" + name), SLOTS);
        settings.put(GenAiConfig.STREAM_THREADS, "2");
        return WorkerProcess.start(dir.resolve(name + ".log"), settings);
    }

    private Map<String, String> settings(TestCluster cluster, String name, boolean isStatic) {
        Map<String, String> settings = isStatic
                ? cluster.workerOfBoth(dir.resolve("state-" + name), SLOTS)
                : cluster.worker(dir.resolve("state-" + name), SLOTS);
        if (isStatic) {
            settings.put(GenAiConfig.WORKER_ID, name);
        }
        return settings;
    }
}
