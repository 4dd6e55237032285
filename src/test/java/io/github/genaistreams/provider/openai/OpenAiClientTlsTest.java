package io.github.genaistreams.provider.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestCertificates;
import io.github.genaistreams.TestCertificates.Identity;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.ClientCertificate;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.LargeAnswers;
import io.github.genaistreams.provider.http.Redactor;
import io.github.genaistreams.provider.http.TimeLimits;
import io.github.genaistreams.provider.http.Transport;
import io.netty.pkitesting.CertificateBuilder;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.WebClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client over TLS: which protocol it speaks, whom it trusts, and by what it is known. */
@Timeout(60)
class OpenAiClientTlsTest {

    private static final String ANSWER = "{\"status\":\"completed\",\"output\":[]}";

    @TempDir
    static Path dir;

    private static TestCertificates certificates;
    private static Identity identity;

    private final Vertx vertx = Vertx.vertx();
    private final List<OpenAiClient> clients = new ArrayList<>();
    private final List<HttpVersion> seen = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void issue() {
        certificates = new TestCertificates(dir, "authority of the test");
        identity = certificates.server();
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
    void anUntrustedCertificateIsANetworkError() throws Exception {
        var server = server(true, this::answer);

        var retry = (Retry) call(client(server, 4, HttpSettings.Route.DIRECT)).get(20, SECONDS);

        assertThat(retry.error().type()).isEqualTo("network_error");
        assertThat(retry.error().message()).startsWith("Network error: the TLS connection failed");
        assertThat(seen).isEmpty();
    }

    @Test
    void aServerWhoseCertificateHasExpiredIsSaidToHaveOne() throws Exception {
        identity = certificates.issue(
                "late",
                new CertificateBuilder()
                        .addSanDnsName("localhost")
                        .notBefore(Instant.parse("2024-01-01T00:00:00Z"))
                        .notAfter(Instant.parse("2024-02-01T00:00:00Z")));
        try {
            var retry = (Retry)
                    call(client(server(true, this::answer), 4, trusted())).get(20, SECONDS);

            assertThat(retry.error().message()).contains("the server's certificate has expired", "2024");
        } finally {
            identity = certificates.server();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isKnownByItsCertificateToTheApiAndToNobodyElse(boolean alpn) throws Exception {
        var known = new CopyOnWriteArrayList<String>();
        var options = serverOptions(alpn).setClientAuth(ClientAuth.REQUEST).setTrustOptions(trust());
        var server = server(options, request -> {
            known.add(whoCalls(request));
            answer(request);
        });
        var settings = settings(
                server,
                4,
                new HttpSettings.Route(
                        trusted(), certificate(certificates.issue("worker", new CertificateBuilder())), null));

        try (var transport = new Transport(settings, LargeAnswers.ofHeap())) {
            assertThat(get(transport, settings, false).get(20, SECONDS)).isInstanceOf(Succeeded.class);
            assertThat(get(transport, settings, true).get(20, SECONDS)).isInstanceOf(Succeeded.class);
        }
        assertThat(known).containsExactly("nobody", "CN=worker");
    }

    private static String whoCalls(HttpServerRequest request) {
        try {
            return ((X509Certificate) request.connection().peerCertificates().get(0))
                    .getSubjectX500Principal()
                    .getName();
        } catch (SSLPeerUnverifiedException e) {
            return "nobody";
        }
    }

    private static CompletableFuture<CallOutcome> get(Transport transport, HttpSettings settings, boolean isForTheApi) {
        var result = new CompletableFuture<CallOutcome>();
        var message = new Transport.Message() {
            @Override
            public HttpRequest<Buffer> request(WebClient web) {
                return web.get(settings.port(), settings.host(), "/");
            }

            @Override
            public boolean isForTheApi() {
                return isForTheApi;
            }
        };
        var classifier = new ResponseClassifier(new Redactor(settings), InstantSource.system());
        transport.send(
                message,
                0,
                TimeLimits.of(Duration.ofSeconds(20)),
                new CallResponseHandler(classifier, true, DeltaListener.NONE, 10_000),
                result::complete);
        return result;
    }

    /** With TLS 1.3 a client learns it when it has sent its request: the server has not read it. HTTP/2 waits for the server's word. */
    @ParameterizedTest
    @CsvSource({
        "false, the server refuses the client certificate",
        "true, the server closed the connection before anything was sent"
    })
    void aServerThatDoesNotKnowItsCertificateHasDoneNothing(boolean alpn, String told) throws Exception {
        var server =
                server(serverOptions(alpn).setClientAuth(ClientAuth.REQUIRED).setTrustOptions(trust()), this::answer);
        Identity foreign = new TestCertificates(
                        Files.createDirectory(dir.resolve("foreign-" + alpn)), "another authority")
                .issue("worker", new CertificateBuilder());

        for (ClientCertificate certificate : Arrays.asList(null, certificate(foreign))) {
            var retry = (Retry) call(client(server, certificate)).get(20, SECONDS);

            assertThat(retry.error().message()).contains(told, "client certificate");
            assertThat(retry.maybeDone()).isFalse();
        }
        assertThat(seen).isEmpty();
    }

    private static ClientCertificate certificate(Identity identity) {
        return new ClientCertificate(identity.certificate(), identity.key());
    }

    private static PemTrustOptions trust() {
        return new PemTrustOptions().addCertPath(certificates.trusted().toString());
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
        return server(serverOptions(alpn), handler);
    }

    private static HttpServerOptions serverOptions(boolean alpn) {
        return new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(alpn)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertPath(identity.certificate().toString())
                        .addKeyPath(identity.key().toString()));
    }

    private HttpServer server(HttpServerOptions options, Handler<HttpServerRequest> handler) throws Exception {
        return vertx.createHttpServer(options)
                .requestHandler(handler)
                .listen(0, "localhost")
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, SECONDS);
    }

    private static Path trusted() {
        return certificates.trusted();
    }

    private OpenAiClient client(HttpServer server, ClientCertificate certificate) {
        return client(server, 4, new HttpSettings.Route(trusted(), certificate, null));
    }

    private OpenAiClient client(HttpServer server, int connections, Path trusted) {
        return client(server, connections, HttpSettings.Route.trusting(trusted));
    }

    private OpenAiClient client(HttpServer server, int connections, HttpSettings.Route route) {
        var client = new OpenAiClient(settings(server, connections, route));
        clients.add(client);
        return client;
    }

    private static HttpSettings settings(HttpServer server, int connections, HttpSettings.Route route) {
        var url = URI.create("https://localhost:" + server.actualPort() + "/v1");
        return new HttpSettings(url, ApiKey.of(new Secret("key-1")), Map.of(), connections, 1, 1_000_000, route);
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
