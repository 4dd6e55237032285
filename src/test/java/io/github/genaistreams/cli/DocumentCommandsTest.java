package io.github.genaistreams.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.embedded.LocalKafka;
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
import org.apache.kafka.clients.consumer.ConsumerRecord;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    void aGlobThatMatchesNothingIsNamed() {
        var submitted = submit("none", dir + "/*.pdf");

        assertThat(submitted.status()).isEqualTo(2);
        assertThat(submitted.err()).contains("No file matches " + dir + "/*.pdf");
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
                "use_llm=true",
                file.toString());
        // The API takes one schema or the other.
        var segmented = submit("segmented", "--field", "segmentation_schema={\"properties\":{}}", file.toString());

        assertThat(submitted.status()).as(submitted.err()).isZero();
        DocumentRequest request = requests("fields").get(0);
        assertThat(request.schemaId()).isEqualTo("17");
        assertThat(request.schemaVersion()).isEqualTo(3);
        assertThat(request.saveCheckpoint()).isTrue();
        assertThat(request.processingLocation()).isEqualTo("eu");
        assertThat(request.extras().textValue()).isEqualTo("track_changes,extract_links");
        assertThat(request.wordBboxes()).isTrue();
        assertThat(segmented.status()).as(segmented.err()).isZero();
        assertThat(requests("segmented").get(0).segmentationSchema()).hasToString("{\"properties\":{}}");
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
        assertThat(submitted.err()).contains(store.toString(), "cannot store a document");
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--output-format | pdf    | --output-format: `output_format` has an unknown format",
                "--page-range    | 5-2    | --page-range: `page_range` has a range that ends before it begins",
                "--max-pages     | 0      | --max-pages: `max_pages` is 0",
                "--mode          | turbo! | --mode: `mode` is not a valid mode",
                "--webhook-url   | x      | --webhook-url: `webhook_url` is not an http or https address",
                "--field         | expected=1 --mode=X | --mode: `mode` is not a valid mode",
                "--field         | mode=X | --field mode: `mode` is not a valid mode",
            })
    void aMistakeThatAllWouldShareIsNamedAndNothingIsStored(String option, String value, String sentence)
            throws Exception {
        Path file = Files.write(dir.resolve("large.pdf"), TestDocuments.pdf("Large", 1));
        List<String> arguments = new ArrayList<>(List.of("--inline-max-bytes", "100", option));
        arguments.addAll(List.of(value.split(" ")));
        arguments.add(file.toString());

        var submitted = submit("mistaken", arguments.toArray(String[]::new));

        assertThat(submitted.status()).isEqualTo(2);
        assertThat(submitted.err()).contains(sentence);
        assertThat(store).doesNotExist();
        assertThat(requests("mistaken")).isEmpty();
    }

    @Test
    void resultsNameTheFileOfEachIndex() throws Exception {
        String name = "scans/ü,1.pdf";
        write(failed("named"), Map.of("genai.file-name", name));

        assertThat(genai().run("results", "named").lines())
                .containsExactly("   0  " + name, "      FAILED busy: Try later (HTTP 500, 0 attempts)");
        assertThat(genai().run("results", "named", "--json").out())
                .startsWith("{\"file_name\":\"" + name + "\",\"batch_id\":\"named\"");
        assertThat(genai().run("results", "named", "--format", "csv").out())
                .contains("index,custom_id,file_name,", "0,,\"" + name + "\",false");
        assertThat(genai().run("results", "named").err()).contains("0 pages").doesNotContain("token");
    }

    @Test
    void theNameOfADocumentTravelsWithItsRequest() throws Exception {
        Path scans = Files.createDirectories(dir.resolve("scans/2"));
        Path file = Files.writeString(scans.resolve("page.html"), "<p>");

        assertThat(submit("travels", dir.resolve("scans").toString(), "https://example.org/x.pdf")
                        .status())
                .isZero();

        assertThat(names("travels")).containsExactlyInAnyOrder(file.toString(), "https://example.org/x.pdf");
    }

    @Test
    void whatIsStoredAndNotYetSentIsGivenUpWhenSomebodyStops() throws Exception {
        Path file = Files.writeString(dir.resolve("page.html"), "<p>");
        var stop = StopSignal.manual();
        stop.request();

        var stopped = genai().stoppedBy(stop).run("submit", "documents", "--batch-id", "stopped", file.toString());

        assertThat(stopped.status()).isEqualTo(130);
        assertThat(stopped.err()).contains("stopped after storing 0 of 1; nothing was submitted");
        assertThat(requests("stopped")).isEmpty();
    }

    @Test
    void anotherRequestUnderTheSameBatchIdIsNamedWithItsFileAndField() throws Exception {
        Path file = Files.writeString(dir.resolve("page.html"), "<p>");
        submit("resumed", "--output-format", "html", file.toString());

        var other = genai().run(
                        "run",
                        "documents",
                        "--batch-id",
                        "resumed",
                        "--output-format",
                        "markdown",
                        "--paginate",
                        file.toString());

        assertThat(other.status()).isEqualTo(2);
        assertThat(other.err())
                .contains("batch resumed was submitted before with different requests: index 0 (" + file
                        + ") differs in" + " output_format, paginate; use another batch ID");
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
        return records(batchId).stream()
                .map(record -> Codecs.DOCUMENT_REQUEST.decode(record.value()))
                .sorted(Comparator.comparing(DocumentRequest::index))
                .toList();
    }

    private static List<String> names(String batchId) {
        return records(batchId).stream()
                .map(record -> new String(
                        record.headers().lastHeader("genai.file-name").value(), UTF_8))
                .toList();
    }

    private static List<ConsumerRecord<byte[], byte[]>> records(String batchId) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
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
                    if (ItemKeys.decode(record.key()).batchId().equals(batchId)) {
                        records.add(record);
                    }
                });
            }
        }
        return records;
    }
}
