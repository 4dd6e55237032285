package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.store.DirectoryStore;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents through Kafka, with real PDFs and a sandbox that reads them. */
class DocumentBatchesTest {

    @TempDir
    Path dir;

    @Test
    void convertsDocumentsOfAllKindsInOrderAndFailsTheBadOnesClearly() {
        byte[] pdf = TestDocuments.pdf("Report", 3);
        DirectoryStore store = new DirectoryStore(dir.resolve("documents"));
        List<DocumentRequest> requests = new ArrayList<>();
        requests.add(document().document(pdf).fileName("report.pdf").build());
        requests.add(document().documentRef(store.put(pdf)).pageRange("1").build());
        requests.add(document().document(pdf).outputFormat("markdown").build());
        requests.add(document()
                .document(TestDocuments.docx("From Word"))
                .fileName("a.docx")
                .build());
        requests.add(document().document(TestDocuments.png()).build());
        requests.add(document().document(TestDocuments.encryptedPdf()).build());
        requests.add(document().document(Arrays.copyOf(pdf, 200)).build());
        requests.add(document().document("no document".getBytes()).build());
        requests.add(document().documentRef("sha256/" + "0".repeat(64)).build());
        requests.add(document()
                .document(pdf)
                .pageSchema(
                        "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}},\"required\":[\"name\"]}")
                .build());
        requests.add(document().buildUnchecked());

        List<CallResult> results = run(SandboxSettings.DEFAULTS, requests, Map.of());

        List<String> contents = DocumentContents.of(results);
        assertThat(contents.get(0)).contains("Report, page 0", "Report, page 1", "Report, page 2");
        assertThat(contents.get(0).indexOf("page 0")).isLessThan(contents.get(0).indexOf("page 1"));
        assertThat(contents.get(1)).contains("Report, page 1").doesNotContain("page 0", "page 2");
        assertThat(contents.get(2))
                .contains("Report, page 0\n\nA second paragraph.")
                .doesNotContain("<p>");
        assertThat(contents.get(3)).isEqualTo("<p>From Word</p>");
        assertThat(contents.get(4)).contains("<img");
        assertThat(results.get(5).error().message()).contains("encrypted");
        assertThat(results.get(6).success()).isFalse();
        assertThat(results.get(7).error().message()).contains("Unsupported file type");
        assertThat(results.get(8).error().param()).isEqualTo("document_ref");
        assertThat(results.get(8).attempts()).isEqualTo(1);
        assertThat(contents.get(9)).startsWith("{\"name\":");
        assertThat(results.get(10).error().message()).contains("exactly one of document");
        assertThat(results.get(0).pageCount()).isEqualTo(3);
        assertThat(results.get(0).costBreakdown().finalCostCents()).isEqualByComparingTo("2");
        assertThat(results.get(0).cost()).isEqualByComparingTo("0.02");
    }

    @MostlyWaits
    @Test
    void submitsOnceWhateverHappensToThePolls() {
        SandboxSettings api = SandboxSettings.DEFAULTS
                .withLatency(Latency.parse("uniform:500ms-3s"))
                .withFaults(Map.of(Fault.POLL_ERROR, 0.4));
        List<DocumentRequest> requests = IntStream.range(0, 30)
                .mapToObj(i ->
                        document().document(TestDocuments.pdf("Doc " + i, 1)).build())
                .toList();

        List<CallResult> results = run(api, requests, Map.of());

        assertThat(results).allMatch(CallResult::success).allMatch(result -> result.attempts() == 1);
        for (int i = 0; i < 30; i++) {
            assertThat(submitted.get(i)).isEqualTo(1);
        }
    }

    @MostlyWaits
    @Test
    void saysThatADocumentMayHaveBeenPaidTwiceWhenItsSubmissionWasLost() {
        SandboxSettings api = SandboxSettings.DEFAULTS.withFaults(Map.of(Fault.RESET, 0.5));
        List<DocumentRequest> requests = IntStream.range(0, 20)
                .mapToObj(i -> document()
                        .document(TestDocuments.pdf("Doc " + i, 1))
                        .baseRetryDelaySecs(0)
                        .maxRetries(20)
                        .resubmitOnUnknown(i % 2 == 0)
                        .build())
                .toList();

        List<CallResult> results = run(api, requests, Map.of());

        assertThat(results).anyMatch(result -> result.attempts() > 1);
        for (CallResult result : results) {
            if (result.index() % 2 == 0) {
                assertThat(result.success()).isTrue();
                assertThat(result.possibleDuplicate()).isEqualTo(result.attempts() > 1 ? true : null);
                assertThat(submitted.get(result.index())).isEqualTo(result.attempts());
            } else {
                assertThat(result.attempts()).isEqualTo(1);
                assertThat(result.success() || result.error().code().equals("unknown_outcome"))
                        .isTrue();
            }
        }
    }

    @Test
    void bringsALargeResultToItsReaderWhole() {
        ObjectNode large = JsonNodeFactory.instance.objectNode().put("sandbox_result_bytes", "30000000");
        ObjectNode elsewhere = JsonNodeFactory.instance.objectNode().put("sandbox_result_url", "true");
        byte[] pdf = TestDocuments.pdf("Large", 1);

        List<CallResult> results = run(
                SandboxSettings.DEFAULTS,
                List.of(
                        document().document(pdf).extraFields(large).build(),
                        document().document(pdf).extraFields(elsewhere).build()),
                Map.of());

        assertThat(results.get(0).responseRef()).startsWith("sha256/");
        assertThat(results.get(0).jsonResponse().at("/images/filler.png").asText())
                .hasSize(30_000_000);
        assertThat(DocumentContents.of(results.get(0))).contains("Large, page 0");
        assertThat(DocumentContents.of(results.get(1))).contains("Large, page 0");
        assertThat(results.get(1).pageCount()).isEqualTo(1);
    }

    private final List<Integer> submitted = new ArrayList<>();

    private List<CallResult> run(SandboxSettings api, List<DocumentRequest> requests, Map<String, String> more) {
        List<CallResult> all = new ArrayList<>();
        try (TestCluster cluster = TestCluster.start(api, 2)) {
            Map<String, String> settings = cluster.documentWorker(dir, 20);
            settings.putAll(more);
            GenAiConfig config = new GenAiConfig(settings);
            try (Worker worker = Worker.start(config);
                    BatchClient client = new BatchClient(
                            Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()),
                            Topics.withDefaultPrefix(),
                            WireFormat.JSON,
                            config.documentStore());
                    BatchResults results = client.submitDocuments("docs", requests, index -> Map.of())
                            .results()) {
                while (all.size() < requests.size()) {
                    all.add(results.poll(Duration.ofSeconds(90)).orElseThrow());
                }
                assertThat(worker.hasFailed()).isFalse();
            }
            for (int i = 0; i < requests.size(); i++) {
                var item = cluster.sandbox()
                        .stats()
                        .batches()
                        .getOrDefault("docs", Map.of())
                        .get(i);
                submitted.add(item == null ? 0 : item.submitted());
            }
        }
        return all;
    }

    private static DocumentRequest.Builder document() {
        return DocumentRequest.builder().pollIntervalSecs(1);
    }
}
