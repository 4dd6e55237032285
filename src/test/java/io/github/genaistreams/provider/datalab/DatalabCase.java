package io.github.genaistreams.provider.datalab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.LargeAnswers;
import io.github.genaistreams.store.DocumentStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A client, the server it talks to, and its calls as a test wants to make them. */
final class DatalabCase {

    static final String KEY = "dl-hunter2-key";
    static final int MAX_BYTES = 1_000_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();

    void close() throws Exception {
        while (!toClose.isEmpty()) {
            toClose.pop().close();
        }
        threads.shutdownNow();
    }

    static RemoteJob job(String path) {
        return new RemoteJob(path, Instant.now(), Duration.ZERO, "r1");
    }

    static CompletableFuture<CallOutcome> poll(DatalabClient client, RemoteJob job) {
        return poll(client, job, request());
    }

    static CompletableFuture<CallOutcome> poll(DatalabClient client, RemoteJob job, DocumentRequest.Builder request) {
        var outcome = new CompletableFuture<CallOutcome>();
        client.poll(request.build(), job, 1, 0, outcome::complete);
        return outcome;
    }

    static DocumentRequest.Builder request() {
        return DocumentRequest.builder().batchId("b").document("%PDF-1.7".getBytes(UTF_8));
    }

    static CompletableFuture<CallOutcome> start(DatalabClient client, DocumentRequest.Builder request) {
        var outcome = new CompletableFuture<CallOutcome>();
        client.call(request.build(), 1, 0, outcome::complete);
        return outcome;
    }

    DatalabClient client(URI url, int connections) {
        return client(url, connections, null);
    }

    DatalabClient client(URI url, int connections, DocumentStore store) {
        return client(url, connections, store, Duration.ofMinutes(1));
    }

    DatalabClient client(URI url, int connections, DocumentStore store, Duration storeTimeout) {
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

    interface Script {
        void answer(HttpExchange exchange) throws IOException;
    }

    /** A server that answers every request by this script, at {@code /marker}. */
    URI server(Script script) throws IOException {
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

    static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Until the test ends. */
    static void hang() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
