package io.github.genaistreams.provider.datalab;

import static io.github.genaistreams.provider.datalab.DatalabCase.KEY;
import static io.github.genaistreams.provider.datalab.DatalabCase.MAX_BYTES;
import static io.github.genaistreams.provider.datalab.DatalabCase.answer;
import static io.github.genaistreams.provider.datalab.DatalabCase.hang;
import static io.github.genaistreams.provider.datalab.DatalabCase.job;
import static io.github.genaistreams.provider.datalab.DatalabCase.poll;
import static io.github.genaistreams.provider.datalab.DatalabCase.request;
import static io.github.genaistreams.provider.datalab.DatalabCase.start;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against servers that behave and misbehave. */
@Timeout(60)
class DatalabClientTest {

    private final DatalabCase test = new DatalabCase();

    @AfterEach
    void close() throws Exception {
        test.close();
    }

    @Test
    void knowsThatNothingWasSentWhereTheConnectionWasRefused() throws Exception {
        int port;
        try (var closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }

        assertNothingSent(URI.create("http://127.0.0.1:" + port + "/marker"));
    }

    @Test
    void knowsThatNothingWasSentWhereTheHostIsUnknown() throws Exception {
        assertNothingSent(URI.create("http://no-such-host.invalid/marker"));
    }

    @MostlyWaits
    @Test
    void knowsThatNothingWasSentWhereTlsFailed() throws Exception {
        URI plain = test.server(exchange -> answer(exchange, 200, "{}"));

        assertNothingSent(URI.create("https://127.0.0.1:" + plain.getPort() + "/marker"));
    }

    @Test
    void knowsThatNothingWasSentWhereNoConnectionBecameFree() throws Exception {
        var seen = new CompletableFuture<Void>();
        URI url = test.server(exchange -> {
            seen.complete(null);
            hang();
        });
        DatalabClient client = test.client(url, 1);
        CompletableFuture<CallOutcome> first = start(client, request());
        seen.get(10, SECONDS);

        CallOutcome second =
                start(client, request().timeoutSecs(1).resubmitOnUnknown(false)).get(20, SECONDS);

        assertThat(second).isInstanceOfSatisfying(Retry.class, retry -> {
            assertThat(retry.maybeDone()).isFalse();
            assertThat(retry.error().type()).isEqualTo("timeout");
        });
        assertThat(first).isNotDone();
    }

