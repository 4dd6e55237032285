package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.local.Latency;
import io.github.genaistreams.local.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two workers share a batch; one is stopped gracefully in the middle, and later started again. */
class HandOverTest {

    private static final int PARTITIONS = 4;
    private static final int SLOTS = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @TempDir
    Path dir;

    /** A dynamic member hands its partitions to the other one, and takes some back from it while it has calls in flight. */
    @Test
    void shouldRepeatNoCallAndLoseNone() {
        handOver(false);
    }

    /** A static one finds its own partitions waiting. */
    @Test
    @Tag("long")
    void shouldRepeatNoCallAndLoseNoneWithStaticMembers() {
        handOver(true);
    }

    private void handOver(boolean staticMembers) {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:350ms,0.5"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                ResultReader results = cluster.results();
                WorkerProcess first = worker(cluster, "a", staticMembers)) {
            Feed feed = new Feed(cluster, results, "shared", 200);
            // A worker that starts alone has all tasks for a moment, and keeps empty directories of those that it gives
            // away.
            feed.until(() -> starts(first) == 1, PATIENCE);
            try (WorkerProcess second = worker(cluster, "b", staticMembers)) {
                feed.until(() -> starts(second) == 1 && results.items() >= 200, PATIENCE);
                assertThat(second.terminate(PATIENCE)).isZero();
                int left = results.items();
                feed.until(() -> results.items() >= left + 100, PATIENCE);
            }
            try (WorkerProcess again = worker(cluster, "b", staticMembers)) {
                feed.until(() -> starts(again) == 2, PATIENCE);
                results.readUntil(() -> results.items() == feed.sent(), PATIENCE);
                assertThat(again.terminate(PATIENCE)).isZero();
                // Of its own tasks, those of an API that was never used among them, the state is there.
                assertThat(again.log()).doesNotContain("are corrupted");
            }
            assertThat(first.terminate(PATIENCE)).isZero();
            results.readFor(Duration.ofSeconds(1));

            assertThat(results.batch("shared")).hasSize(feed.sent()).allSatisfy((index, all) -> assertThat(all)
                    .hasSize(1));
            assertThat(cluster.sandbox().stats("shared").callsOf("shared")).isEqualTo(feed.sent());
            if (!staticMembers) {
                // The way back went through a rebalance that had to wait for calls in flight.
                assertThat(first.log()).contains("waiting for the calls in flight");
            }
        }
    }

    /** Two workers of two threads each give partitions away to a third one at the same time, each with calls in flight. */
    @Test
    @Tag("long")
    void shouldRepeatNoCallWhenSeveralWorkersGivePartitionsAwayAtOnce() {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:800ms,0.6"));
        try (TestCluster cluster = TestCluster.start(api, 8);
                ResultReader results = cluster.results();
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

    private WorkerProcess worker(TestCluster cluster, String name, boolean isStatic) {
        Map<String, String> settings = isStatic
                ? cluster.workerOfBoth(dir.resolve("state-" + name), SLOTS)
                : cluster.worker(dir.resolve("state-" + name), SLOTS);
        if (isStatic) {
            settings.put(GenAiConfig.WORKER_ID, name);
        }
        return WorkerProcess.start(dir.resolve(name + ".log"), settings);
    }
}
