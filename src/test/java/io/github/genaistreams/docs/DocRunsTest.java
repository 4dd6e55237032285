package io.github.genaistreams.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.ResponsesProcessor;
import io.github.genaistreams.docs.DocPage.Block;
import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.model.ResponsesRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Commands and Java of the pages, run as they are printed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DocRunsTest {

    private Path dir;
    private JavaSnippets java;
    private Embedded cluster;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException {
        this.dir = dir;
        java = JavaSnippets.compile(DocPage.all(), Files.createDirectory(dir.resolve("classes")));
        cluster = Embedded.start(dir.resolve("state"));
    }

    @AfterAll
    void stop() throws IOException {
        // Neither is there if a snippet does not compile.
        if (cluster != null) {
            cluster.close();
            java.close();
        }
    }

    @Test
    void everySnippetCompilesAndIsRunHereOrCannotBe() {
        // Of other services: a tracer, and keys of the APIs.
        List<String> cannotBeRun = List.of("SubmitInTrace", "WithKeys");

        assertThat(java.names())
                .as("a new snippet is to be run here, and added")
                .containsAll(cannotBeRun)
                .filteredOn(name -> !cannotBeRun.contains(name))
                .containsExactlyInAnyOrder(
                        "ConvertDocuments",
                        "ExtractPatients",
                        "FindAgain",
                        "GoOn",
                        "SubmitAndRead",
                        "TicketAnswers",
                        "TwoTurns");
    }

    @Test
    void patientsAreExtractedInOneJvm() {
        List<String> printed = printedBy(() -> java.call("ExtractPatients", "main", (Object) new String[0]));

        assertThat(printed).hasSize(3);
        assertThat(printed.get(0)).matches(".+, -?\\d+");
        assertThat(printed.get(2)).matches("2 ok, 0\\.0\\d+ USD");
    }

    @Test
    void documentsAreConverted() throws IOException {
        Path file = Files.write(dir.resolve("snippet.pdf"), TestDocuments.pdf("Report", 1));

        assertThat(printedBy(() -> java.call("ConvertDocuments", "main", (Object) new String[] {file.toString()})))
                .first()
                .isEqualTo("Report, page 0");
    }

    @Test
    void theSecondTurnKnowsTheFirst() {
        try (var responses = ResponsesProcessor.connect(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
            assertThat(java.call("TwoTurns", "ask", responses).toString()).contains("My name is Jane.");
        }
    }

    @Test
    void aBatchIsReadInOrder() {
        String[] arguments = {cluster.bootstrapServers()};

        List<String> printed = printedBy(() -> java.call("SubmitAndRead", "main", (Object) arguments));

        assertThat(printed).hasSize(2);
        assertThat(printed.get(0)).startsWith("0 ").contains("river");
        assertThat(printed.get(1)).startsWith("1 ").contains("mountain");
    }

    /** What docs/java.md says of {@code reattach}. */
    @Test
    void aBatchThatNobodyKnowsIsEmptyAndWaitedFor() {
        try (var client = new BatchClient(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
            var unknown = client.reattach("nobody-knows");

            assertThat(unknown.status()).isEmpty();
            assertThat(unknown.await(Duration.ofMillis(300))).isFalse();
            try (var now = unknown.snapshot()) {
                assertThat(now.hasNext()).isFalse();
            }
            try (var all = unknown.results()) {
                assertThat(all.poll(Duration.ofMillis(1_500))).isEmpty();
                assertThat(all.finished()).isFalse();
            }
            assertThat(java.call("FindAgain", "answered", client, "nobody-knows"))
                    .isEqualTo(0L);
        }
    }

    @Test
    void aReaderGoesOnWhereItWas() {
        Path bookmark = dir.resolve("bookmark");
        try (var client = new BatchClient(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
            var request = ResponsesRequest.builder().model("gpt-4o-mini").userPrompt("Name a river.");
            var batch = client.submit(BatchClient.newBatchId(), List.of(request.build(), request.build()));

            assertThat(printedBy(() -> java.call("GoOn", "read", batch, bookmark)))
                    .hasSize(2);
            assertThat(printedBy(() -> java.call("GoOn", "read", batch, bookmark)))
                    .isEmpty();
        }
    }

    @Test
    void answersAreJoinedWithTickets() throws Exception {
        Map<String, Object> kafka = Map.of("bootstrap.servers", cluster.bootstrapServers());
        try (Admin admin = Admin.create(kafka)) {
            admin.createTopics(List.of(
                            new NewTopic("tickets", 2, (short) 1), new NewTopic("ticket-answers", 2, (short) 1)))
                    .all()
                    .get();
        }
        Properties properties = new Properties();
        properties.putAll(Map.of(
                "bootstrap.servers", cluster.bootstrapServers(),
                "application.id", "tickets",
                "state.dir", dir.resolve("tickets").toString(),
                "processing.guarantee", "exactly_once_v2",
                "auto.offset.reset", "earliest"));
        var strings = new StringSerializer();
        try (var producer = new KafkaProducer<>(kafka, strings, strings);
                KafkaStreams streams =
                        new KafkaStreams((Topology) java.call("TicketAnswers", "topology"), properties)) {
            producer.send(new ProducerRecord<>("tickets", "T-7", "Printer on fire"));
            producer.flush();
            streams.start();
            producer.send(
                    new ProducerRecord<>(
                            "genai.responses.requests",
                            "T-7",
                            "{\"batch_id\":\"T-7\",\"index\":0,\"batch_size\":1,\"model\":\"gpt-4o-mini\",\"user_prompt\":\"What now?\"}"));
            producer.flush();
            assertThat(firstOf("ticket-answers")).startsWith("Printer on fire -> Sandbox answer");
        }
    }

    @Test
    void readmesFirstBatchIsAnswered() {
        Map<String, String> environment =
                Map.of("GENAI_DATA_DIR", dir.resolve("data").toString());

        assertThat(run("README.md", environment, "printf 'Name a river"))
                .contains("   0  Sandbox answer", "river", "   1  Sandbox answer", "mountain");
    }

    @Test
    void tablesGoInAndComeOut() throws IOException {
        String printed = run("docs/csv.md", onCluster(), "printf 'id,text", "bin/genai run", "printf '{");

        assertThat(dir.resolve("answers.csv"))
                .content()
                .startsWith("id,text,answer,error,cost_usd\n7,\"The Rhine rises in the Alps, and")
                .contains("\n8,The Po ends in the Adriatic.,");
        assertThat(printed)
                .contains("gpt-4o-mini", "id,text,answer,error,cost_usd\n7,")
                .doesNotContain("\n8,");
        assertThat(dir.resolve("fields.csv")).content().startsWith("id,text,river,sea,error,cost_usd\n7,");
    }

    @Test
    void readmesBatchOnAClusterIsReadRepairedAndCancelled() {
        assertThat(run("README.md", onCluster(), "batch=$(bin/genai submit", "bin/genai status $batch"))
                .contains("   1  Sandbox answer", "COMPLETED");
    }

    @Test
    void aBatchIsFollowedRepairedAndCancelled() {
        assertThat(run("docs/batches.md", onCluster(), "batch=$(bin/genai submit"))
                .contains("\"state\":\"COMPLETED\"");
        assertThat(dir.resolve("failed.csv")).isEmptyFile();
    }

    private Map<String, String> onCluster() {
        return Map.of("GENAI_BOOTSTRAP_SERVERS", cluster.bootstrapServers());
    }

    /**
     * Runs blocks of a page, command by command, and returns what they print. Each command has to succeed.
     *
     * @param environment of all of them
     * @param beginnings  how each block begins
     */
    private String run(String page, Map<String, String> environment, String... beginnings) {
        var shell = new ShellRun(dir, new GenAi(), environment);
        for (String beginning : beginnings) {
            Block block = DocPage.of(page).blocks().stream()
                    .filter(each -> each.text().startsWith(beginning))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(page + " has no block that begins with " + beginning));
            Shell.commands(block.text()).forEach(command -> shell.run(block, command));
        }
        return shell.printed();
    }

    private String firstOf(String topic) {
        var strings = new StringDeserializer();
        try (var consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        cluster.bootstrapServers(),
                        "group.id",
                        "test",
                        "auto.offset.reset",
                        "earliest",
                        "isolation.level",
                        "read_committed"),
                strings,
                strings)) {
            consumer.subscribe(List.of(topic));
            return Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> consumer.poll(Duration.ofMillis(200)), records -> !records.isEmpty())
                    .iterator()
                    .next()
                    .value();
        }
    }

    private static List<String> printedBy(Runnable program) {
        PrintStream stdout = System.out;
        var printed = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(printed, true, UTF_8));
            program.run();
        } finally {
            System.setOut(stdout);
        }
        return printed.toString(UTF_8).lines().toList();
    }
}
