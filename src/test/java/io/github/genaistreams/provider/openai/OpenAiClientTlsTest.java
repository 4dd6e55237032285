package io.github.genaistreams.provider.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpSettings;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SelfSignedCertificate;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client over TLS: which protocol it speaks, whom it trusts. */
@Timeout(60)
@SuppressWarnings("removal") // SelfSignedCertificate: Vert.x 5 names no successor for tests
class OpenAiClientTlsTest {

    private static final String ANSWER = "{\"status\":\"completed\",\"output\":[]}";

    /** One for all tests: making a key pair takes seconds. */
    private static SelfSignedCertificate certificate;

    private final Vertx vertx = Vertx.vertx();
    private final List<OpenAiClient> clients = new ArrayList<>();
    private final List<HttpVersion> seen = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void createCertificate() {
        certificate = SelfSignedCertificate.create("localhost");
    }

    @AfterAll
    static void deleteCertificate() {
        certificate.delete();
    }

    @AfterEach
    void close() throws Exception {
        clients.forEach(OpenAiClient::close);
        vertx.close().toCompletionStage().toCompletableFuture().get(10, SECONDS);
    }

    @Test
    void speaksHttp2WhereTheServerOffersIt() throws Exception {
        var server = server(true, this::answer);

        assertThat(call(client(server, 4, trusted())).get(20, SECONDS)).isInstanceOf(Succeeded.class);
        assertThat(seen).containsExactly(HttpVersion.HTTP_2);
    }

    @Test
    void fallsBackToHttp11WithoutAlpn() throws Exception {
        var server = server(false, this::answer);

        assertThat(call(client(server, 4, trusted())).get(20, SECONDS)).isInstanceOf(Succeeded.class);
        assertThat(seen).containsExactly(HttpVersion.HTTP_1_1);
    }

    @Test
    void manyCallsRunAtOnceOverHttp2() throws Exception {
        assertAllAtOnce(true, 120, HttpVersion.HTTP_2);
    }

    @Test
    void manyCallsRunAtOnceAfterTheFallback() throws Exception {
        assertAllAtOnce(false, 40, HttpVersion.HTTP_1_1);
    }

    @Test
    void aTimeOutResetsTheStreamOnly() throws Exception {
        var reset = new CompletableFuture<Void>();
        var connections = new CopyOnWriteArrayList<Integer>();
        var server = server(true, request -> {
            connections.add(System.identityHashCode(request.connection()));
            if (connections.size() == 1) {
                answer(request);
            } else if (connections.size() == 2) {
                request.response().exceptionHandler(e -> reset.complete(null));
                request.exceptionHandler(e -> reset.complete(null));
                request.response().putHeader("content-length", "5000").write("{");
            } else {
                answer(request);
            }
        });
        var client = client(server, 4, trusted());

        assertThat(call(client).get(20, SECONDS)).isInstanceOf(Succeeded.class);
        var hanging = (Retry) call(client, 1).get(20, SECONDS);
        assertThat(hanging.error().type()).isEqualTo("timeout");
        reset.get(10, SECONDS);
        assertThat(call(client).get(20, SECONDS)).isInstanceOf(Succeeded.class);
        assertThat(connections).hasSize(3).containsOnly(connections.get(0));
    }

    @Test
    void aCertificateThatIsNotTrustedIsANetworkError() throws Exception {
        var server = server(true, this::answer);

        var retry = (Retry) call(client(server, 4, null)).get(20, SECONDS);

        assertThat(retry.error().type()).isEqualTo("network_error");
        assertThat(retry.error().message()).startsWith("Network error: the TLS connection failed");
        assertThat(seen).isEmpty();
    }

    private void assertAllAtOnce(boolean alpn, int calls, HttpVersion version) throws Exception {
        var waiting = new ArrayList<HttpServerRequest>();
        var server = server(alpn, request -> {
            // Nobody is answered before everybody is there. One event loop serves all, so no lock.
            waiting.add(request);
            if (waiting.size() == calls) {
                waiting.forEach(this::answer);
            }
        });
        var client = client(server, calls, trusted());

        var results = new ArrayList<CompletableFuture<CallOutcome>>();
        for (int i = 0; i < calls; i++) {
            results.add(call(client));
        }
        for (var result : results) {
            assertThat(result.get(30, SECONDS)).isInstanceOf(Succeeded.class);
        }
        assertThat(seen).hasSize(calls).containsOnly(version);
    }

    private void answer(HttpServerRequest request) {
        seen.add(request.version());
        request.response().end(ANSWER);
    }

    private HttpServer server(boolean alpn, Handler<HttpServerRequest> handler) throws Exception {
        var options =
                new HttpServerOptions().setSsl(true).setUseAlpn(alpn).setKeyCertOptions(certificate.keyCertOptions());
        return vertx.createHttpServer(options)
                .requestHandler(handler)
                .listen(0, "localhost")
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, SECONDS);
    }

    private Path trusted() {
        return Path.of(certificate.certificatePath());
    }

    private OpenAiClient client(HttpServer server, int connections, Path trusted) {
        var url = URI.create("https://localhost:" + server.actualPort() + "/v1");
        var client = new OpenAiClient(
                new HttpSettings(url, ApiKey.of(new Secret("key-1")), Map.of(), connections, 1, 1_000_000, trusted));
        clients.add(client);
        return client;
    }

    private static CompletableFuture<CallOutcome> call(OpenAiClient client) {
        return call(client, 30);
    }

    private static CompletableFuture<CallOutcome> call(OpenAiClient client, int timeoutSecs) {
        var request = ResponsesRequest.builder()
                .batchId("b")
                .model("m")
                .userPrompt("Hello")
                .timeoutSecs(timeoutSecs)
                .build();
        var result = new CompletableFuture<CallOutcome>();
        client.call(request, 1, 0, result::complete);
        return result;
    }
}
