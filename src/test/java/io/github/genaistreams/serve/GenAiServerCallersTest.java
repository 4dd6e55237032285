package io.github.genaistreams.serve;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.UnauthorizedException;
import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.serve.ServerClient.Answer;
import io.github.genaistreams.worker.GenAiConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Who may do what, and what is refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GenAiServerCallersTest {

    private ServerCase doors;
    private ServerClient here;
    private ServerClient a;

    @BeforeAll
    void start(@TempDir Path dir) throws IOException {
        doors = new ServerCase(dir);
        doors.slow();
        here = doors.here();
        a = doors.with(ServerCase.KEY_A);
    }

    @AfterAll
    void stop() {
        doors.close();
    }

    @Test
    void whatIsWrongWithDocumentsIsNamed() {
        String file = ServerClient.part("file", "a.pdf", TestDocuments.pdf("Alpha", 1));

        assertThat(here.form("/v1/documents", ServerClient.part("file", "empty.pdf", ""))
                        .at("/error/code"))
                .isEqualTo("empty_file");
        assertThat(here.form("/v1/documents", file, ServerClient.part("output_format", null, "pictures"))
                        .at("/error/param"))
                .isEqualTo("output_format");

        assertThat(here.form("/v1/documents", ServerClient.part("output_format", null, "json"))
                        .at("/error/param"))
                .isEqualTo("file");
        assertThat(here.form("/v1/documents", file, file).at("/error/code")).isEqualTo("duplicate_file_name");
        assertThat(here.form("/v1/documents", file, ServerClient.part("output_format", null, "pictures"))
                        .at("/error/message"))
                .contains("output_format");
        assertThat(here.form("/v1/documents", file, ServerClient.part("options", null, "{\"credential\":\"other\"}"))
                        .at("/error/param"))
                .isEqualTo("options.credential");
    }

    @Test
    void aKeySeesOnlyItsOwnObjects() {
        ServerClient b = a.withKey(ServerCase.KEY_B);
        String batch = a.batch(ServerClient.lines(2));
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
        assertThat(a.withKey(ServerCase.ADMIN).get("/v1/batches/" + batch).status())
                .isEqualTo(200);
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
                .baseUrl(doors.locked.address() + "/v1")
                .apiKey("sk-wrong")
                .maxRetries(0)
                .build();
        assertThatThrownBy(() -> client.batches().list()).isInstanceOf(UnauthorizedException.class);
        client.close();
    }

    @Test
    void aKeyThatMayOnlyReadChangesNothing() {
        ServerClient reader = a.withKey(ServerCase.READER);

        assertThat(reader.get("/v1/batches").status()).isEqualTo(200);
        assertThat(reader.upload(ServerClient.lines(1)).status()).isEqualTo(403);
        assertThat(reader.create("file-x", "{}").status()).isEqualTo(403);
        assertThat(reader.post("/v1/responses", "{\"background\":true}").status())
                .isEqualTo(403);
    }

    @MostlyWaits
    @Test
    void aBudgetOfADayStopsItsBatches() {
        ServerClient poor = a.withKey(ServerCase.POOR);
        Answer ended = poor.ended(poor.batch(ServerClient.lines(600), "{\"max_cost_usd\":\"100\"}"));

        assertThat(ended.json().at("/request_counts/total").asInt()).isEqualTo(600);
        assertThat(poor.results(ended.at("/error_file_id")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.at("/error/code").asText()).isEqualTo("budget_exceeded"));
        Answer refused = poor.create(poor.upload(ServerClient.lines(1)).at("/id"), "{}");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.at("/error/code")).isEqualTo("insufficient_quota");
    }

    @MostlyWaits
    @Test
    void metadataSaysWhatABatchMayCostAndItsPriority() {
        assertThat(here.create("file-x", "{\"priority\":\"200\"}").at("/error/param"))
                .isEqualTo("metadata.priority");
        assertThat(here.create("file-x", "{\"max_cost_usd\":\"none\"}").at("/error/param"))
                .isEqualTo("metadata.max_cost_usd");
        Answer ended =
                here.ended(here.batch(ServerClient.lines(600), "{\"max_cost_usd\":\"0.000001\",\"priority\":\"20\"}"));

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
        assertThat(here.form("/v1/files", ServerClient.part("purpose", null, "batch"))
                        .at("/error/param"))
                .isEqualTo("file");
        assertThat(here.form("/v1/files", ServerClient.part("file", "x", "y")).at("/error/param"))
                .isEqualTo("purpose");
        assertThat(here.form(
                                "/v1/files",
                                ServerClient.part("purpose", null, "vision"),
                                ServerClient.part("file", "x", "y"))
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
        assertThat(here.post("/v1/batches", "{}", "Origin", doors.open.address())
                        .status())
                .isEqualTo(400);
        assertThat(new ServerClient(doors.open.address().replace("127.0.0.1", "localhost"), null)
                        .get("/v1/batches")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aRefusedUploadIsAnsweredAndNotKept() {
        Answer refused = a.withKey(ServerCase.READER).upload("x".repeat(1_900_000));
        Answer unknown = here.form("/v1/files", ServerClient.part("other", "x", "x".repeat(1_900_000)));

        assertThat(refused.status()).isEqualTo(403);
        assertThat(unknown.status()).isEqualTo(400);
    }

    /** A connection that is closed while the client sends takes the answer with it. */
    @Test
    void aClientMaySendTheRestOfWhatIsRefused() throws IOException {
        try (var socket = connect(doors.locked)) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(("POST /v1/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ServerCase.READER
                            + "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n")
                    .getBytes(US_ASCII));
            assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine())
                    .startsWith("HTTP/1.1 403");

            for (int i = 0; i < 500; i++) {
                out.write(new byte[10_000]);
            }
        }
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
        try (var socket = connect(doors.open)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1))
                    .readLine();
        }
    }

    /** The last line is wrong, so that the large ones only cost reading. */
    @Test
    void aSmallBatchDoesNotWaitForTheManyLargeOnesOfAnotherKey() {
        String line = ServerClient.line(0).replace("item-0", "%d");
        String lines = IntStream.range(0, 14_000).mapToObj(line::formatted).collect(Collectors.joining());
        String file = a.upload(lines + "no JSON\n").at("/id");
        ServerClient b = a.withKey(ServerCase.KEY_B);
        String small = b.upload(ServerClient.lines(10)).at("/id");
        Set<String> large = IntStream.range(0, 50)
                .parallel()
                .mapToObj(i -> a.create(file, "{}").at("/id"))
                .collect(Collectors.toSet());

        String batch = b.create(small, "{}").at("/id");
        await().pollInterval(Duration.ofMillis(20))
                .until(() -> !b.get("/v1/batches/" + batch).at("/status").equals("validating"));

        Answer listed = a.get("/v1/batches?limit=100");
        large.forEach(each -> a.post("/v1/batches/" + each + "/cancel", ""));
        assertThat(b.ended(batch).json().at("/request_counts/completed").asInt())
                .isEqualTo(10);
        assertThat(listed.json().at("/data"))
                .filteredOn(each -> large.contains(each.path("id").asText()))
                .hasSize(50)
                .filteredOn(each -> each.path("status").asText().equals("validating"))
                .isNotEmpty();
        assertThat(listed.json().at("/data"))
                .filteredOn(each -> each.path("status").asText().equals("failed"))
                .allSatisfy(each ->
                        assertThat(each.at("/errors/data/0/line").asInt()).isPositive());
    }

    @Test
    void clientsThatStandStillStopNoOtherKey() throws IOException {
        String upload = "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + ServerCase.KEY_A
                + "\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n--x\r\n";
        List<Socket> still = new ArrayList<>();
        try {
            for (int i = 0; i < 300; i++) {
                Socket socket = connect(doors.locked);
                still.add(socket);
                socket.getOutputStream().write((i < 100 ? "GET / HTTP/1.1\r\n" : upload).getBytes(US_ASCII));
            }
            still.get(299).setSoTimeout(10_000);
            assertThat(new String(still.get(299).getInputStream().readNBytes(12), US_ASCII))
                    .isEqualTo("HTTP/1.1 429");

            ServerClient b = a.withKey(ServerCase.KEY_B);
            assertThat(b.upload(ServerClient.lines(1)).status()).isEqualTo(200);
            assertThat(a.get("/v1/batches").status()).isEqualTo(200);
            Answer refused = a.upload(ServerClient.lines(1));
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.at("/error/code")).isEqualTo("rate_limit_exceeded");
            assertThat(refused.response().headers().firstValue("Retry-After")).isPresent();
        } finally {
            for (Socket socket : still) {
                socket.close();
            }
        }
        await().untilAsserted(() ->
                assertThat(a.upload(ServerClient.lines(1)).status()).isEqualTo(200));
    }

    private static Socket connect(GenAiServer server) throws IOException {
        URI address = URI.create(server.address());
        return new Socket(address.getHost(), address.getPort());
    }

    @Test
    void withoutKeysItListensOnThisMachineOnly() {
        assertThatThrownBy(() -> GenAiServer.open(doors.config(Map.of(GenAiConfig.SERVE_HOST, "0.0.0.0"))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(GenAiConfig.SERVE_KEYS_FILE);
    }
}