    @Test
    void doesNotKnowWhatBecameOfADocumentThatWasSent() throws Exception {
        DatalabClient client = test.client(test.server(HttpExchange::close), 2);

        assertThat(start(client, request()).get(20, SECONDS))
                .isInstanceOfSatisfying(
                        Retry.class, retry -> assertThat(retry.maybeDone()).isTrue());
        assertThat(start(client, request().resubmitOnUnknown(false)).get(20, SECONDS))
                .isInstanceOfSatisfying(
                        Failed.class,
                        failed -> assertThat(failed.error().code()).isEqualTo("unknown_outcome"));
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/marker,  plain,      /api/v1/marker",
        "/api/v1/marker,  segment,    /api/v1/marker",
        "/api/v1/convert, segment,    /api/v1/segment",
        "/api/v1/segment, plain,      /api/v1/convert",
        "/api/v1/marker,  schema,     /api/v1/marker",
        "/api/v1/marker,  checkpoint, /api/v1/extract",
        "/api/v1/marker,  stored,     /api/v1/extract",
        "/api/v1/marker/, stored,     /api/v1/extract",
        "/api/v1/convert, plain,      /api/v1/convert",
        "/api/v1/convert, schema,     /api/v1/extract",
        "/api/v1/convert, checkpoint, /api/v1/extract",
        "/api/v1/convert, stored,     /api/v1/extract",
        "/api/v1/extract, plain,      /api/v1/convert",
        "/api/v1/extract, schema,     /api/v1/extract",
        "/api/v1/,        plain,      /api/v1/convert",
        "/api/v1,         schema,     /api/v1/extract",
        "/api/v1/marker,  judged,     /api/v1/convert",
        "/api/v1/convert, judged,     /api/v1/convert",
        "/api/v1/ocr,     plain,      /api/v1/ocr",
        "/api/v1/ocr/,    plain,      /api/v1/ocr",
        "/api/v1/track-changes, plain, /api/v1/track-changes",
    })
    void choosesTheEndpointByTheAddressAndTheRequest(String base, String kind, String path) throws Exception {
        var seen = new CompletableFuture<String>();
        URI url = test.server(exchange -> {
            seen.complete(exchange.getRequestURI().getPath());
            answer(exchange, 200, "{\"success\":true,\"request_id\":\"r1\"}");
        });
        DocumentRequest.Builder request =
                switch (kind) {
                    case "schema" -> request().pageSchema("{\"properties\":{}}");
                    case "segment" -> request().segmentationSchema("{\"properties\":{}}");
                    case "judged" -> request().evalRubricId(42);
                    case "stored" -> request().schemaId("s1").schemaVersion(2);
                    case "checkpoint" ->
                        DocumentRequest.builder()
                                .batchId("b")
                                .checkpointId("c1")
                                .pageSchema("{\"properties\":{}}");
                    default -> request();
                };

        var accepted =
                (Accepted) start(test.client(url.resolve(base), 2), request).get(20, SECONDS);

        assertThat(seen.get()).isEqualTo(path);
        assertThat(accepted.job().id()).isEqualTo(path + "/r1");
        assertThat(accepted.job().requestId()).isEqualTo("r1");
    }

    @Test
    void refusesWhatWouldBeTwoCallsBeforeOneOfThemIsPaid() {
        DocumentRequest.Builder both =
                request().pageSchema("{\"properties\":{}}").segmentationSchema("{\"properties\":{}}");
        URI host = URI.create("http://127.0.0.1:1");

        assertThat(test.client(host.resolve("/api/v1/marker"), 1).refusal(both.build()))
                .isEmpty();
        assertThat(test.client(host.resolve("/api/v1/convert"), 1).refusal(both.build()))
                .hasValueSatisfying(error ->
                        assertThat(error.message()).contains("`segmentation_schema`", "page_schema", "two requests"));
    }

    static Stream<Arguments> ignored() {
        return Stream.of(
                Arguments.of("ocr", "mode", request().mode("fast")),
                Arguments.of("ocr", "output_format", request().outputFormat("markdown")),
                Arguments.of("ocr", "page_schema", request().pageSchema("{\"properties\":{}}")),
                Arguments.of("ocr", "extras", request().extras("track_changes")),
                Arguments.of("ocr", "webhook_url", request().webhookUrl("https://example.org/")),
                Arguments.of(
                        "ocr", "file_url", request().document((byte[]) null).fileUrl("https://example.org/a.pdf")),
                Arguments.of(
                        "ocr",
                        "checkpoint_id",
                        request().document((byte[]) null).checkpointId("c1")),
                Arguments.of("track-changes", "mode", request().mode("fast")),
                Arguments.of("track-changes", "output_format", request().outputFormat("markdown,json")),
                Arguments.of("track-changes", "eval_rubric_id", request().evalRubricId(1)),
                Arguments.of("track-changes", "segmentation_schema", request().segmentationSchema("{}")),
                Arguments.of(
                        "convert", "eval_rubric_id", request().evalRubricId(1).pageSchema("{\"properties\":{}}")),
                Arguments.of(
                        "marker", "eval_rubric_id", request().evalRubricId(1).segmentationSchema("{}")));
    }

    /** It would be paid for without what was asked for. */
    @ParameterizedTest
    @MethodSource("ignored")
    void refusesWhatAnEndpointWouldIgnore(String endpoint, String field, DocumentRequest.Builder request) {
        DatalabClient client = test.client(URI.create("http://127.0.0.1:1/api/v1/" + endpoint), 1);

        assertThat(client.refusal(request.build())).hasValueSatisfying(error -> {
            assertThat(error.param()).isEqualTo(field);
            assertThat(error.message()).startsWith("`" + field + "`");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"ocr", "track-changes", "marker", "convert"})
    void takesAPlainDocumentWhateverTheEndpoint(String endpoint) {
        DatalabClient client = test.client(URI.create("http://127.0.0.1:1/api/v1/" + endpoint), 1);

        assertThat(client.refusal(
                        request().pageRange("0-2").maxPages(3).skipCache(true).build()))
                .isEmpty();
    }

    @Test
    void fetchesAResultFromElsewhereWithoutTheKey() throws Exception {
        var asked = new ConcurrentHashMap<String, Map<String, List<String>>>();
        URI url = test.server(exchange -> {
            asked.put(exchange.getRequestURI().getPath(), Map.copyOf(exchange.getRequestHeaders()));
            boolean isResult = exchange.getRequestURI().getPath().equals("/files/r1");
            answer(
                    exchange,
                    200,
                    isResult
                            ? "{\"markdown\":\"text\"}"
                            : "{\"status\":\"complete\",\"success\":true,\"page_count\":2,\"result_url\":\"/files/r1\"}");
        });

        var done = (Succeeded) poll(test.client(url, 2), job("/marker/r1")).get(20, SECONDS);

        assertThat(done.answer().body().path("markdown").asText()).isEqualTo("text");
        assertThat(done.answer().document().pageCount()).isEqualTo(2);
        assertThat(done.answer().requestId()).isEqualTo("r1");
        assertThat(asked.get("/marker/r1")).containsKey("X-api-key");
        assertThat(asked.get("/files/r1")).doesNotContainKey("X-api-key");
        assertThat(asked.get("/files/r1").toString()).doesNotContain(KEY, "gateway-secret");
    }

    @Test
    void aResultThatIsNotFetchedFromWhereItIsHasItsBill() throws Exception {
        URI url = test.server(exchange -> answer(exchange, 200, elsewhere("http://elsewhere.example/r1")));

        var failed = (Failed) poll(test.client(url, 2), job("/marker/r1")).get(20, SECONDS);

        assertThat(failed.error().code()).isEqualTo("foreign_result_url");
        assertBilled(failed);
    }

    @Test
    void aTooLargeResultHasItsBill() throws Exception {
        URI url = test.server(exchange -> answer(
                exchange,
                200,
                exchange.getRequestURI().getPath().equals("/files/r1")
                        ? "{\"markdown\":\"" + "x".repeat(MAX_BYTES) + "\"}"
                        : elsewhere("/files/r1")));

        var failed = (Failed) poll(test.client(url, 2), job("/marker/r1")).get(20, SECONDS);

        assertThat(failed.error().type()).isEqualTo("response_too_large");
        assertBilled(failed);
    }

    private static String elsewhere(String url) {
        return "{\"status\":\"complete\",\"page_count\":2,\"cost_breakdown\":{\"final_cost_cents\":7},\"result_url\":\""
                + url + "\"}";
    }

    private static void assertBilled(Failed failed) {
        assertThat(failed.answer().document().pageCount()).isEqualTo(2);
        assertThat(DatalabClient.cost(failed.answer()).known().orElseThrow().usd())
                .isEqualByComparingTo("0.07");
        assertThat(failed.requestId()).isEqualTo("r1");
    }

    @Test
    void aQuestionThatHangsIsAskedAgainLater() throws Exception {
        DatalabClient client = test.client(test.server(exchange -> hang()), 2);

        var later = (Accepted)
                poll(client, job("/marker/r1"), request().timeoutSecs(1)).get(20, SECONDS);

        assertThat(later.job().id()).isEqualTo("/marker/r1");
        assertThat(later.unanswered().type()).isEqualTo("timeout");
    }

    @Test
    void aResultThatIsTooLargeSaysWhichSettingToRaise() throws Exception {
        URI url = test.server(exchange ->
                answer(exchange, 200, "{\"status\":\"complete\",\"markdown\":\"" + "x".repeat(MAX_BYTES) + "\"}"));

        var failed = (Failed) poll(test.client(url, 2), job("/marker/r1")).get(20, SECONDS);

        assertThat(failed.error().type()).isEqualTo("response_too_large");
        assertThat(failed.error().message()).contains("datalab.response.max.bytes");
        assertThat(failed.requestId()).isEqualTo("r1");
    }

    private void assertNothingSent(URI url) throws Exception {
        CallOutcome outcome =
                start(test.client(url, 2), request().resubmitOnUnknown(false)).get(30, SECONDS);

        assertThat(outcome).isInstanceOfSatisfying(Retry.class, retry -> {
            assertThat(retry.maybeDone()).isFalse();
            assertThat(retry.error().type()).isEqualTo("network_error");
        });
    }
}
