package io.github.genaistreams.provider.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.TestCertificates;
import io.github.genaistreams.TestCertificates.Identity;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.KeyFile;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpProxy;
import io.github.genaistreams.provider.http.HttpSettings;
import io.netty.pkitesting.CertificateBuilder;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls by way of an HTTP proxy. The API's host has a name that only the proxy knows. */
@Timeout(60)
class ProxyTest {

    private static final String ANSWER = "{\"status\":\"completed\",\"output\":[]}";
    private static final String PLAIN_ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Length: " + ANSWER.length() + "\r\nConnection: close\r\n\r\n" + ANSWER;
    private static final String LOGIN = "worker:correct-horse@battery";

    @TempDir
    static Path dir;

    private static TestCertificates certificates;
    private static Identity identity;

    private final ClientCase test = new ClientCase();
    private final Vertx vertx = Vertx.vertx();
    private final List<HttpVersion> seen = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void issue() {
        certificates = new TestCertificates(dir, "authority of the test");
        identity = certificates.issue("api", new CertificateBuilder().addSanDnsName("api.invalid"));
    }

    @AfterEach
    void close() throws Exception {
        test.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, SECONDS);
    }

    @Test
    void speaksHttp2ThroughATunnelAndTellsTheProxyNothing() throws Exception {
        TestProxy proxy = proxy(api(true), LOGIN);
        OpenAiClient client = client("https://api.invalid:8443/v1", HttpProxy.of(proxy.address(), login(), List.of()));

        for (int i = 0; i < 3; i++) {
            assertThat(call(client)).isInstanceOf(Succeeded.class);
        }

        assertThat(seen).hasSize(3).containsOnly(HttpVersion.HTTP_2);
        assertThat(proxy.heads()).singleElement().asString().startsWith("CONNECT api.invalid:8443 HTTP/1.1");
        assertThat(proxy.heads().get(0)).doesNotContain(ClientCase.KEY);
    }

    @Test
    void keepsATunnelWithHttp11ForTheNextCall() throws Exception {
        TestProxy proxy = proxy(api(false), null);
        OpenAiClient client = client("https://api.invalid:8443/v1", HttpProxy.of(proxy.address(), null, List.of()));

        for (int i = 0; i < 3; i++) {
            assertThat(call(client)).isInstanceOf(Succeeded.class);
        }

        assertThat(seen).hasSize(3).containsOnly(HttpVersion.HTTP_1_1);
        assertThat(proxy.heads()).hasSize(1);
    }

    @Test
    void handsACallWithoutTlsToTheProxyWhole() throws Exception {
        var asked = new CopyOnWriteArrayList<String>();
        RawServer api = test.server(connection -> {
            asked.add(connection.read());
            connection.write(PLAIN_ANSWER);
        });
        TestProxy proxy = proxy(api.url().getPort(), LOGIN);
        OpenAiClient client = client("http://api.invalid/v1", HttpProxy.of(proxy.address(), login(), List.of()));

        assertThat(call(client)).isInstanceOf(Succeeded.class);

        assertThat(proxy.heads()).singleElement().asString().startsWith("POST http://api.invalid/v1/responses ");
        assertThat(asked).singleElement().asString().doesNotContain("proxy-authorization");
    }

    /** Nothing has come to the API, so nothing is paid, and the call is not the API's to refuse. */
    @ParameterizedTest
    @CsvSource({
        "https://api.invalid:8443/v1,",
        "https://api.invalid:8443/v1,worker:wrong-password",
        "http://api.invalid/v1,"
    })
    void aProxyThatWantsAnotherUserIsNotARefusalByTheApi(String url, String login) throws Exception {
        TestProxy proxy = proxy(1, LOGIN);
        ApiKey given = login == null ? null : ApiKey.of(new Secret(login));

        var retry = (Retry) call(client(url, HttpProxy.of(proxy.address(), given, List.of())));

        assertThat(retry.error().type()).isEqualTo("network_error");
        assertThat(retry.error().code()).isEqualTo("proxy_authentication_required");
        assertThat(retry.error().httpStatus()).isNull();
        assertThat(retry.error().message())
                .contains("proxy", "407", "user and password")
                .doesNotContain("wrong-password");
        assertThat(retry.maybeDone()).isFalse();
    }

    /** Who asks through a tunnel, or without a proxy, hears the API itself, which may have begun. */
    @Test
    void aRefusalByTheApiInTheWordsOfAProxyIsNotARefusalByTheProxy() throws Exception {
        Handler<HttpServerRequest> refusal =
                request -> request.response().setStatusCode(407).end();
        TestProxy proxy = proxy(api(false, refusal), null);
        RawServer direct = test.server(connection -> {
            connection.read();
            connection.write("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
        });

        for (OpenAiClient client : List.of(
                client("https://api.invalid:8443/v1", HttpProxy.of(proxy.address(), null, List.of())),
                client(direct.url().toString(), null))) {
            var failed = (Failed) call(client);

            assertThat(failed.error().httpStatus()).isEqualTo(407);
            assertThat(failed.error().message()).doesNotContain("proxy");
        }
    }

    @Test
    void aPasswordThatIsChangedInItsFileIsUsedFromThenOn() throws Exception {
        Path file = Files.writeString(dir.resolve("login"), "worker:first-password");
        TestProxy proxy = proxy(api(false), LOGIN);
        OpenAiClient client =
                client("https://api.invalid:8443/v1", HttpProxy.of(proxy.address(), new KeyFile(file), List.of()));
        assertThat(call(client)).isInstanceOf(Retry.class);

        Files.writeString(file, LOGIN + "\n");

        await().until(() -> call(client) instanceof Succeeded);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    HTTP/1.1 403 Forbidden~Content-Length: 0~~                    | it was refused (HTTP 403)
                    HTTP/1.1 502 Bad Gateway~~<html>no such host                  | it was refused (HTTP 502)
                    SSH-2.0-OpenSSH_9.2~~~                                        | it was closed
                    ''                                                            | it was closed
                    HTTP/1.1 200 OK~~HTTP/1.1 200 OK~Content-Length: 2~~{}        | the TLS connection failed
                    HTTP/1.1 200 OK~~                                             | the TLS connection failed
                    """)
    void aProxyThatDoesNotLeadToTheApiIsANetworkErrorAndNothingIsPaid(String answer, String told) throws Exception {
        RawServer proxy = test.server(connection -> {
            connection.read();
            connection.write(answer.replace("~", "\r\n"));
        });
        OpenAiClient client = client(
                "https://api.invalid/v1",
                HttpProxy.of("127.0.0.1:" + proxy.url().getPort(), null, List.of()));

        var retry = (Retry) call(client);

        assertThat(retry.error().message()).startsWith("Network error at the proxy: " + told);
        assertThat(retry.maybeDone()).isFalse();
    }

    @Test
    void theErrorOfAMissingProxyNamesTheProxy() throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        assertThat(told("http://api.invalid/v1", "http://127.0.0.1:" + closed))
                .endsWith("proxy: the connection was refused");
        assertThat(told("https://api.invalid/v1", "http://127.0.0.1:" + closed))
                .endsWith("proxy: the connection was refused");
        assertThat(told("https://api.invalid/v1", "http://proxy.invalid:3128"))
                .endsWith("proxy: the host name was not found");
    }

    private String told(String url, String proxy) throws Exception {
        return ((Retry) call(client(url, HttpProxy.of(proxy, null, List.of()))))
                .error()
                .message();
    }

    /** The call had gone out: it may have been answered, and paid. */
    @Test
    void aTunnelThatBreaksUnderACallLeavesItOpenWhetherItWasDone() throws Exception {
        TestProxy proxy = proxy(api(false, request -> {}), null);
        OpenAiClient client = client("https://api.invalid:8443/v1", HttpProxy.of(proxy.address(), null, List.of()));

        CompletableFuture<CallOutcome> call = ClientCase.start(client, ClientCase.request(), DeltaListener.NONE);
        await().until(() -> !seen.isEmpty());
        proxy.close();

        var retry = (Retry) call.get(20, SECONDS);
        assertThat(retry.error().type()).isEqualTo("network_error");
        assertThat(retry.maybeDone()).isTrue();
    }

    @Test
    void callsAHostWithoutAProxyThatIsToHaveNone() throws Exception {
        RawServer api = test.server(connection -> {
            connection.read();
            connection.write(PLAIN_ANSWER);
        });
        TestProxy proxy = proxy(1, null);

        assertThat(call(client(
                        api.url().toString(),
                        HttpProxy.of(proxy.address(), null, List.of("10.0.0.0/8", "127.0.0.0/8")))))
                .isInstanceOf(Succeeded.class);
        assertThat(call(client(api.url().toString(), HttpProxy.ofEnvironment(proxy.address(), null, List.of()))))
                .isInstanceOf(Succeeded.class);
        assertThat(proxy.heads()).isEmpty();
    }

    private static ApiKey login() {
        return ApiKey.of(new Secret(LOGIN));
    }

    private TestProxy proxy(int target, String login) throws IOException {
        return test.closing(new TestProxy(target, login));
    }

    private int api(boolean alpn) throws Exception {
        return api(alpn, request -> request.response().end(ANSWER));
    }

    /** Returns its port. */
    private int api(boolean alpn, Handler<HttpServerRequest> answer) throws Exception {
        var options = new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(alpn)
                .setKeyCertOptions(new PemKeyCertOptions()
                        .addCertPath(identity.certificate().toString())
                        .addKeyPath(identity.key().toString()));
        return vertx.createHttpServer(options)
                .requestHandler(request -> {
                    seen.add(request.version());
                    answer.handle(request);
                })
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, SECONDS)
                .actualPort();
    }

    private OpenAiClient client(String url, HttpProxy proxy) {
        var route = new HttpSettings.Route(certificates.trusted(), null, proxy);
        return test.closing(new OpenAiClient(new HttpSettings(
                URI.create(url), ApiKey.of(new Secret(ClientCase.KEY)), Map.of(), 4, 1, ClientCase.MAX_BYTES, route)));
    }

    private static CallOutcome call(OpenAiClient client) throws Exception {
        return ClientCase.call(client, ClientCase.request(), DeltaListener.NONE);
    }
}
