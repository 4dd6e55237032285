package io.github.genaistreams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.BatchResult;
import io.github.genaistreams.client.BatchResults;
import io.github.genaistreams.client.ItemResult;
import io.github.genaistreams.client.ResponsesBatch;
import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.embedded.EmbeddedGenAi;
import io.github.genaistreams.embedded.EmbeddedGenAi.Options;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Produced;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README says is so. */
class ReadmeTest {

    private static final Path README = Path.of("README.md");
    private static final Path THIS_FILE = Path.of("src/test/java/io/github/genaistreams/ReadmeTest.java");

    @TempDir
    Path dir;

    @Test
    void shouldListEverySettingWithItsDefault() throws IOException {
        String readme = Files.readString(README);

        assertThat(GenAiConfig.DEFINITION.configKeys().values()).allSatisfy(key -> {
            String fallback = key.hasDefault()
                    ? key.defaultValue == null ? "–" : "`" + ConfigDef.convertToString(key.defaultValue, key.type) + "`"
                    : "*required*";
            assertThat(readme)
                    .contains("| `" + key.name + "` | " + key.type.name().toLowerCase() + " | " + fallback + " | "
                            + key.documentation + " |");
        });
    }

    @Test
    void shouldShowOnlyJavaThatStandsInThisFile() throws IOException {
        String here = withoutIndent(Files.readString(THIS_FILE));
        String[] blocks = Files.readString(README).split("```java\n");

        assertThat(blocks).hasSize(6);
        for (int block = 1; block < blocks.length; block++) {
            assertThat(here).contains(withoutIndent(blocks[block].split("```")[0]));
        }
    }

    @Test
    void shouldRunABatchInOneJvmAsTheReadmeDoes() {
        List<String> printed;
        try (ApiSandbox api = ApiSandbox.start(SandboxSettings.DEFAULTS)) {
            System.setProperty("genai.openai.base.url", api.baseUrl());
            printed = printedBy(() -> processAsTheReadmeDoes("sk-test"));
        } finally {
            System.clearProperty("genai.openai.base.url");
        }

        assertThat(printed).hasSize(3);
        assertThat(printed.get(0)).matches(".+, -?\\d+");
        assertThat(printed.get(2)).matches("2 ok, 0\\.0\\d+ USD");
    }

    @Test
    void shouldConvertDocumentsAsTheReadmeDoes() throws IOException {
        Path file = Files.write(dir.resolve("report.pdf"), TestDocuments.pdf("Report", 1));
        List<String> printed;
        try (ApiSandbox api = ApiSandbox.start(SandboxSettings.DEFAULTS)) {
            System.setProperty("genai.datalab.api.url", api.datalabUrl());
            printed = printedBy(() -> convertAsTheReadmeDoes("key", List.of(file)));
        } finally {
            System.clearProperty("genai.datalab.api.url");
        }

        assertThat(printed.get(0)).isEqualTo("Report, page 0");
    }

    @Test
    void shouldContinueAConversationAsTheReadmeDoes() {
        try (EmbeddedGenAi genai = EmbeddedGenAi.startWithSandbox()) {
            BatchResult second =
                    converseAsTheReadmeDoes(genai, ResponsesRequest.builder().model("gpt-4o-mini"));

            assertThat(second.texts().get(0)).contains("My name is Jane.");
        }
    }

    @Test
    void shouldReadFromAClusterAsTheReadmeDoes() {
        List<String> printed;
        try (Embedded embedded = Embedded.start(dir)) {
            printed = printedBy(() -> readAsTheReadmeDoes(embedded.bootstrapServers()));
        }

        assertThat(printed).hasSize(2);
        assertThat(printed.get(0)).startsWith("0 ").contains("river");
        assertThat(printed.get(1)).startsWith("1 ").contains("mountain");
    }

    @Test
    void shouldJoinResultsWithATableAsTheReadmeDoes() throws Exception {
        try (Embedded embedded = Embedded.start(dir);
                Admin admin = Admin.create(Map.of("bootstrap.servers", embedded.bootstrapServers()))) {
            admin.createTopics(List.of(
                            new NewTopic("tickets", 2, (short) 1), new NewTopic("ticket-answers", 2, (short) 1)))
                    .all()
                    .get();
            Properties properties = new Properties();
            properties.putAll(Map.of(
                    "bootstrap.servers", embedded.bootstrapServers(),
                    "application.id", "tickets",
                    "state.dir", dir.resolve("tickets").toString(),
                    "processing.guarantee", "exactly_once_v2",
                    "auto.offset.reset", "earliest"));
            var strings = new StringSerializer();
            try (var producer =
                    new KafkaProducer<>(Map.of("bootstrap.servers", embedded.bootstrapServers()), strings, strings)) {
                producer.send(new ProducerRecord<>("tickets", "T-7", "Printer on fire"));
                producer.flush();
                try (KafkaStreams streams = new KafkaStreams(joinAsTheReadmeDoes(), properties)) {
                    streams.start();
                    producer.send(new ProducerRecord<>(
                            "genai.responses.requests",
                            "T-7",
                            "{\"batch_id\":\"T-7\",\"index\":0,\"batch_size\":1,\"model\":\"gpt-4o-mini\",\"user_prompt\":\"What"
                                    + " now?\"}"));
                    producer.flush();
                    assertThat(firstOf("ticket-answers", embedded.bootstrapServers()))
                            .startsWith("Printer on fire -> Sandbox answer");
                }
            }
        }
    }

