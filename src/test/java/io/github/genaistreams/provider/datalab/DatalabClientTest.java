package io.github.genaistreams.provider.datalab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client against servers that behave and misbehave. */
@Timeout(60)
class DatalabClientTest {

    private static final String KEY = "dl-hunter2-key";

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
        var settings = new HttpSettings(url, ApiKey.of(new Secret(KEY)), Map.of(), connections, 1, 1_000_000, null);
        var client = new DatalabClient(settings, null);
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
            new java.util.concurrent.CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
