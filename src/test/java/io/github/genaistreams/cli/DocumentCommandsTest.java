package io.github.genaistreams.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.local.LocalKafka;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.store.DirectoryStore;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** submit documents, and results whose answers are in the document store; on a broker without workers. */
@Timeout(60)
class DocumentCommandsTest {

    private static final int PARTITIONS = 2;

    private static LocalKafka kafka;

    @TempDir
    Path dir;

    private Path store;

    @BeforeAll
    static void start() {
        kafka = LocalKafka.start(LocalKafka.Options.temporary());
        var created = new GenAi()
                .with("GENAI_BOOTSTRAP_SERVERS", kafka.bootstrapServers())
                .run("topics", "create", "--partitions", "" + PARTITIONS);
        assertThat(created.status()).as(created.err()).isZero();
    }

    @AfterAll
    static void stop() {
        kafka.close();
    }

    @BeforeEach
    void placeTheStore() {
        store = dir.resolve("store");
    }

    @Test
    void aBatchIsMadeOfDirectoriesGlobsAddressesAndCheckpointsInTheirOrder() throws Exception {
        Path scans = Files.createDirectories(dir.resolve("scans"));
        Files.write(scans.resolve("b.pdf"), TestDocuments.pdf("B", 2));
        Files.write(scans.resolve("a.pdf"), TestDocuments.pdf("A", 1));
        Files.writeString(scans.resolve(".hidden"), "x");
        Path pages = Files.createDirectories(dir.resolve("pages"));
        Files.writeString(pages.resolve("one.html"), "<p>1</p>");
        Files.writeString(pages.resolve("two.txt"), "2");

        var submitted =
                submit("mixed", scans.toString(), pages + "/*.html", "https://example.org/x.pdf", "checkpoint:c-1");

        assertThat(submitted.status()).as(submitted.err()).isZero();
        List<DocumentRequest> requests = requests("mixed");
        assertThat(requests).extracting(DocumentRequest::index).containsExactly(0, 1, 2, 3, 4);
        assertThat(requests)
                .extracting(DocumentRequest::fileName)
                .containsExactly("a.pdf", "b.pdf", "one.html", null, null);
        assertThat(requests.get(1).expectedPages()).isEqualTo(2);
        assertThat(requests.get(3).fileUrl()).isEqualTo("https://example.org/x.pdf");
        assertThat(requests.get(4).checkpointId()).isEqualTo("c-1");
        assertThat(requests).allMatch(request -> request.batchSize() == 5);
    }

    @Test
    void aGlobThatFitsNothingIsNamed() {
        var submitted = submit("none", dir + "/*.pdf");

        assertThat(submitted.status()).isEqualTo(2);
        assertThat(submitted.err()).contains("No file fits " + dir + "/*.pdf");
    }

    @Test
    void everyFieldOfARequestCanBeGiven() throws Exception {
        Path file = Files.write(dir.resolve("a.pdf"), TestDocuments.pdf("A", 1));

        var submitted = submit(
                "fields",
                "--field",
                "schema_id=17",
                "--field",
                "schema_version=3",
                "--field",
                "save_checkpoint=true",
                "--field",
                "processing_location=eu",
                "--field",
                "extras=track_changes,extract_links",
                "--field",
                "word_bboxes=true",
                "--field",
                "segmentation_schema={\"properties\":{}}",
                "--field",
                "use_llm=true",
                file.toString());

        assertThat(submitted.status()).as(submitted.err()).isZero();
        DocumentRequest request = requests("fields").get(0);
        assertThat(request.schemaId()).isEqualTo("17");
        assertThat(request.schemaVersion()).isEqualTo(3);
        assertThat(request.saveCheckpoint()).isTrue();
        assertThat(request.processingLocation()).isEqualTo("eu");
        assertThat(request.extras().textValue()).isEqualTo("track_changes,extract_links");
        assertThat(request.wordBboxes()).isTrue();
        assertThat(request.segmentationSchema()).hasToString("{\"properties\":{}}");
        assertThat(request.extraFields()).hasToString("{\"use_llm\":\"true\"}");
    }

    @Test
    void aFieldWithAWrongValueIsNamedAndNothingIsSubmitted() throws Exception {
        Path file = Files.write(dir.resolve("a.pdf"), TestDocuments.pdf("A", 1));

        assertThat(submit("wrong", "--field", "schema_version=three", file.toString())
                        .err())
                .contains("schema_version");
        assertThat(submit("wrong", "--field", "document_ref=x", file.toString()).err())
                .contains("document_ref", "FILE");
        assertThat(requests("wrong")).isEmpty();
    }

