package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.local.Latency;
import io.github.genaistreams.local.SandboxSettings;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker is killed while the API works on documents. */
class DocumentCrashTest {

    private static final int REQUESTS = 100;
    private static final int PARTITIONS = 4;

    @TempDir
    Path dir;

    @Test
    void shouldResumeAskingAndSubmitNothingTwice() {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:8s-15s"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                ResultReader results = cluster.results()) {
            submit(cluster);
            try (WorkerProcess worker = worker(cluster)) {
                results.readUntil(
                        () -> cluster.sandbox().stats("documents").submitted("documents") == REQUESTS,
                        Duration.ofSeconds(60));
                // All are accepted, and their names committed; none has its answer yet.
                results.readFor(Duration.ofSeconds(1));
                worker.kill();
            }
            try (WorkerProcess worker = worker(cluster)) {
                results.readUntil(() -> results.items() == REQUESTS, Duration.ofSeconds(90));
                assertThat(worker.terminate(Duration.ofSeconds(30))).isZero();
            }
            results.readFor(Duration.ofSeconds(1));

            assertThat(results.batch("documents")).hasSize(REQUESTS).allSatisfy((index, all) -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).success()).isTrue();
                assertThat(all.get(0).attempts()).isEqualTo(1);
            });
            assertThat(cluster.sandbox().stats("documents").submitted("documents"))
                    .isEqualTo(REQUESTS);
        }
    }

    private static void submit(TestCluster cluster) {
        byte[] pdf = TestDocuments.pdf("Report", 2);
        try (var client =
                new BatchClient(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
            client.submitDocuments(
                    "documents",
                    Collections.nCopies(
                            REQUESTS,
                            DocumentRequest.builder()
                                    .document(pdf)
                                    .pollIntervalSecs(1)
                                    .build()),
                    index -> Map.of());
        }
    }

    private WorkerProcess worker(TestCluster cluster) {
        Map<String, String> settings = cluster.worker(dir.resolve("state"), REQUESTS / PARTITIONS);
        settings.put(GenAiConfig.WORKER_ID, "worker-1");
        return WorkerProcess.start(dir.resolve("worker.log"), settings);
    }
}
