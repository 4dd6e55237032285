package io.github.genaistreams.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.provider.Secret;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ApiSandboxTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HELLO = body("{'model':'gpt-4o-mini','input':'Say hello'}");

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private ApiSandbox sandbox;

    @AfterEach
    void close() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    @Test
    void shouldAnswerWithAWholeResponseObject() throws Exception {
        start(SandboxSettings.DEFAULTS);

        var response = call(
                body("{'model':'gpt-4o-mini','input':'Say hello','metadata':{'a':'b'},'temperature':0.5}"),
                "b%20c/3/1/x");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("x-request-id"))
                .hasValueSatisfying(id -> assertThat(id).startsWith("req_"));
        assertThat(response.headers().firstValueAsLong("openai-processing-ms")).isPresent();
        JsonNode json = json(response);
        assertThat(json.path("object").asText()).isEqualTo("response");
        assertThat(json.path("status").asText()).isEqualTo("completed");
        assertThat(json.path("model").asText()).isEqualTo("gpt-4o-mini");
        assertThat(json.path("temperature").asDouble()).isEqualTo(0.5);
        assertThat(json.at("/metadata/a").asText()).isEqualTo("b");
        assertThat(json.at("/output/0/type").asText()).isEqualTo("message");
        assertThat(json.at("/output/0/content/0/type").asText()).isEqualTo("output_text");
        assertThat(text(json)).contains("“Say hello”");
        assertThat(json.at("/usage/total_tokens").asLong())
                .isEqualTo(json.at("/usage/input_tokens").asLong()
                        + json.at("/usage/output_tokens").asLong())
                .isPositive();
        assertThat(sandbox.stats().callsOf("b c", 3)).isEqualTo(1);
    }

    @Test
    void shouldGiveTheSameTextForTheSamePromptAndAnotherForAnother() throws Exception {
        start(SandboxSettings.DEFAULTS);
        String first = text(json(call(HELLO, "b/0/1/x")));

        assertThat(text(json(call(HELLO, "b/1/1/x")))).isEqualTo(first);
        assertThat(text(json(call(body("{'model':'m','input':'Say good-bye'}"), "b/2/1/x"))))
                .isNotEqualTo(first);
    }

    @Test
    void shouldAnswerInTheFormatAskedFor() throws Exception {
        start(SandboxSettings.DEFAULTS);
        var object =
                call(body("{'model':'m','input':'Reply in JSON','text':{'format':{'type':'json_object'}}}"), "b/0/1/x");
        var schema = call(
                body(
                        "{'model':'m','input':'x','text':{'format':{'type':'json_schema','name':'n','strict':true,'schema':{'type':'object','properties':{'age':{'type':'integer','minimum':7,'maximum':7}},'required':['age'],'additionalProperties':false}}}}"),
                "b/1/1/x");

        assertThat(JSON.readTree(text(json(object))).isObject()).isTrue();
        assertThat(text(json(schema))).isEqualTo("{\"age\":7}");
    }

    @Test
    void shouldStopAtMaxOutputTokens() throws Exception {
        start(SandboxSettings.DEFAULTS);

        JsonNode json = json(call(body("{'model':'m','input':'Say hello','max_output_tokens':16}"), "b/0/1/x"));

        assertThat(json.path("status").asText()).isEqualTo("incomplete");
        assertThat(json.at("/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
        assertThat(json.at("/usage/output_tokens").asInt()).isEqualTo(16);
    }

    @Test
    void shouldAskForAKeyAndForTheRightOneIfOneIsSet() throws Exception {
        start(SandboxSettings.DEFAULTS);
        var without = client.send(
                HttpRequest.newBuilder(responses())
                        .POST(HttpRequest.BodyPublishers.ofString(HELLO))
                        .build(),
                BodyHandlers.ofString());
        assertThat(without.statusCode()).isEqualTo(401);
        assertThat(json(without).at("/error/type").asText()).isEqualTo("invalid_request_error");

        sandbox.apply(sandbox.settings().withRequiredKey(new Secret("sk-other")));
        var wrong = call(HELLO, "b/0/1/x");
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(json(wrong).at("/error/code").asText()).isEqualTo("invalid_api_key");

        sandbox.apply(sandbox.settings().withRequiredKey(new Secret("sk-test")));
        assertThat(call(HELLO, "b/0/2/x").statusCode()).isEqualTo(200);
    }

    @Test
    void shouldAnswerUnknownPathsInJson() throws Exception {
        start(SandboxSettings.DEFAULTS);
        var response = client.send(
                HttpRequest.newBuilder(URI.create(sandbox.baseUrl() + "/chat")).build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(json(response).at("/error/message").asText()).contains("/v1/chat");
    }

    @ParameterizedTest
    @CsvSource({
        "RATE_LIMIT, 429, rate_limit_exceeded",
        "QUOTA, 429, insufficient_quota",
        "BAD_REQUEST, 400, invalid_prompt",
        "SERVER_ERROR, 500, server_error",
        "OVERLOADED, 503, server_is_overloaded"
    })
    void shouldRefuseAsTheApiDoes(Fault fault, int status, String code) throws Exception {
        start(always(fault).withRetryAfter(Duration.ofMillis(1_500)));

        var response = call(HELLO, "b/0/1/x");

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(json(response).at("/error/code").asText()).isEqualTo(code);
        assertThat(response.headers().firstValue("retry-after").isPresent()).isEqualTo(fault == Fault.RATE_LIMIT);
        if (fault == Fault.RATE_LIMIT) {
            assertThat(response.headers().firstValue("retry-after")).hasValue("2");
            assertThat(response.headers().firstValue("retry-after-ms")).hasValue("1500");
        }
        await().untilAsserted(() -> {
            assertThat(sandbox.stats().faults()).containsEntry(fault, 1L);
            assertThat(sandbox.stats().byStatus()).containsEntry(status, 1L);
            assertThat(sandbox.stats().inFlight()).isZero();
        });
    }

    @Test
    void shouldSendAnHtmlPageAsABadGateway() throws Exception {
        start(always(Fault.BAD_GATEWAY));
        var response = call(HELLO, "b/0/1/x");
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.headers().firstValue("content-type")).hasValue("text/html");
        assertThat(response.body()).startsWith("<html>");
    }

    @Test
    void shouldResetTheConnection() throws Exception {
        start(always(Fault.RESET));
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), sandbox.port())) {
            post(socket);
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
        await().until(() -> sandbox.stats().inFlight() == 0);
    }

    @Test
    void shouldEndTheConnectionInTheMiddleOfTheBody() throws Exception {
        start(always(Fault.TRUNCATED));
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), sandbox.port())) {
            post(socket);
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String[] parts = answer.split("\r\n\r\n", 2);
            assertThat(parts[0]).startsWith("HTTP/1.1 200");
            int announced = Integer.parseInt(parts[0].replaceAll("(?is).*content-length: (\\d+).*", "$1"));
            assertThat(parts[1].getBytes(StandardCharsets.UTF_8).length)
                    .isPositive()
                    .isLessThan(announced);
        }
        assertThat(sandbox.stats().item("b", 0).succeeded()).isZero();
    }

    @Test
    void shouldHangUntilTheClientGivesUpAndRecoverWhenTold() throws Exception {
        start(always(Fault.HANG));
        assertThatThrownBy(() -> client.send(
                        request(HELLO, "b/0/1/x")
                                .timeout(Duration.ofMillis(200))
                                .build(),
                        BodyHandlers.ofString()))
                .isInstanceOf(HttpTimeoutException.class);
        await().until(() -> sandbox.stats().inFlight() == 0);

        sandbox.apply(SandboxSettings.DEFAULTS);

        assertThat(call(HELLO, "b/0/2/x").statusCode()).isEqualTo(200);
    }

    @Test
    void shouldEndHungCallsWhenClosed() throws Exception {
        start(always(Fault.HANG));
        var hung = client.sendAsync(request(HELLO, "b/0/1/x").build(), BodyHandlers.ofString());
        await().until(() -> sandbox.stats().inFlight() == 1);

        long closing = System.nanoTime();
        sandbox.close();

        assertThat(Duration.ofNanos(System.nanoTime() - closing)).isLessThan(Duration.ofSeconds(5));
        assertThatThrownBy(() -> hung.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void shouldMeetFaultsAsTheSettingsForetell() throws Exception {
        var settings = SandboxSettings.DEFAULTS.withSeed(42).withFault(Fault.SERVER_ERROR, 0.3);
        start(settings);
        for (int index = 0; index < 50; index++) {
            int expected = settings.faultFor("b", index, 1).isPresent() ? 500 : 200;
            assertThat(call(HELLO, "b/" + index + "/1/x").statusCode()).isEqualTo(expected);
        }
    }

    @Test
    void shouldTakeTheDrawnTime() throws Exception {
        var settings = SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:100ms-300ms"));
        start(settings);
        long start = System.nanoTime();
        call(HELLO, "b/0/1/x");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(settings.latencyFor("b", 0, 1));
    }

    @Test
    void shouldEnforceRequestsPerMinute() throws Exception {
        start(SandboxSettings.DEFAULTS.withRpm(3));
        for (int i = 0; i < 3; i++) {
            var response = call(HELLO, "b/" + i + "/1/x");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("x-ratelimit-limit-requests"))
                    .hasValue("3");
            assertThat(response.headers().firstValue("x-ratelimit-remaining-requests"))
                    .hasValue(2 - i + "");
            assertThat(response.headers().firstValue("x-ratelimit-reset-requests"))
                    .hasValueSatisfying(reset -> assertThat(reset).matches("(\\d+m)?[\\d.]+s"));
        }

        var refused = call(HELLO, "b/3/1/x");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).at("/error/type").asText()).isEqualTo("requests");
        assertThat(json(refused).at("/error/code").asText()).isEqualTo("rate_limit_exceeded");
        assertThat(refused.headers().firstValueAsLong("retry-after").orElseThrow())
                .isBetween(15L, 20L);
        assertThat(sandbox.stats().limited()).isEqualTo(1);
    }

    @Test
    void shouldEnforceTokensPerMinute() throws Exception {
        start(SandboxSettings.DEFAULTS.withTpm(1_000));
        assertThat(call(body("{'model':'m','input':'x','max_output_tokens':900}"), "b/0/1/x")
                        .statusCode())
                .isEqualTo(200);

        var refused = call(body("{'model':'m','input':'x','max_output_tokens':900}"), "b/1/1/x");
        var tooLarge = call(body("{'model':'m','input':'x','max_output_tokens':1000}"), "b/2/1/x");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).at("/error/type").asText()).isEqualTo("tokens");
        assertThat(refused.headers().firstValue("retry-after")).isPresent();
        assertThat(json(tooLarge).at("/error/message").asText()).contains("Request too large", "Requested 1001");
        assertThat(tooLarge.headers().firstValue("retry-after")).isEmpty();
    }

    @Test
    void shouldCountCallsOfEachItemAndRepeatsAfterSuccess() throws Exception {
        start(SandboxSettings.DEFAULTS);
        call(HELLO, "b/0/1/x");
        call(HELLO, "b/1/1/x");
        call(HELLO, "b/1/2/x");
        call(HELLO, "other/0/1/x");
        call(HELLO, null);

        var stats = sandbox.stats();
        assertThat(stats.requests()).isEqualTo(5);
        assertThat(stats.callsOf("b", 0)).isEqualTo(1);
        assertThat(stats.callsOf("b", 1)).isEqualTo(2);
        assertThat(stats.callsOf("b")).isEqualTo(3);
        assertThat(stats.succeeded("b")).isEqualTo(2);
        assertThat(stats.repeatedAfterSuccess("b")).isEqualTo(1);
        assertThat(stats.repeatedAfterSuccess("other")).isZero();
        assertThat(stats.callsOf("unknown")).isEqualTo(1);

        var url = URI.create(sandbox.baseUrl().replace("/v1", "/sandbox/stats?batch=b"));
        JsonNode json = json(client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString()));
        assertThat(json.path("requests").asInt()).isEqualTo(5);
        assertThat(json.at("/batches/b/repeated_after_success").asInt()).isEqualTo(1);
        assertThat(json.at("/batches/b/items/1/calls").asInt()).isEqualTo(2);
        assertThat(json.path("batches").has("other")).isFalse();
    }

    @Test
    void shouldCountWhatIsInFlightAtOnce() {
        start(SandboxSettings.DEFAULTS.withLatency(Latency.parse("300ms")));
        var calls = IntStream.range(0, 20)
                .mapToObj(
                        i -> client.sendAsync(request(HELLO, "b/" + i + "/1/x").build(), BodyHandlers.ofString()))
                .toList();
        calls.forEach(call -> assertThat(call.join().statusCode()).isEqualTo(200));

        assertThat(sandbox.stats().maxInFlight()).isEqualTo(20);
        await().until(() -> sandbox.stats().inFlight() == 0);
        assertThat(sandbox.stats().byStatus()).containsEntry(200, 20L);
    }

    @Test
    void shouldSpeakHttp2OverTls() throws Exception {
        start(SandboxSettings.DEFAULTS.withTls(true));
        var certificates = sandbox.trustedCertificates().orElseThrow();
        try (var secure = new SecureClient(certificates)) {
            var response = secure.client.send(request(HELLO, "b/0/1/x").build(), BodyHandlers.ofString());
            assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(response.statusCode()).isEqualTo(200);

            sandbox.apply(sandbox.settings().withFault(Fault.RESET, 1));
            assertThatThrownBy(
                            () -> secure.client.send(request(HELLO, "b/1/1/x").build(), BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
        }
        sandbox.close();
        assertThat(certificates).doesNotExist();
    }

    @Test
    void shouldNameThePortThatIsInUse() {
        start(SandboxSettings.DEFAULTS);
        var same = SandboxSettings.DEFAULTS.withPort(sandbox.port());
        assertThatThrownBy(() -> ApiSandbox.start(same))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Port " + sandbox.port() + " on 127.0.0.1 is in use");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void shouldListenOnTheHostItIsToldAndNoOther() throws Exception {
        start(SandboxSettings.DEFAULTS.withHost("127.0.0.2"));

        assertThat(sandbox.baseUrl()).startsWith("http://127.0.0.2:");
        assertThat(call(HELLO, "b/0/1/x").statusCode()).isEqualTo(200);
        assertThatThrownBy(() -> new Socket("127.0.0.1", sandbox.port()).close())
                .isInstanceOf(ConnectException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "no such host"})
    void shouldSayThatAHostIsNotThisMachine(String host) {
        var elsewhere = SandboxSettings.DEFAULTS.withHost(host);

        assertThatThrownBy(() -> ApiSandbox.start(elsewhere))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(host + " is no address of this machine")
                .hasMessageContaining("0.0.0.0");
    }

    /** A client that trusts one certificate. */
    private record SecureClient(HttpClient client) implements AutoCloseable {

        SecureClient(Path certificates) throws Exception {
            this(HttpClient.newBuilder().sslContext(trusting(certificates)).build());
        }

        private static SSLContext trusting(Path certificates) throws Exception {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            try (var in = Files.newInputStream(certificates)) {
                store.setCertificateEntry(
                        "sandbox", CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        }

        @Override
        public void close() {
            // Java 17 has no way to close an HttpClient.
        }
    }

    private void start(SandboxSettings settings) {
        sandbox = ApiSandbox.start(settings);
    }

    private static SandboxSettings always(Fault fault) {
        return SandboxSettings.DEFAULTS.withFault(fault, 1);
    }

    private URI responses() {
        return URI.create(sandbox.baseUrl() + "/responses");
    }

    private HttpRequest.Builder request(String body, String clientId) {
        var request = HttpRequest.newBuilder(responses())
                .header("Authorization", "Bearer sk-test")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return clientId == null ? request : request.header(CallId.HEADER, clientId);
    }

    private HttpResponse<String> call(String body, String clientId) throws Exception {
        return client.send(request(body, clientId).build(), BodyHandlers.ofString());
    }

    private static void post(Socket socket) throws IOException {
        socket.getOutputStream()
                .write(("POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer k\r\n" + CallId.HEADER
                                + ": b/0/1/x\r\nContent-Length: " + HELLO.length() + "\r\n\r\n" + HELLO)
                        .getBytes(StandardCharsets.US_ASCII));
        socket.setSoTimeout(10_000);
    }

    private static String body(String text) {
        return text.replace('\'', '"');
    }

    private static JsonNode json(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body());
    }

    private static String text(JsonNode response) {
        return response.at("/output/0/content/0/text").asText();
    }
}
