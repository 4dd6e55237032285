package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker goes away in the middle of a batch, for longer than the group waits for a member. */
class BrokerRestartTest {

    private static final int REQUESTS = 600;

    @TempDir
    Path dir;

    @Test
    void carriesOnByItselfAndSaysMeanwhileThatItIsNotReady() throws IOException {
        HttpProbe port = HttpProbe.free();
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("fixed:200ms"));
        try (TestCluster cluster = TestCluster.start(api, 2, Map.of("group.min.session.timeout.ms", "1000"));
                SeenRecords results = cluster.results();
                Worker worker = Worker.start(new GenAiConfig(settings(cluster, port)))) {
            cluster.submit("restart", REQUESTS, r -> r);
            results.readUntil(() -> results.items() >= REQUESTS / 4, Duration.ofSeconds(60));

            assertThat(port.status("/health/ready")).isEqualTo(200);
            cluster.kafka().stop();
            await().untilAsserted(
                            () -> assertThat(port.get("/health/ready")).contains("no heartbeat has been answered for"));
            assertThat(port.status("/health/ready")).isEqualTo(503);
            assertThat(port.status("/health/live")).isEqualTo(200);
            cluster.kafka().restart();
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(port.get("/health/ready")).isEqualTo("{\"ready\":true}"));

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

    private Map<String, String> settings(TestCluster cluster, HttpProbe port) {
        Map<String, String> settings = cluster.worker(dir, 10);
        settings.put(GenAiConfig.HTTP_PORT, Integer.toString(port.port()));
        settings.put("kafka.session.timeout.ms", "2000");
        settings.put("kafka.heartbeat.interval.ms", "300");
        return settings;
    }
}
