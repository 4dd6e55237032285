package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.genaistreams.flow.Demand;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.WriterSchemas;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes over the wire for each of several keys of a worker. */
class CredentialCallsTest {

    private static final String ANSWER = "{\"id\":\"resp_1\",\"status\":\"completed\",\"model\":\"m\",\"output\":[]}";

    @TempDir
    Path dir;

    private final List<Call> atDefault = Collections.synchronizedList(new ArrayList<>());
    private final List<Call> atTeam = Collections.synchronizedList(new ArrayList<>());
    private HttpServer defaultPlace;
    private HttpServer teamPlace;
    private ApiBindings apis;
    private ApiClient<ResponsesRequest> client;

    private record Call(String path, Headers headers, String body) {}

    @BeforeEach
    @SuppressWarnings("unchecked")
    void start() throws IOException {
        defaultPlace = server(atDefault);
        teamPlace = server(atTeam);
        var config = new GenAiConfig(Map.ofEntries(
                Map.entry("bootstrap.servers", "nowhere:1"),
                Map.entry("document.store", dir.toString()),
                Map.entry("openai.api.key", "sk-default-key-1"),
                Map.entry("openai.base.url", url(defaultPlace) + "/v1"),
                Map.entry("openai.project", "proj_default"),
                Map.entry("openai.headers", "X-Gateway: default"),
                Map.entry("openai.credentials", "team-a"),
                Map.entry("openai.credentials.team-a.api.key", "sk-team-key-2"),
                Map.entry("openai.credentials.team-a.base.url", url(teamPlace) + "/llm/v1"),
                Map.entry("openai.credentials.team-a.organization", "org_team"),
                Map.entry("openai.credentials.team-a.requests.per.minute", "1")));
        apis = new ApiBindings(config, List.of("responses"), WriterSchemas.NONE, api -> 1);
        client = (ApiClient<ResponsesRequest>) apis.bindings().get(0).client();
    }

    @AfterEach
    void stop() {
        apis.close();
        defaultPlace.stop(0);
        teamPlace.stop(0);
    }

    @Test
    void eachAliasHasItsOwnKeyPlaceAndHeadersAndNothingOfAnother() throws Exception {
        call(request().credential("team-a").build());

        assertThat(atDefault).isEmpty();
        assertThat(atTeam).singleElement().satisfies(call -> {
            assertThat(call.path()).isEqualTo("/llm/v1/responses");
            assertThat(call.headers().getFirst("Authorization")).isEqualTo("Bearer sk-team-key-2");
            assertThat(call.headers().getFirst("OpenAI-Organization")).isEqualTo("org_team");
            assertThat(call.headers()).doesNotContainKeys("OpenAI-Project", "X-Gateway");
            assertThat(call.headers().toString() + call.body()).doesNotContain("sk-default", "proj_default");
        });
    }

    @Test
    void aRecordThatNamesNoneIsCalledWithTheDefaultKey() throws Exception {
        call(request().build());

        assertThat(atTeam).isEmpty();
        assertThat(atDefault).singleElement().satisfies(call -> {
            assertThat(call.path()).isEqualTo("/v1/responses");
            assertThat(call.headers().getFirst("Authorization")).isEqualTo("Bearer sk-default-key-1");
            assertThat(call.headers().getFirst("OpenAI-Project")).isEqualTo("proj_default");
            assertThat(call.headers().getFirst("X-Gateway")).isEqualTo("default");
        });
    }

    @Test
    void whatARecordHasForTheBodyChoosesNeitherHostNorKey() throws Exception {
        JsonNode body = new ObjectMapper()
                .readTree("{\"base_url\":\"%s\",\"url\":\"%s\",\"headers\":{\"Authorization\":\"Bearer sk-other\"}}"
                        .formatted(url(teamPlace), url(teamPlace)));

        call(request().extraBody(body).build());

        assertThat(atTeam).isEmpty();
        assertThat(atDefault).singleElement().satisfies(call -> assertThat(
                        call.headers().get("Authorization"))
                .containsExactly("Bearer sk-default-key-1"));
    }

    /** Partitions have lanes of their own, and share the limits of a key. */
    @Test
    void aMinuteIsTheSameForAllPartitions() {
        var governors = apis.bindings().get(0).governors();
        var call = new Demand("team-a", "gpt-4o-mini", 0, 100, 0, true, false);

        assertThat(governors.tryAcquire(call, 0)).isNotNull();
        assertThat(governors.tryAcquire(call, 0)).isNull();
    }

    @Test
    void aKeyInPlaceOfAnAliasIsRefusedAndNotRepeated() {
        var error =
                client.refusal(request().credential("sk-somebodys-key").build()).orElseThrow();

        assertThat(error.param()).isEqualTo("credential");
        assertThat(error.message()).contains("default, team-a").doesNotContain("sk-");
    }

    private void call(ResponsesRequest request) throws Exception {
        assertThat(client.refusal(request)).isEmpty();
        var done = new CompletableFuture<CallOutcome>();
        client.call(request, 1, 0, done::complete);
        done.get(20, TimeUnit.SECONDS);
    }

    private static ResponsesRequest.Builder request() {
        return ResponsesRequest.builder()
                .batchId("b")
                .index(0)
                .batchSize(1)
                .model("m")
                .userPrompt("p");
    }

    private static String url(HttpServer server) {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static HttpServer server(List<Call> calls) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        server.createContext("/", exchange -> answer(exchange, calls));
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange, List<Call> calls) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            calls.add(new Call(exchange.getRequestURI().getPath(), exchange.getRequestHeaders(), body));
            byte[] answer = ANSWER.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }
}
