package io.github.genaistreams.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.e2e.Embedded;
import io.github.genaistreams.serve.DoorClient.Answer;
import io.github.genaistreams.serve.http.Keys;
import io.github.genaistreams.worker.GenAiConfig;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Two front doors of one Kafka, one of which asks for keys, with a worker and the sandbox. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FrontDoorTest {

    private static final String KEY_A = Keys.create();
    private static final String KEY_B = Keys.create();
    private static final String READER = Keys.create();
    private static final String ADMIN = Keys.create();
    private static final String POOR = Keys.create();

    private Path dir;
    private Embedded cluster;
    private FrontDoor open;
    private FrontDoor locked;
    private DoorClient here;
    private DoorClient a;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException {
        this.dir = dir;
        cluster = Embedded.start(dir.resolve("state"));
        Files.writeString(dir.resolve("keys.json"), """
                [{"name": "a", "sha256": "%s"},
                 {"name": "b", "sha256": "%s", "role": "submit"},
                 {"name": "reader", "sha256": "%s", "role": "read"},
                 {"name": "poor", "sha256": "%s", "budget_per_day_usd": 0.000001},
                 {"name": "admin", "sha256": "%s", "role": "admin"}]
                """.formatted(
                Keys.sha256(KEY_A), Keys.sha256(KEY_B), Keys.sha256(READER), Keys.sha256(POOR), Keys.sha256(ADMIN)));
        open = FrontDoor.open(config(Map.of()));
        locked = FrontDoor.open(config(
                Map.of(GenAiConfig.SERVE_KEYS_FILE, dir.resolve("keys.json").toString())));
        here = new DoorClient(open.address(), null);
        a = new DoorClient(locked.address(), KEY_A);
    }

    private GenAiConfig config(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(Map.of(
                GenAiConfig.BOOTSTRAP_SERVERS,
                cluster.bootstrapServers(),
                GenAiConfig.SERVE_PORT,
                "0",
                GenAiConfig.SERVE_FILE_MAX_BYTES,
                "2000000",
                GenAiConfig.DOCUMENT_STORE,
                dir.resolve("state/documents").toString()));
        settings.putAll(more);
        return new GenAiConfig(settings);
    }

    @AfterAll
    void stop() {
        locked.close();
        open.close();
        cluster.close();
    }

    @Test
    void openAisOwnClientRunsABatch() throws Exception {
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(open.address() + "/v1")
                .apiKey("any")
                .build();
        try {
            FileObject file = client.files()
                    .create(FileCreateParams.builder()
                            .purpose(FilePurpose.BATCH)
                            .file(new ByteArrayInputStream(DoorClient.lines(25).getBytes(StandardCharsets.UTF_8)))
                            .build());
            Batch batch = client.batches()
                    .create(BatchCreateParams.builder()
                            .inputFileId(file.id())
                            .endpoint(BatchCreateParams.Endpoint.V1_RESPONSES)
                            .completionWindow(BatchCreateParams.CompletionWindow._24H)
                            .metadata(BatchCreateParams.Metadata.builder()
                                    .putAdditionalProperty("team", com.openai.core.JsonValue.from("rivers"))
                                    .build())
                            .build());

            Batch ended = await().atMost(Duration.ofSeconds(60))
                    .until(() -> client.batches().retrieve(batch.id()), now -> now.status()
                            .equals(Batch.Status.COMPLETED));

            ended.validate();
            assertThat(ended.requestCounts().orElseThrow().completed()).isEqualTo(25);
            assertThat(ended.metadata()
                            .orElseThrow()
                            ._additionalProperties()
                            .get("team")
                            .asString())
                    .contains("rivers");
            assertThat(ended.usage().orElseThrow().totalTokens()).isPositive();
            String output = new String(
                    client.files()
                            .content(ended.outputFileId().orElseThrow())
                            .body()
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
            assertThat(output.lines()).hasSize(25);
            assertThat(client.batches().list().data()).extracting(Batch::id).contains(batch.id());
            client.files().retrieve(ended.outputFileId().orElseThrow()).validate();
            assertThat(client.files()
                            .retrieve(ended.outputFileId().orElseThrow())
                            .bytes())
                    .isEqualTo(output.getBytes(StandardCharsets.UTF_8).length);
            assertThatThrownBy(() -> client.batches().retrieve("batch_none")).isInstanceOf(NotFoundException.class);
            client.files().delete(file.id());
            assertThatThrownBy(() -> client.files().retrieve(file.id())).isInstanceOf(NotFoundException.class);
        } finally {
            client.close();
        }
    }

    /** As it is printed, with the requests of the client instead of the client. */
    @Test
    void thePythonOfThePageRuns() throws Exception {
        Matcher page = Pattern.compile("```python\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("docs/serve.md")));
        assertThat(page.find()).isTrue();
        assumeTrue(isOnPath("python3"), "python3 is not installed");
        Path script = Files.writeString(
                dir.resolve("batch.py"), page.group(1).replace("http://127.0.0.1:8765", open.address()));
        var builder = new ProcessBuilder("python3", script.toString())
                .directory(dir.toFile())
                .redirectErrorStream(true);
        builder.environment()
                .put(
                        "PYTHONPATH",
                        Path.of(getClass().getResource("/serve/python").toURI()).toString());
        Process python = builder.start();
        String printed = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(python.waitFor()).as(printed).isZero();
        assertThat(printed).contains("completed 2 of 2", "\"prompt-0\"", "\"prompt-1\"", "river", "mountain");
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    @Test
    void everyLineHasItsOwnAnswerInTheOrderOfTheFile() {
        Answer ended = here.ended(here.batch(DoorClient.lines(40)));

        List<com.fasterxml.jackson.databind.JsonNode> lines = here.results(ended.at("/output_file_id"));
        assertThat(lines)
                .extracting(line -> line.at("/custom_id").asText())
                .containsExactlyElementsOf(
                        IntStream.range(0, 40).mapToObj(i -> "item-" + i).toList());
        assertThat(lines).allSatisfy(line -> assertThat(
                        line.at("/response/body/output/0/content/0/text").asText())
                .contains(line.at("/custom_id").asText().replace("item-", "Question ")));
        assertThat(ended.at("/error_file_id")).isNull();
    }

    @Test
    void whatTheApiRefusesIsInTheErrorFile() {
        String refused = DoorClient.line(1).replace("\"gpt-5-mini\"", "\"gpt-5-mini\",\"temperature\":7");

        Answer ended = here.ended(here.batch(DoorClient.line(0) + refused));

        assertThat(ended.at("/status")).isEqualTo("completed");
        assertThat(ended.json().at("/request_counts/failed").asInt()).isEqualTo(1);
        assertThat(here.results(ended.at("/output_file_id"))).hasSize(1);
        assertThat(here.results(ended.at("/error_file_id")))
                .singleElement()
                .satisfies(line -> assertThat(line.at("/custom_id").asText()).isEqualTo("item-1"));
    }

    @Test
    void linesThatAreNoRequestsFailTheBatchBeforeACall() {
        String lines = DoorClient.line(0) + "no JSON\n" + "\n" + DoorClient.line(0) + "{\"custom_id\":\"x\"}\n"
                + DoorClient.line(5).replace("/v1/responses", "/v1/chat/completions")
                + DoorClient.line(6).replace("POST", "GET")
                + DoorClient.line(7).replace("\"body\":{", "\"body\":{\"stream\":true,");

        Answer ended = here.ended(here.batch(lines));

        assertThat(ended.at("/status")).isEqualTo("failed");
        assertThat(ended.json().at("/errors/data"))
                .extracting(error ->
                        error.path("line").asInt() + " " + error.path("code").asText())
                .containsExactly(
                        "2 invalid_json_line",
                        "4 duplicate_custom_id",
                        "5 invalid_method",
                        "6 invalid_url",
                        "7 invalid_method",
                        "8 invalid_request");
        assertThat(ended.json().at("/request_counts/total").asInt()).isZero();
        assertThat(cluster.cluster().sandbox().stats(ended.at("/id")).batches()).isEmpty();
    }

    @Test
    void anEmptyFileFailsTheBatch() {
        assertThat(here.ended(here.batch("\n\n"))
                        .json()
                        .at("/errors/data/0/code")
                        .asText())
                .isEqualTo("empty_file");
    }

    @Test
    void aCancelledBatchSaysSoAndHasALineForEveryRequest() {
        String slow = IntStream.range(0, 300).mapToObj(DoorClient::line).reduce("", String::concat);
        String batch = here.batch(slow);

        Answer cancelling = here.post("/v1/batches/" + batch + "/cancel", "");
        Answer ended = here.ended(batch);

        assertThat(cancelling.at("/status")).isIn("cancelling", "cancelled");
        assertThat(ended.at("/status")).isEqualTo("cancelled");
        assertThat(ended.json().at("/cancelling_at").asLong()).isPositive();
        int total = ended.json().at("/request_counts/total").asInt();
        int lines = Optional.ofNullable(ended.at("/output_file_id"))
                        .map(file -> here.results(file).size())
                        .orElse(0)
                + Optional.ofNullable(ended.at("/error_file_id"))
                        .map(file -> here.results(file).size())
                        .orElse(0);
        assertThat(total).isIn(0, 300);
        assertThat(lines).isEqualTo(total);
        assertThat(here.post("/v1/batches/" + batch + "/cancel", "").status()).isEqualTo(409);
    }

    @Test
    void aSingleRequestIsAnsweredInTheBackground() {
        Answer queued = here.post(
                "/v1/responses",
                "{\"model\":\"gpt-5-mini\",\"input\":\"Question 7\",\"background\":true,\"metadata\":{\"a\":\"b\"}}");

        assertThat(queued.at("/status")).isIn("queued", "in_progress", "completed");
        Answer answered = await().atMost(Duration.ofSeconds(60))
                .until(() -> here.get("/v1/responses/" + queued.at("/id")), now -> "completed"
                        .equals(now.at("/status")));

        assertThat(answered.at("/id")).isEqualTo(queued.at("/id")).startsWith("resp_");
        assertThat(answered.at("/output/0/content/0/text")).contains("Question 7");
        assertThat(here.post("/v1/responses", "{\"model\":\"x\",\"input\":\"y\"}")
                        .at("/error/param"))
                .isEqualTo("background");
        assertThat(here.get("/v1/responses/resp_none").status()).isEqualTo(404);
    }

    @Test
    void documentsComeBackAsAZipOrAsLines() throws IOException {
        Answer batch = here.form(
                "/v1/documents",
                DoorClient.part("file", "reports/../2025/a.pdf", TestDocuments.pdf("Alpha", 2)),
                DoorClient.part("file", "b.pdf", TestDocuments.pdf("Beta", 1)),
                DoorClient.part("file", "c.pdf", "no PDF"),
                DoorClient.part("output_format", null, "markdown"),
                DoorClient.part("options", null, "{\"poll_interval_secs\":1,\"max_retries\":0}"));
        assertThat(batch.at("/endpoint")).isEqualTo("/v1/documents");
        Answer ended = here.ended(batch.at("/id"));

        assertThat(ended.json().at("/request_counts").toString())
                .isEqualTo("{\"total\":3,\"completed\":2,\"failed\":1}");
        Map<String, String> files = new HashMap<>();
        try (var zip = new ZipInputStream(
                new ByteArrayInputStream(here.bytes("/v1/documents/" + batch.at("/id") + "/results")))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                files.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        assertThat(files).containsOnlyKeys("reports/2025/a.md", "b.md", "errors.jsonl");
        assertThat(files.get("b.md")).contains("Beta");
        assertThat(files.get("errors.jsonl")).contains("\"c.pdf\"");
        assertThat(here.get("/v1/documents/" + batch.at("/id") + "/results?format=jsonl")
                        .body()
                        .lines())
                .hasSize(3)
                .first()
                .asString()
                .contains("Alpha");
    }

    @Test
    void whatIsWrongWithDocumentsIsNamed() {
        String file = DoorClient.part("file", "a.pdf", TestDocuments.pdf("Alpha", 1));

        assertThat(here.form("/v1/documents", DoorClient.part("file", "empty.pdf", ""))
                        .at("/error/code"))
                .isEqualTo("empty_file");
        assertThat(here.form("/v1/documents", file, DoorClient.part("output_format", null, "pictures"))
                        .at("/error/param"))
                .isEqualTo("output_format");

        assertThat(here.form("/v1/documents", DoorClient.part("output_format", null, "json"))
                        .at("/error/param"))
                .isEqualTo("file");
        assertThat(here.form("/v1/documents", file, file).at("/error/code")).isEqualTo("duplicate_file_name");
        assertThat(here.form("/v1/documents", file, DoorClient.part("output_format", null, "pictures"))
                        .at("/error/message"))
                .contains("output_format");
        assertThat(here.form("/v1/documents", file, DoorClient.part("options", null, "{\"credential\":\"other\"}"))
                        .at("/error/param"))
                .isEqualTo("options.credential");
    }

    @Test
    void aKeySeesOnlyWhatIsItsOwn() {
        DoorClient b = a.withKey(KEY_B);
        String batch = a.batch(DoorClient.lines(2));
        Answer ended = a.ended(batch);
        String output = ended.at("/output_file_id");

        assertThat(b.get("/v1/batches/" + batch).status()).isEqualTo(404);
        assertThat(b.post("/v1/batches/" + batch + "/cancel", "").status()).isEqualTo(404);
        assertThat(b.get("/v1/files/" + output).status()).isEqualTo(404);
        assertThat(b.get("/v1/files/" + output + "/content").status()).isEqualTo(404);
        assertThat(b.get("/v1/files/" + ended.at("/input_file_id") + "/content").status())
                .isEqualTo(404);
        assertThat(b.create(ended.at("/input_file_id"), "{}").status()).isEqualTo(400);
        assertThat(b.get("/v1/batches").body()).doesNotContain(batch);
        assertThat(b.get("/v1/files").body()).doesNotContain(output);
        assertThat(b.delete("/v1/files/" + output).status()).isEqualTo(404);
        assertThat(a.withKey(ADMIN).get("/v1/batches/" + batch).status()).isEqualTo(200);
        assertThat(a.get("/v1/batches/" + batch).status()).isEqualTo(200);
    }

    @Test
    void aWrongKeyGetsOpenAisError() {
        Answer wrong = a.withKey("sk-wrong").get("/v1/batches");
        Answer none = a.withKey(null).get("/v1/batches");

        assertThat(wrong.status()).isEqualTo(401);
        assertThat(wrong.at("/error/code")).isEqualTo("invalid_api_key");
        assertThat(wrong.at("/error/type")).isEqualTo("invalid_request_error");
        assertThat(wrong.body()).doesNotContain("sk-wrong");
        assertThat(none.status()).isEqualTo(401);
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(locked.address() + "/v1")
                .apiKey("sk-wrong")
                .maxRetries(0)
                .build();
        assertThatThrownBy(() -> client.batches().list()).isInstanceOf(UnauthorizedException.class);
        client.close();
    }

    @Test
    void aKeyThatMayOnlyReadChangesNothing() {
        DoorClient reader = a.withKey(READER);

        assertThat(reader.get("/v1/batches").status()).isEqualTo(200);
        assertThat(reader.upload(DoorClient.lines(1)).status()).isEqualTo(403);
        assertThat(reader.create("file-x", "{}").status()).isEqualTo(403);
        assertThat(reader.post("/v1/responses", "{\"background\":true}").status())
                .isEqualTo(403);
    }

    @Test
    void aBudgetOfADayStopsItsBatches() {
        DoorClient poor = a.withKey(POOR);
        Answer ended = poor.ended(poor.batch(DoorClient.lines(800), "{\"max_cost_usd\":\"100\"}"));

        assertThat(ended.json().at("/request_counts/total").asInt()).isEqualTo(800);
        assertThat(poor.results(ended.at("/error_file_id")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.at("/error/code").asText()).isEqualTo("budget_exceeded"));
        Answer refused = poor.create(poor.upload(DoorClient.lines(1)).at("/id"), "{}");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.at("/error/code")).isEqualTo("insufficient_quota");
    }

    @Test
    void metadataSaysWhatABatchMayCostAndItsPriority() {
        assertThat(here.create("file-x", "{\"priority\":\"200\"}").at("/error/param"))
                .isEqualTo("metadata.priority");
        assertThat(here.create("file-x", "{\"max_cost_usd\":\"none\"}").at("/error/param"))
                .isEqualTo("metadata.max_cost_usd");
        Answer ended =
                here.ended(here.batch(DoorClient.lines(400), "{\"max_cost_usd\":\"0.000001\",\"priority\":\"20\"}"));

        assertThat(here.results(ended.at("/error_file_id")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.at("/error/code").asText()).isEqualTo("budget_exceeded"));
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThat(here.post("/v1/batches", "no JSON").status()).isEqualTo(400);
        assertThat(here.post("/v1/batches", "{}").at("/error/param")).isEqualTo("input_file_id");
        assertThat(here.create("file-none", "{}").at("/error/param")).isEqualTo("input_file_id");
        assertThat(here.post("/v1/batches", "{\"color\":1}").at("/error/code")).isEqualTo("unknown_parameter");
        assertThat(here.get("/v1/batches?limit=0").at("/error/param")).isEqualTo("limit");
        assertThat(here.get("/v1/batches?after=batch_none").at("/error/param")).isEqualTo("after");
        assertThat(here.get("/v1/files/file-none").at("/error/message")).contains("file-none");
        assertThat(here.get("/v1/nothing").status()).isEqualTo(404);
        assertThat(here.delete("/v1/batches").status()).isEqualTo(405);
        assertThat(here.form("/v1/files", DoorClient.part("purpose", null, "batch"))
                        .at("/error/param"))
                .isEqualTo("file");
        assertThat(here.form("/v1/files", DoorClient.part("file", "x", "y")).at("/error/param"))
                .isEqualTo("purpose");
        assertThat(here.form("/v1/files", DoorClient.part("purpose", null, "vision"), DoorClient.part("file", "x", "y"))
                        .at("/error/param"))
                .isEqualTo("purpose");
        assertThat(here.post("/v1/files", "x").status()).isEqualTo(400);
        assertThat(here.upload("x".repeat(2_000_001)).status()).isEqualTo(413);
    }

    @Test
    void batchesAreListedInPages() {
        List<String> ids = IntStream.range(0, 3).mapToObj(i -> a.batch("\n")).toList();

        Answer first = a.get("/v1/batches?limit=2");
        Answer second = a.get("/v1/batches?limit=1&after=" + first.at("/last_id"));

        assertThat(first.json().at("/data"))
                .extracting(batch -> batch.path("id").asText())
                .containsExactly(ids.get(2), ids.get(1));
        assertThat(first.json().at("/has_more").asBoolean()).isTrue();
        assertThat(second.at("/data/0/id")).isEqualTo(ids.get(0));
    }

    @Test
    void pagesOfOtherSitesAreRefused() {
        assertThat(here.post("/v1/batches", "{}", "Origin", "http://evil.example")
                        .status())
                .isEqualTo(403);
        assertThat(here.post("/v1/batches", "{}", "Sec-Fetch-Site", "cross-site")
                        .status())
                .isEqualTo(403);
        assertThat(here.post("/v1/batches", "{}", "Origin", open.address()).status())
                .isEqualTo(400);
        assertThat(new DoorClient(open.address().replace("127.0.0.1", "localhost"), null)
                        .get("/v1/batches")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aRefusedUploadIsAnsweredAndNotKept() {
        Answer refused = a.withKey(READER).upload("x".repeat(1_900_000));
        Answer unknown = here.form("/v1/files", DoorClient.part("other", "x", "x".repeat(1_900_000)));

        assertThat(refused.status()).isEqualTo(403);
        assertThat(unknown.status()).isEqualTo(400);
    }

    @Test
    void whatCannotBeReadAsHttpGetsAnAnswer() throws IOException {
        assertThat(raw("GET ?x HTTP/1.1\r\nHost: localhost\r\n\r\n")).startsWith("HTTP/1.1 400");
        assertThat(
                        raw(
                                "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary\r\nContent-Length: 1\r\n\r\nx"))
                .startsWith("HTTP/1.1 400");
        assertThat(raw("GET /v1/batches HTTP/1.1\r\nHost: evil.example\r\n\r\n"))
                .startsWith("HTTP/1.1 421");
        assertThat(raw("POST /v1/batches HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
                        + "x".repeat(100_000)))
                .startsWith("HTTP/1.1 413");
        assertThat(raw("GET /v1/batches/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 400");
    }

    /** The first line of the answer to these bytes. */
    private String raw(String request) throws IOException {
        URI address = URI.create(open.address());
        try (var socket = new Socket(address.getHost(), address.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))
                    .readLine();
        }
    }

    @Test
    void withoutKeysItListensOnThisMachineOnly() {
        assertThatThrownBy(() -> FrontDoor.open(config(Map.of(GenAiConfig.SERVE_HOST, "0.0.0.0"))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(GenAiConfig.SERVE_KEYS_FILE);
    }

    @Test
    void anotherReplicaGoesOnWithABatch() throws IOException {
        String batch;
        try (FrontDoor third = FrontDoor.open(config(Map.of()))) {
            batch = new DoorClient(third.address(), null).batch(DoorClient.lines(2_500));
        }

        Answer ended = here.ended(batch);

        assertThat(here.results(ended.at("/output_file_id")))
                .hasSize(2_500)
                .extracting(line -> line.at("/custom_id").asText())
                .doesNotHaveDuplicates();
        assertThat(cluster.cluster().sandbox().stats(batch).repeatedAfterSuccess(batch))
                .isZero();
    }
}
