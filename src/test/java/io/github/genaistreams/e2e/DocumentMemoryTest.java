package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.S3Server;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.sandbox.SandboxStats;
import io.github.genaistreams.store.DirectoryStore;
import io.github.genaistreams.store.DocumentStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents and answers that are together, and some of them at once, larger than the worker's heap. */
class DocumentMemoryTest {

    private static final int BYTES = 20_000_000;

    /** All at once, and as much as the heap that they are sent with. */
    private static final int FEW = 6;

    private static final String FEW_HEAP = "-Xmx128m";
    private static final int MANY = 300;

    /** Twenty are sent at once: more than this heap, if they were in it. */
    private static final String MANY_HEAP = "-Xmx256m";

    /** A heap of 256 MiB, as much again for code, stacks, Kafka's and Netty's buffers and RocksDB, and some room. */
    private static final long MAX_RESIDENT = 768L << 20;

    /** A fifth of what is sent at once. */
    private static final long GROWTH = 64L << 20;

    @TempDir
    Path dir;

    /** What the next test does, too, once a document is fetched. */
    @Test
    @Tag("long")
    void sendsLargeDocumentsFromTheStoreWithASmallHeap() {
        convert(FEW, FEW_HEAP, directory(), Map.of());
    }

    @Test
    @Tag("long")
    void sendsLargeDocumentsFromABucketWithASmallHeap() {
        convertFromBucket(FEW, FEW_HEAP);
    }

    /** Four at once, of 120 MB together: each is several times its size while it is parsed. */
    @Test
    void keepsLargeAnswersThatComeAtOnceWithASmallHeap() {
        int answers = 4;
        int bytes = 30_000_000;
        DocumentStore store = directory();
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2);
                SeenRecords results = cluster.results();
                var client = new BatchClient(
                        Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
            try (WorkerProcess worker =
                    WorkerProcess.start(dir.resolve("worker.log"), cluster.documentWorker(dir, 10), "-Xmx256m")) {
                client.submitDocuments("large", asking(answers, bytes), index -> Map.of());
                results.readUntil(() -> results.items() == answers, Duration.ofMinutes(2));
                assertThat(worker.isAlive()).isTrue();
            }

            assertThat(dir.resolve("worker.log")).content().doesNotContain("OutOfMemory");
            SandboxStats stats = cluster.sandbox().stats("large");
            assertThat(results.batch("large").entrySet()).allSatisfy(item -> {
                CallResult result = item.getValue().get(0);
                assertThat(item.getValue()).hasSize(1);
                assertThat(result.error()).isNull();
                assertThat(result.attempts()).isEqualTo(1);
                assertThat(stats.item("large", item.getKey()).calls()).isEqualTo(1);
                try (DocumentStore.Fetched kept = store.fetch(result.responseRef())) {
                    assertThat(kept.file().toFile().length()).isGreaterThan(bytes);
                }
            });
        }
    }

    private static List<DocumentRequest> asking(int answers, int bytes) {
        JsonNode large = JsonNodeFactory.instance.objectNode().put("sandbox_result_bytes", bytes);
        return IntStream.range(0, answers)
                .mapToObj(index -> DocumentRequest.builder()
                        .document(TestDocuments.pdf("Document " + index, 1))
                        .extraFields(large)
                        .pollIntervalSecs(1)
                        .build())
                .toList();
    }

    @Test
    @Tag("long")
    void sendsThreeHundredLargeDocumentsFromTheStoreWithASmallHeap() {
        convert(MANY, MANY_HEAP, directory(), Map.of());
    }

    @Test
    @Tag("long")
    void sendsThreeHundredLargeDocumentsFromABucketWithASmallHeap() {
        convertFromBucket(MANY, MANY_HEAP);
    }

    private void convertFromBucket(int documents, String heap) {
        try (S3Server s3 = S3Server.start(dir.resolve("s3"));
                DocumentStore store = s3.store("docs")) {
            convert(documents, heap, store, s3.settings());
        }
    }

    private DocumentStore directory() {
        return new DirectoryStore(dir.resolve("documents"));
    }

    private void convert(int documents, String heap, DocumentStore store, Map<String, String> more) {
        try (TestCluster cluster = TestCluster.start(SandboxSettings.DEFAULTS, 2);
                SeenRecords results = cluster.results();
                var client = new BatchClient(
                        Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()))) {
            Map<String, String> settings = cluster.documentWorker(dir, 10);
            settings.putAll(more);
            try (WorkerProcess worker = WorkerProcess.start(
                    dir.resolve("worker.log"),
                    settings,
                    heap,
                    "-Daws.accessKeyId=test",
                    "-Daws.secretAccessKey=test")) {
                client.submitDocuments("large", requests(documents, store), index -> Map.of());
                List<Long> resident = new ArrayList<>();
                results.readUntil(
                        () -> {
                            if (results.items() >= documents / 8) {
                                resident.add(worker.residentBytes());
                            }
                            return results.items() == documents;
                        },
                        Duration.ofMinutes(10));
                assertThat(worker.isAlive()).isTrue();
                assertThat(Collections.max(resident)).isLessThan(MAX_RESIDENT);
                if (documents == MANY) {
                    assertFlat(resident);
                }
            }

            SandboxStats stats = cluster.sandbox().stats("large");
            assertThat(IntStream.range(0, documents)
                            .map(index -> stats.item("large", index).submitted()))
                    .as("submissions of each document")
                    .containsOnly(1);
            assertThat(results.batch("large").values()).allSatisfy(all -> {
                assertThat(all).hasSize(1);
                assertThat(all.get(0).success()).isTrue();
                assertThat(all.get(0).attempts()).isEqualTo(1);
            });
        }
    }

    /** Late is no more than early: what is sent leaves nothing behind, in the heap or beside it. */
    private static void assertFlat(List<Long> resident) {
        int half = resident.size() / 2;
        long early = Collections.max(resident.subList(0, half));
        long late = Collections.max(resident.subList(half, resident.size()));
        assertThat(late).as("resident bytes, early " + early).isLessThan(early + GROWTH);
    }

    private static List<DocumentRequest> requests(int documents, DocumentStore store) {
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
