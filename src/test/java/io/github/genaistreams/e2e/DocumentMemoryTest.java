package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.local.SandboxSettings;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.store.DirectoryStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents that are together, and some of them at once, larger than the worker's heap. */
class DocumentMemoryTest {

    private static final int BYTES = 20_000_000;

    @TempDir
    Path dir;

    @Test
    void shouldSendLargeDocumentsFromTheStoreWithASmallHeap() {
        convert(16);
    }

    @Test
    @Tag("long")
    void shouldSendThreeHundredLargeDocumentsFromTheStoreWithASmallHeap() {
        convert(300);
    }

    private void convert(int documents) {
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2);
                ResultReader results = cluster.results();
                var client = new BatchClient(
                        Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
            // Twenty at once: more than the heap, if they were in it.
            Map<String, String> settings = cluster.worker(dir, 10);
            try (WorkerProcess worker = WorkerProcess.start(dir.resolve("worker.log"), settings, "-Xmx256m")) {
                client.submitDocuments("large", requests(documents), index -> Map.of());
                results.readUntil(() -> results.items() == documents, Duration.ofMinutes(10));
                assertThat(worker.isAlive()).isTrue();
            }

            assertThat(results.batch("large").values()).allSatisfy(all -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).success()).isTrue();
                assertThat(all.get(0).attempts()).isEqualTo(1);
            });
        }
    }

    private List<DocumentRequest> requests(int documents) {
        var store = new DirectoryStore(dir.resolve("documents"));
        List<DocumentRequest> requests = new ArrayList<>();
        for (int i = 0; i < documents; i++) {
            requests.add(DocumentRequest.builder()
                    .documentRef(store.put(TestDocuments.largePdf("Document " + i, BYTES)))
                    .pollIntervalSecs(1)
                    .maxPollAttempts(600)
                    .build());
        }
        return requests;
    }
}
