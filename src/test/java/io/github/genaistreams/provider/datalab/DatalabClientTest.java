package io.github.genaistreams.provider.datalab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.LargeAnswers;
import io.github.genaistreams.store.DocumentStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client against servers that behave and misbehave. */
@Timeout(60)
class DatalabClientTest {

    private static final String KEY = "dl-hunter2-key";
    private static final int MAX_BYTES = 1_000_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();

    @AfterEach
    void close() throws Exception {
        while (!toClose.isEmpty()) {
            toClose.pop().close();
        }
        threads.shutdownNow();
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

    @Test
    void knowsThatNothingWasSentWhereTlsFailed() throws Exception {
        URI plain = server(exchange -> answer(exchange, 200, "{}"));

        assertNothingSent(URI.create("https://127.0.0.1:" + plain.getPort() + "/marker"));
    }

    @Test
    void knowsThatNothingWasSentWhereNoConnectionBecameFree() throws Exception {
        var seen = new CompletableFuture<Void>();
        URI url = server(exchange -> {
            seen.complete(null);
            hang();
        });
        DatalabClient client = client(url, 1);
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
        DatalabClient client = client(server(HttpExchange::close), 2);

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
        URI url = server(exchange -> {
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

        var accepted = (Accepted) start(client(url.resolve(base), 2), request).get(20, SECONDS);

        assertThat(seen.get()).isEqualTo(path);
        assertThat(accepted.job().id()).isEqualTo(path + "/r1");
        assertThat(accepted.job().requestId()).isEqualTo("r1");
    }

    @Test
    void refusesWhatWouldBeTwoCallsBeforeOneOfThemIsPaid() {
        DocumentRequest.Builder both =
                request().pageSchema("{\"properties\":{}}").segmentationSchema("{\"properties\":{}}");
        URI host = URI.create("http://127.0.0.1:1");

        assertThat(client(host.resolve("/api/v1/marker"), 1).refusal(both.build()))
                .isEmpty();
        assertThat(client(host.resolve("/api/v1/convert"), 1).refusal(both.build()))
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
        DatalabClient client = client(URI.create("http://127.0.0.1:1/api/v1/" + endpoint), 1);

        assertThat(client.refusal(request.build())).hasValueSatisfying(error -> {
            assertThat(error.param()).isEqualTo(field);
            assertThat(error.message()).startsWith("`" + field + "`");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"ocr", "track-changes", "marker", "convert"})
    void takesAPlainDocumentWhateverTheEndpoint(String endpoint) {
        DatalabClient client = client(URI.create("http://127.0.0.1:1/api/v1/" + endpoint), 1);

        assertThat(client.refusal(
                        request().pageRange("0-2").maxPages(3).skipCache(true).build()))
                .isEmpty();
    }

    @Test
    void fetchesAResultFromElsewhereWithoutTheKey() throws Exception {
        var asked = new ConcurrentHashMap<String, Map<String, List<String>>>();
        URI url = server(exchange -> {
            asked.put(exchange.getRequestURI().getPath(), Map.copyOf(exchange.getRequestHeaders()));
            boolean isResult = exchange.getRequestURI().getPath().equals("/files/r1");
            answer(
                    exchange,
                    200,
                    isResult
                            ? "{\"markdown\":\"text\"}"
                            : "{\"status\":\"complete\",\"success\":true,\"page_count\":2,\"result_url\":\"/files/r1\"}");
        });

        var done = (Succeeded) poll(client(url, 2), job("/marker/r1")).get(20, SECONDS);

        assertThat(done.answer().body().path("markdown").asText()).isEqualTo("text");
        assertThat(done.answer().document().pageCount()).isEqualTo(2);
        assertThat(done.answer().requestId()).isEqualTo("r1");
        assertThat(asked.get("/marker/r1")).containsKey("X-api-key");
        assertThat(asked.get("/files/r1")).doesNotContainKey("X-api-key");
        assertThat(asked.get("/files/r1").toString()).doesNotContain(KEY, "gateway-secret");
    }

    @Test
    void aResultThatIsNotFetchedFromWhereItIsHasItsBill() throws Exception {
        URI url = server(exchange -> answer(exchange, 200, elsewhere("http://elsewhere.example/r1")));

        var failed = (Failed) poll(client(url, 2), job("/marker/r1")).get(20, SECONDS);

        assertThat(failed.error().code()).isEqualTo("foreign_result_url");
        assertBilled(failed);
    }

    @Test
    void aResultThatIsTooLargeWhereItIsHasItsBill() throws Exception {
        URI url = server(exchange -> answer(
                exchange,
                200,
                exchange.getRequestURI().getPath().equals("/files/r1")
                        ? "{\"markdown\":\"" + "x".repeat(MAX_BYTES) + "\"}"
                        : elsewhere("/files/r1")));

        var failed = (Failed) poll(client(url, 2), job("/marker/r1")).get(20, SECONDS);

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
    void aStoredDocumentThatIsTooLargeIsNotSent(@TempDir Path dir) throws Exception {
        var submitted = new AtomicInteger();
        URI url = server(exchange -> {
            submitted.incrementAndGet();
            answer(exchange, 200, "{\"success\":true,\"request_id\":\"r1\"}");
        });
        Path large = dir.resolve("large");
        try (var file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(200_000_001);
        }
        var store = new SlowStore(large);
        store.gate.complete(null);

        var failed = (Failed) start(client(url, 2, store), stored()).get(20, SECONDS);

        assertThat(failed.error().code()).isEqualTo("document_too_large");
        assertThat(failed.error().param()).isEqualTo("document_ref");
        assertThat(failed.error().message()).contains("200 MB");
        assertThat(failed.maybeDone()).isFalse();
        assertThat(submitted).hasValue(0);
        store.closed.get(10, SECONDS);
    }

    @Test
    void aQuestionThatHangsIsAskedAgainLater() throws Exception {
        DatalabClient client = client(server(exchange -> hang()), 2);

        var later = (Accepted)
                poll(client, job("/marker/r1"), request().timeoutSecs(1)).get(20, SECONDS);

        assertThat(later.job().id()).isEqualTo("/marker/r1");
        assertThat(later.unanswered().type()).isEqualTo("timeout");
    }

    @Test
    void aResultThatIsTooLargeSaysWhichSettingToRaise() throws Exception {
        URI url = server(exchange ->
                answer(exchange, 200, "{\"status\":\"complete\",\"markdown\":\"" + "x".repeat(MAX_BYTES) + "\"}"));

        var failed = (Failed) poll(client(url, 2), job("/marker/r1")).get(20, SECONDS);

        assertThat(failed.error().type()).isEqualTo("response_too_large");
        assertThat(failed.error().message()).contains("datalab.response.max.bytes");
        assertThat(failed.requestId()).isEqualTo("r1");
    }

    @Test
    void aDocumentWhoseBatchIsCancelledWhileItIsFetchedIsNotSubmitted() throws Exception {
        var submitted = new AtomicInteger();
        URI url = server(exchange -> {
            submitted.incrementAndGet();
            answer(exchange, 200, "{\"success\":true,\"request_id\":\"r1\"}");
        });
        var slow = new SlowStore();
        DatalabClient client = client(url, 2, slow);
        var outcome = new CompletableFuture<CallOutcome>();
        Abort abort = client.call(stored().build(), 1, 0, outcome::complete);
        slow.asked.get(10, SECONDS);

        abort.now();

        assertThat(((Retry) outcome.get(10, SECONDS)).error().type()).isEqualTo(ApiClient.ABORTED);
        slow.gate.complete(null);
        slow.closed.get(10, SECONDS);
        assertThat(submitted).hasValue(0);
    }

    @Test
    void aStoreThatHangsIsARetryAndWhatItGivesLaterIsReleased() throws Exception {
        var submitted = new AtomicInteger();
        URI url = server(exchange -> {
            submitted.incrementAndGet();
            answer(exchange, 200, "{\"success\":true,\"request_id\":\"r1\"}");
        });
        var slow = new SlowStore();
        DatalabClient client = client(url, 2, slow, Duration.ofMillis(200));

        var retry = (Retry) start(client, stored()).get(20, SECONDS);

        assertThat(retry.error().code()).isEqualTo("store_unavailable");
        assertThat(retry.error().message()).contains("The document store does not answer", "not done within");
        assertThat(retry.maybeDone()).isFalse();
        assertThat(slow.closed).isNotDone();
        slow.gate.complete(null);
        slow.closed.get(10, SECONDS);
        assertThat(submitted).hasValue(0);
    }

    @Test
    void aSubmissionUnderWayIsLetEndSoThatItsJobIsKnown() throws Exception {
        var seen = new CompletableFuture<Void>();
        var gate = new CompletableFuture<Void>();
        URI url = server(exchange -> {
            seen.complete(null);
            gate.join();
            answer(exchange, 200, "{\"success\":true,\"request_id\":\"r1\"}");
        });
        var slow = new SlowStore();
        slow.gate.complete(null);
        var outcome = new CompletableFuture<CallOutcome>();
        Abort abort = client(url, 2, slow).call(stored().build(), 1, 0, outcome::complete);
        seen.get(10, SECONDS);

        abort.now();
        gate.complete(null);

        assertThat(outcome.get(10, SECONDS)).isInstanceOf(Accepted.class);
        slow.closed.get(10, SECONDS);
    }

    /** Has one document, and gives it when its gate is open. */
    private static final class SlowStore implements DocumentStore {

        private final Path file;
        private final CompletableFuture<Void> asked = new CompletableFuture<>();
        private final CompletableFuture<Void> gate = new CompletableFuture<>();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();

        SlowStore() {
            this(Path.of("pom.xml"));
        }

        SlowStore(Path file) {
            this.file = file;
        }

        @Override
        public String put(Path file) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String put(byte[] content) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Fetched fetch(String reference) {
            asked.complete(null);
            gate.join();
            return new Fetched() {
                @Override
                public Path file() {
                    return file;
                }

                @Override
                public void close() {
                    closed.complete(null);
                }
            };
        }

        @Override
        public void close() {}
    }

    private static DocumentRequest.Builder stored() {
        return DocumentRequest.builder().batchId("b").documentRef("sha256/" + "0".repeat(64));
    }

    private static RemoteJob job(String path) {
        return new RemoteJob(path, Instant.now(), Duration.ZERO, "r1");
    }

    private static CompletableFuture<CallOutcome> poll(DatalabClient client, RemoteJob job) {
        return poll(client, job, request());
    }

    private static CompletableFuture<CallOutcome> poll(
            DatalabClient client, RemoteJob job, DocumentRequest.Builder request) {
        var outcome = new CompletableFuture<CallOutcome>();
        client.poll(request.build(), job, 1, 0, outcome::complete);
        return outcome;
    }

    private void assertNothingSent(URI url) throws Exception {
        CallOutcome outcome =
                start(client(url, 2), request().resubmitOnUnknown(false)).get(30, SECONDS);

        assertThat(outcome).isInstanceOfSatisfying(Retry.class, retry -> {
            assertThat(retry.maybeDone()).isFalse();
            assertThat(retry.error().type()).isEqualTo("network_error");
        });
    }

    private static DocumentRequest.Builder request() {
        return DocumentRequest.builder().batchId("b").document("%PDF-1.7".getBytes(UTF_8));
    }

    private static CompletableFuture<CallOutcome> start(DatalabClient client, DocumentRequest.Builder request) {
        var outcome = new CompletableFuture<CallOutcome>();
        client.call(request.build(), 1, 0, outcome::complete);
        return outcome;
    }

    private DatalabClient client(URI url, int connections) {
        return client(url, connections, null);
    }

    private DatalabClient client(URI url, int connections, DocumentStore store) {
        return client(url, connections, store, Duration.ofMinutes(1));
    }

    private DatalabClient client(URI url, int connections, DocumentStore store, Duration storeTimeout) {
        Map<String, String> headers = Map.of("X-Gateway", "gateway-secret");
        var client = new DatalabClient(
                new HttpSettings(
                        url, ApiKey.of(new Secret(KEY)), headers, connections, 1, MAX_BYTES, HttpSettings.Route.DIRECT),
                store,
                LargeAnswers.ofHeap(),
                storeTimeout);
        toClose.push(client);
        return client;
    }

    private interface Script {
        void answer(HttpExchange exchange) throws IOException;
    }

    /** A server that answers every request by this script, at {@code /marker}. */
    private URI server(Script script) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            script.answer(exchange);
        });
        server.start();
        toClose.push(() -> server.stop(0));
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/marker");
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Until the test ends. */
    private static void hang() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