    private static String firstOf(String topic, String bootstrapServers) {
        var strings = new StringDeserializer();
        try (var consumer = new KafkaConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrapServers,
                        "group.id",
                        "test",
                        "auto.offset.reset",
                        "earliest",
                        "isolation.level",
                        "read_committed"),
                strings,
                strings)) {
            consumer.subscribe(List.of(topic));
            long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (System.nanoTime() < end) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    return record.value();
                }
            }
            throw new AssertionError("Nothing on " + topic);
        }
    }

    private static Topology joinAsTheReadmeDoes() {
        ObjectMapper json = new ObjectMapper();
        Serde<JsonNode> jsonSerde =
                Serdes.serdeFrom((topic, node) -> node.toString().getBytes(UTF_8), (topic, bytes) -> tree(json, bytes));
        StreamsBuilder builder = new StreamsBuilder();
        KTable<String, String> tickets = builder.table("tickets", Consumed.with(Serdes.String(), Serdes.String()));
        builder.stream("genai.results", Consumed.with(Serdes.String(), jsonSerde))
                .filter((key, result) -> result.path("success").asBoolean())
                .map((key, result) -> KeyValue.pair(
                        result.path("batch_id").asText(),
                        result.path("output_text").asText()))
                .join(
                        tickets,
                        (answer, ticket) -> ticket + " -> " + answer,
                        Joined.with(Serdes.String(), Serdes.String(), Serdes.String()))
                .to("ticket-answers", Produced.with(Serdes.String(), Serdes.String()));
        return builder.build();
    }

    private static JsonNode tree(ObjectMapper json, byte[] bytes) {
        try {
            return json.readTree(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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

    private static void processAsTheReadmeDoes(String apiKey) {
        try (EmbeddedGenAi genai = EmbeddedGenAi.start(apiKey)) {
            ResponsesBatch batch = ResponsesBatch.of(
                    ResponsesRequest.builder()
                            .model("gpt-4o-mini")
                            .systemPrompt("You are an expert data extractor.")
                            .responseFormat("""
                            {"type": "json_schema", "json_schema": {"name": "patient", "schema": {
                              "type": "object",
                              "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
                              "required": ["name", "age"], "additionalProperties": false}}}""")
                            .maxRetries(3),
                    "Extract: John Doe, 45, hypertension",
                    "Extract: Jane Smith, 32, diabetes");

            BatchResult result = genai.responses().processBatch(batch).join();

            record Patient(String name, int age) {}
            for (ItemResult item : result.results()) {
                if (item.success()) {
                    Patient patient = item.response().json(Patient.class);
                    System.out.println(patient.name() + ", " + patient.age());
                } else {
                    System.out.println(item.errorType() + ": " + item.error());
                }
            }
            System.out.println(result.totalSuccess() + " ok, " + result.cost().usd() + " USD");
        }
    }

    private static void convertAsTheReadmeDoes(String apiKey, List<Path> files) {
        try (EmbeddedGenAi genai = EmbeddedGenAi.start(Options.withDatalabKey(apiKey))) {
            List<CallResult> results = genai.documents()
                    .processFiles(DocumentRequest.builder().outputFormat("markdown"), files)
                    .join();
            DocumentContents.of(results).forEach(System.out::println);
        }
    }

    private static BatchResult converseAsTheReadmeDoes(EmbeddedGenAi genai, ResponsesRequest.Builder request) {
        BatchResult first = genai.responses()
                .processBatch(ResponsesBatch.of(request, "My name is Jane."))
                .join();
        String id = first.results().get(0).response().responseId().orElseThrow();
        BatchResult second = genai.responses()
                .processBatch(ResponsesBatch.of(request.previousResponseId(id), "What is my name?"))
                .join();
        return second;
    }

    private static void readAsTheReadmeDoes(String bootstrapServers) {
        try (BatchClient client = new BatchClient(Map.of("bootstrap.servers", bootstrapServers))) {
            List<ResponsesRequest> requests = Stream.of("Name a river.", "Name a mountain.")
                    .map(prompt -> ResponsesRequest.builder()
                            .model("gpt-4o-mini")
                            .systemPrompt("Answer in one word.")
                            .userPrompt(prompt)
                            .build())
                    .toList();
            BatchHandle batch = client.submit(BatchClient.newBatchId(), requests);
            try (BatchResults results = batch.results()) {
                results.forEachRemaining(result -> System.out.println(result.index() + " " + result.outputText()));
            }
        }
    }

    private static String withoutIndent(String code) {
        return code.lines().map(String::strip).filter(line -> !line.isEmpty()).collect(Collectors.joining("\n"));
    }
}