    @Test
    void aLargeDocumentGoesToTheStore() throws Exception {
        byte[] pdf = TestDocuments.pdf("Large", 1);
        Path file = Files.write(dir.resolve("large.pdf"), pdf);

        var submitted = submit("large", "--inline-max-bytes", "100", file.toString());

        assertThat(submitted.status()).as(submitted.err()).isZero();
        DocumentRequest request = requests("large").get(0);
        try (var fetched = new DirectoryStore(store).fetch(request.documentRef())) {
            assertThat(fetched.file()).hasBinaryContent(pdf);
        }
    }

    @Test
    void aStoreThatTakesNothingIsNamedAndNothingIsSubmitted() throws Exception {
        Files.writeString(store, "in the way");
        Path file = Files.write(dir.resolve("large.pdf"), TestDocuments.pdf("Large", 1));

        var submitted = submit("unstored", "--inline-max-bytes", "100", file.toString());

        assertThat(submitted.status()).isEqualTo(2);
        assertThat(submitted.err()).contains(store.toString(), "cannot take a document");
        assertThat(requests("unstored")).isEmpty();
    }

    @Test
    void anAnswerThatIsNotInTheStoreIsAFailureThatSaysWhereItShouldBe() throws Exception {
        String missing = "sha256/" + "0".repeat(64);
        write(answered("answered", missing), Map.of());

        var results = genai().run("results", "answered", "--follow", "--json");

        assertThat(results.status()).isEqualTo(1);
        assertThat(results.out()).contains("\"success\":false", "answer_unavailable", missing, "document.store");
        assertThat(results.err()).contains("0 succeeded", "1 failed");
    }

    @Test
    void aLargeAnswerOfADocumentThatIsSubmittedAgainIsTakenFromTheStore() throws Exception {
        Path file = Files.writeString(dir.resolve("page.html"), "<p>");
        assertThat(submit("again", file.toString()).status()).isZero();
        write(failed("again"), Map.of());
        String reference = new DirectoryStore(store).put("{\"markdown\":\"# Paid\"}".getBytes(UTF_8));

        var retried = CompletableFuture.supplyAsync(() -> genai().run("retry-failed", "again"));
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> requests("again").size() == 2);
        write(answered("again", reference), Map.of("genai.retry", "0"));

        assertThat(retried.get(20, TimeUnit.SECONDS).status())
                .as(retried.get().err())
                .isZero();
        assertThat(retried.get().out()).contains("# Paid");
    }

    private static CallResult answered(String batchId, String reference) {
        return CallResult.builder(new ItemKey(batchId, 0), "documents")
                .batchSize(1)
                .success(true)
                .responseRef(reference)
                .submittedAt(Instant.now())
                .completedAt(Instant.now())
                .build();
    }

    private static CallResult failed(String batchId) {
        return CallResult.builder(new ItemKey(batchId, 0), "documents")
                .batchSize(1)
                .error(new CallError("Try later", "server_error", "busy", null, true, 500))
                .submittedAt(Instant.now())
                .completedAt(Instant.now())
                .build();
    }

    /** As a worker would. */
    private static void write(CallResult result, Map<String, String> headers) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            var record = new ProducerRecord<>(
                    "genai.results",
                    BatchPartitioner.partition(result.batchId(), PARTITIONS),
                    ItemKeys.encode(result.key()),
                    Codecs.CALL_RESULT.encode(result, WireFormat.JSON));
            headers.forEach((name, value) -> record.headers().add(name, value.getBytes(UTF_8)));
            producer.send(record).get();
        }
    }

    private GenAi genai() {
        return new GenAi()
                .with("GENAI_BOOTSTRAP_SERVERS", kafka.bootstrapServers())
                .with("GENAI_DOCUMENT_STORE", store.toString());
    }

    private GenAi.Outcome submit(String batchId, String... arguments) {
        List<String> all = new ArrayList<>(List.of("submit", "documents", "--batch-id", batchId));
        all.addAll(List.of(arguments));
        return genai().run(all.toArray(String[]::new));
    }

    /** What is on the request topic of this batch, by index. */
    private static List<DocumentRequest> requests(String batchId) {
        List<DocumentRequest> requests = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor("genai.documents.requests").stream()
                    .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    DocumentRequest request = Codecs.DOCUMENT_REQUEST.decode(record.value());
                    if (request.batchId().equals(batchId)) {
                        requests.add(request);
                    }
                });
            }
        }
        requests.sort(Comparator.comparing(DocumentRequest::index));
        return requests;
    }
}
