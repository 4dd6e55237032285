package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.store.DirectoryStore;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A document store that cannot be read or written for a while, or at all. */
class DocumentStoreFailureTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    @MostlyWaits
    @Test
    void triesAgainWhenTheStoreIsNotThereAndSubmitsOnceWhenItIs() throws Exception {
        Path mounted = dir.resolve("documents");
        Path elsewhere = dir.resolve("elsewhere");
        String reference = new DirectoryStore(elsewhere).put(TestDocuments.pdf("Late", 1));
        try (Run run = new Run(mounted)) {
            run.submit(DocumentRequest.builder()
                    .documentRef(reference)
                    .baseRetryDelaySecs(1)
                    .maxRetries(20)
                    .build());
            Awaitility.await().atMost(PATIENCE).until(() -> run.worker.stats().retries() > 0);
            assertThat(run.submissions()).isZero();

            Files.move(elsewhere, mounted);

            CallResult result = run.result();
            assertThat(result.success()).isTrue();
            assertThat(result.attempts()).isGreaterThan(1);
            assertThat(result.possibleDuplicate()).isNull();
            assertThat(run.submissions()).isEqualTo(1);
        }
    }

    @MostlyWaits
    @Test
    void saysThatTheStoreIsNotThereWhenItNeverComes() {
        try (Run run = new Run(dir.resolve("documents"))) {
            run.submit(DocumentRequest.builder()
                    .documentRef("sha256/" + "0".repeat(64))
                    .maxRetries(0)
                    .build());

            CallResult result = run.result();
            assertThat(result.error().type()).isEqualTo("store_unavailable");
            assertThat(result.error().isRetriable()).isTrue();
            assertThat(result.error().message()).contains("does not exist or cannot be read");
            assertThat(run.submissions()).isZero();
        }
    }

    @MostlyWaits
    @Test
    void leavesALargeAnswerWithTheApiUntilTheStoreTakesIt() throws Exception {
        // A file in the place of the directory: nobody can write there, whatever their rights.
        Path store = Files.writeString(dir.resolve("documents"), "in the way");
        try (Run run = new Run(store)) {
            // Its total wait is over long before the store is back; the answer is there, and paid.
            run.submit(large().maxPollAttempts(2).build());
            Awaitility.await().atMost(PATIENCE).until(() -> run.submissions() == 1);
            // The answer has come and cannot be kept: the store is tried for 2.5 s before that is said.
            run.results.readFor(Duration.ofSeconds(5));
            assertThat(run.results.items()).isZero();

            Files.delete(store);

            CallResult result = run.result();
            assertThat(result.success()).isTrue();
            assertThat(result.responseRef()).startsWith("sha256/");
            assertThat(result.attempts()).isEqualTo(1);
            assertThat(run.submissions()).isEqualTo(1);
        }
    }

    private static DocumentRequest.Builder large() {
        ObjectNode size = JsonNodeFactory.instance.objectNode().put("sandbox_result_bytes", "9000000");
        return DocumentRequest.builder()
                .document(TestDocuments.pdf("Large", 1))
                .pollIntervalSecs(1)
                .extraFields(size);
    }

    private final class Run implements AutoCloseable {

        private final TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 1);
        private final SeenRecords results = cluster.results();
        private final Worker worker;

        Run(Path store) {
            Map<String, String> settings = cluster.documentWorker(dir, 5);
            settings.put("document.store", store.toString());
            worker = Worker.start(new GenAiConfig(settings));
        }

        void submit(DocumentRequest request) {
            try (var client =
                    new BatchClient(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
                client.submitDocuments("docs", List.of(request), index -> Map.of());
            }
        }

        int submissions() {
            var item = cluster.sandbox()
                    .stats()
                    .batches()
                    .getOrDefault("docs", Map.of())
                    .get(0);
            return item == null ? 0 : item.submitted();
        }

        CallResult result() {
            results.readUntil(() -> results.items() == 1, PATIENCE);
            return results.batch("docs").get(0).get(0);
        }

        @Override
        public void close() {
            worker.close();
            results.close();
            cluster.close();
        }
    }
}
