package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.local.Latency;
import io.github.genaistreams.local.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two workers share a batch; one is stopped gracefully in the middle, and later started again. */
class HandOverTest {

    private static final int REQUESTS = 2_000;
    private static final int SCALED_REQUESTS = 2_000;
    private static final int PARTITIONS = 4;
    private static final int SLOTS = 10;

    @TempDir
    Path dir;

    /**
     * A dynamic member hands its partitions to the other one, and takes some back from it while it has calls in flight; a
     * static one finds its own partitions waiting.
     */
    @ParameterizedTest(name = "static membership: {0}")
    @ValueSource(booleans = {false, true})
    void shouldRepeatNoCallAndLoseNone(boolean staticMembers) {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:350ms,0.5"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                ResultReader results = cluster.results();
                WorkerProcess first = worker(cluster, "a", staticMembers);
                WorkerProcess second = worker(cluster, "b", staticMembers)) {
            first.awaitLog("worker_start", Duration.ofSeconds(30));
            second.awaitLog("worker_start", Duration.ofSeconds(30));
            cluster.submit("shared", REQUESTS, r -> r);

            results.readUntil(() -> results.items() >= REQUESTS / 4, Duration.ofSeconds(60));
            assertThat(second.terminate(Duration.ofSeconds(30))).isZero();
            int left = results.items();
            results.readUntil(() -> results.items() >= left + 100, Duration.ofSeconds(60));
            try (WorkerProcess again = worker(cluster, "b", staticMembers)) {
                results.readUntil(() -> results.items() == REQUESTS, Duration.ofSeconds(90));
                assertThat(again.terminate(Duration.ofSeconds(30))).isZero();
            }
            assertThat(first.terminate(Duration.ofSeconds(30))).isZero();
            results.readFor(Duration.ofSeconds(1));

            assertThat(results.batch("shared")).hasSize(REQUESTS).allSatisfy((index, all) -> assertThat(all)
                    .hasSize(1));
            assertThat(cluster.sandbox().stats("shared").callsOf("shared")).isEqualTo(REQUESTS);
            if (!staticMembers) {
                // The way back went through a rebalance that had to wait for calls in flight.
                assertThat(first.log()).contains("waiting for the calls in flight");
            }
            // Both had a part in it, before and after.
            assertThat(second.log()).contains("batch_start");
            assertThat(second.log().split("batch_start")).hasSizeGreaterThanOrEqualTo(3);
        }
    }

    /** Two workers of two threads each give partitions away to a third one at the same time, each with calls in flight. */
    @Test
    void shouldRepeatNoCallWhenSeveralWorkersGivePartitionsAwayAtOnce() {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("lognormal:800ms,0.6"));
        try (TestCluster cluster = TestCluster.start(api, 8);
                ResultReader results = cluster.results();
                WorkerProcess first = twoThreads(cluster, "a");
                WorkerProcess second = twoThreads(cluster, "b")) {
            first.awaitLog("worker_start", Duration.ofSeconds(30));
            second.awaitLog("worker_start", Duration.ofSeconds(30));
            cluster.submit("scaled", SCALED_REQUESTS, r -> r);

            // Early, since a third process takes long to start on a busy machine.
            results.readUntil(() -> results.items() >= 40, Duration.ofSeconds(60));
            try (WorkerProcess third = twoThreads(cluster, "c")) {
                results.readUntil(() -> results.items() == SCALED_REQUESTS, Duration.ofSeconds(120));
                results.readFor(Duration.ofSeconds(1));

                assertThat(third.log()).contains("batch_start");
                assertThat(first.log() + second.log()).contains("waiting for the calls in flight");
                assertThat(results.batch("scaled")).hasSize(SCALED_REQUESTS).allSatisfy((index, all) -> assertThat(all)
                        .hasSize(1));
                assertThat(cluster.sandbox().stats("scaled").callsOf("scaled")).isEqualTo(SCALED_REQUESTS);
            }
        }
    }

    private WorkerProcess twoThreads(TestCluster cluster, String name) {
        Map<String, String> settings = cluster.worker(dir.resolve("state-" + name), SLOTS);
        settings.put(GenAiConfig.STREAM_THREADS, "2");
        return WorkerProcess.start(dir.resolve(name + ".log"), settings);
    }

    private WorkerProcess worker(TestCluster cluster, String name, boolean isStatic) {
        Map<String, String> settings = cluster.worker(dir.resolve("state-" + name), SLOTS);
        if (isStatic) {
            settings.put(GenAiConfig.WORKER_ID, name);
        }
        return WorkerProcess.start(dir.resolve(name + ".log"), settings);
    }
}
