package io.github.genaistreams.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.NotFoundException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.serve.ServerClient.Answer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
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
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What callers run through the server: batches, documents, single requests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GenAiServerTest {

    private Path dir;
    private ServerCase doors;
    private ServerClient here;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException {
        this.dir = dir;
        doors = new ServerCase(dir);
        here = doors.here();
    }

    @AfterAll
    void stop() {
        doors.close();
    }

    @Test
    void openAisOwnClientRunsABatch() throws Exception {
        OpenAIClient client = OpenAIOkHttpClient.builder()
                .baseUrl(doors.open.address() + "/v1")
                .apiKey("any")
                .build();
        try {
            FileObject file = client.files()
                    .create(FileCreateParams.builder()
                            .purpose(FilePurpose.BATCH)
                            .file(new ByteArrayInputStream(
                                    ServerClient.lines(25).getBytes(StandardCharsets.UTF_8)))
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
                dir.resolve("batch.py"), page.group(1).replace("http://127.0.0.1:8765", doors.open.address()));
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

    @MostlyWaits
    @Test
    void theCurlLinesOfThePageRun() throws Exception {
        List<String> lines = Files.readAllLines(Path.of("docs/serve.md")).stream()
                .filter(line -> line.startsWith("curl "))
                .toList();
        assertThat(lines).hasSizeGreaterThanOrEqualTo(2);
        assumeTrue(isOnPath("curl") && isOnPath("bash"), "curl and bash are not installed");
        Files.write(dir.resolve("report.pdf"), TestDocuments.pdf("Report", 1));
        ImageIO.write(
                new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB),
                "png",
                dir.resolve("scan.png").toFile());
        for (String line : lines) {
            Process curl = new ProcessBuilder("bash", "-c", line.replace("http://127.0.0.1:8765", doors.open.address()))
                    .directory(dir.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            var answer = new ObjectMapper().readTree(curl.getInputStream());
            assertThat(curl.waitFor()).as(line).isZero();
            assertThat(answer.path("error").isContainerNode())
                    .as("%s: %s", line, answer)
                    .isFalse();
            assertThat(answer.path("id").asText()).as(line).matches(GenAiServer::hasMade);
        }
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    @Test
    void everyLineHasItsOwnAnswerInTheOrderOfTheFile() {
        Answer ended = here.ended(here.batch(ServerClient.lines(40)));

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

    @MostlyWaits
    @Test
    void whatTheApiRefusesIsInTheErrorFile() {
        String refused = ServerClient.line(1).replace("\"gpt-5-mini\"", "\"gpt-5-mini\",\"temperature\":7");

        Answer ended = here.ended(here.batch(ServerClient.line(0) + refused));

        assertThat(ended.at("/status")).isEqualTo("completed");
        assertThat(ended.json().at("/request_counts/failed").asInt()).isEqualTo(1);
        assertThat(here.results(ended.at("/output_file_id"))).hasSize(1);
        assertThat(here.results(ended.at("/error_file_id")))
                .singleElement()
                .satisfies(line -> assertThat(line.at("/custom_id").asText()).isEqualTo("item-1"));
    }

    @Test
    void linesThatAreNoRequestsFailTheBatchBeforeACall() {
        String lines = ServerClient.line(0) + "no JSON\n" + "\n" + ServerClient.line(0) + "{\"custom_id\":\"x\"}\n"
                + ServerClient.line(5).replace("/v1/responses", "/v1/chat/completions")
                + ServerClient.line(6).replace("POST", "GET")
                + ServerClient.line(7).replace("\"body\":{", "\"body\":{\"stream\":true,");

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
        assertThat(here.get("/v1/batches?limit=100").body()).contains(ended.at("/id"));
        Answer page = here.get("/api/batches?find=" + ended.at("/id"));
        assertThat(page.at("/batches/0/stage")).isEqualTo("failed");
        assertThat(page.json().at("/batches/0/faults")).hasSize(6);
        assertThat(doors.cluster.cluster().sandbox().stats(ended.at("/id")).batches())
                .isEmpty();
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
        String slow = IntStream.range(0, 300).mapToObj(ServerClient::line).reduce("", String::concat);
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

    @MostlyWaits
    @Test
    void aRequestFollowsAResponseByTheIdThatItsCallerKnows() {
        String first = answered("\"input\":\"Question 1\"").at("/id");
        Answer second = answered("\"input\":\"Question 2\",\"previous_response_id\":\"" + first + "\"");

        assertThat(second.at("/previous_response_id")).isEqualTo(first);
        assertThat(second.json().at("/usage/input_tokens").asInt()).isPositive();

        String unknown = "resp_genai_" + "0".repeat(32);
        Answer refused = background("\"input\":\"x\",\"previous_response_id\":\"" + unknown + "\"");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.at("/error/param")).isEqualTo("previous_response_id");
        assertThat(refused.at("/error/code")).isEqualTo("previous_response_not_found");
        ServerClient stranger = doors.with(ServerCase.KEY_B);
        assertThat(stranger.post(
                                "/v1/responses",
                                "{\"model\":\"m\",\"input\":\"x\",\"background\":true,\"previous_response_id\":\"%s\"}"
                                        .formatted(first))
                        .at("/error/message"))
                .contains("not found");
        Answer batch = here.ended(here.batch(
                ServerClient.line(0).replace("\"input\"", "\"previous_response_id\":\"" + first + "\",\"input\"")));
        assertThat(batch.at("/errors/data/0/param")).isEqualTo("body.previous_response_id");
    }

    private Answer background(String fields) {
        return here.post("/v1/responses", "{\"model\":\"gpt-5-mini\",\"background\":true," + fields + "}");
    }

    private Answer answered(String fields) {
        Answer queued = background(fields);
        assertThat(queued.status()).as(queued.body()).isEqualTo(200);
        return await().atMost(Duration.ofSeconds(60))
                .until(() -> here.get("/v1/responses/" + queued.at("/id")), now -> "completed"
                        .equals(now.at("/status")));
    }

    @MostlyWaits
    @Test
    void documentsComeBackAsAZipOrAsLines() throws IOException {
        Answer batch = here.form(
                "/v1/documents",
                ServerClient.part("file", "reports/../2025/a.pdf", TestDocuments.pdf("Alpha", 2)),
                ServerClient.part("file", "b.pdf", TestDocuments.pdf("Beta", 1)),
                ServerClient.part("file", "c.pdf", "no PDF"),
                ServerClient.part("output_format", null, "markdown"),
                ServerClient.part("options", null, "{\"poll_interval_secs\":1,\"max_retries\":0}"));
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
    void anotherReplicaGoesOnWithABatch() throws IOException {
        String batch;
        try (GenAiServer third = doors.another()) {
            batch = new ServerClient(third.address(), null).batch(ServerClient.lines(1_000));
        }

        Answer ended = here.ended(batch);

        assertThat(here.results(ended.at("/output_file_id")))
                .hasSize(1_000)
                .extracting(line -> line.at("/custom_id").asText())
                .doesNotHaveDuplicates();
        assertThat(doors.cluster.cluster().sandbox().stats(batch).repeatedAfterSuccess(batch))
                .isZero();
    }
}
