package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.SandboxStats;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker is killed while the API works on documents. */
class DocumentCrashTest {

    private static final int REQUESTS = 100;
    private static final int PARTITIONS = 4;

    @TempDir
    Path dir;

    /** Takes documents, and is never heard of again. */
    private HttpServer silent;

    private final AtomicInteger toSilent = new AtomicInteger();

    @BeforeEach
    void startSilentApi() throws IOException {
        silent = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        silent.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            toSilent.incrementAndGet();
        });
        silent.start();
    }

    @AfterEach
    void stopSilentApi() {
        silent.stop(0);
    }

    /** Those that the API has taken on, and those of which nobody knows it and that must not be sent twice. */
    @Test
    void resumesAskingAndSubmitsNothingTwice() {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:8s-15s"));
        try (TestCluster cluster = TestCluster.start(api, PARTITIONS);
                SeenRecords results = cluster.results()) {
            submit(cluster);
            try (WorkerProcess worker = WorkerProcess.start(dir.resolve("worker.log"), settings(cluster))) {
                results.readUntil(
                        () -> isEachAskedAfter(cluster) && toSilent.get() == PARTITIONS, Duration.ofSeconds(60));
                // So the names of all are committed.
                worker.kill();
            }
            try (Worker worker = Worker.start(new GenAiConfig(settings(cluster)))) {
                results.readUntil(() -> results.items() == REQUESTS + PARTITIONS, Duration.ofSeconds(90));
                assertThat(worker.hasFailed()).isFalse();
            }
            results.readFor(Duration.ofSeconds(1));

            assertThat(results.batch("documents")).hasSize(REQUESTS).allSatisfy((index, all) -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).success()).isTrue();
                assertThat(all.get(0).attempts()).isEqualTo(1);
            });
            assertThat(cluster.sandbox().stats("documents").submitted("documents"))
                    .isEqualTo(REQUESTS);
            assertThat(results.batch("once")).hasSize(PARTITIONS).allSatisfy((index, all) -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).error().code()).isEqualTo("unknown_outcome");
            });
            assertThat(toSilent).hasValue(PARTITIONS);
        }
    }

    private static boolean isEachAskedAfter(TestCluster cluster) {
        SandboxStats stats = cluster.sandbox().stats("documents");
        return IntStream.range(0, REQUESTS)
                .allMatch(index -> stats.item("documents", index).polls() > 0);
    }

    private static void submit(TestCluster cluster) {
        byte[] pdf = TestDocuments.pdf("Report", 2);
        try (var client =
                new BatchClient(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
            DocumentRequest once = DocumentRequest.builder()
                    .document(pdf)
                    .credential("silent")
                    .resubmitOnUnknown(false)
                    .build();
            client.submitDocuments("once", Collections.nCopies(PARTITIONS, once), index -> Map.of());
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

    private Map<String, String> settings(TestCluster cluster) {
        Map<String, String> settings = cluster.documentWorker(dir.resolve("state"), REQUESTS / PARTITIONS + 1);
        settings.put(GenAiConfig.WORKER_ID, "worker-1");
        settings.put("datalab.credentials", "silent");
        settings.put("datalab.credentials.silent.api.key", "dl-silent");
        settings.put(
                "datalab.credentials.silent.api.url",
                "http://127.0.0.1:" + silent.getAddress().getPort() + "/api/v1/marker");
        return settings;
    }
}
