package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.local.Latency;
import io.github.genaistreams.local.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker goes away for a moment in the middle of a batch. */
class BrokerRestartTest {

    private static final int REQUESTS = 600;

    @TempDir
    Path dir;

    @Test
    void shouldCarryOnByItself() {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:200ms"));
        try (TestCluster cluster = TestCluster.start(api, 2);
                ResultReader results = cluster.results();
                Worker worker = Worker.start(new GenAiConfig(cluster.worker(dir, 10)))) {
            cluster.submit("restart", REQUESTS, r -> r);
            results.readUntil(() -> results.items() >= REQUESTS / 4, Duration.ofSeconds(60));

            cluster.kafka().restart();

            results.readUntil(() -> results.items() == REQUESTS, Duration.ofSeconds(120));
            results.readFor(Duration.ofSeconds(1));
            assertThat(results.batch("restart")).hasSize(REQUESTS).allSatisfy((index, all) -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).success()).isTrue();
            });
            // At most what was in flight when the broker went away is called again.
            assertThat(cluster.sandbox().stats("restart").callsOf("restart")).isLessThanOrEqualTo(REQUESTS + 40L);
            assertThat(worker.hasFailed()).isFalse();
            assertThat(worker.isRunning()).isTrue();
        }
    }
}
