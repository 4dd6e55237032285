package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.SandboxCalls.HELLO;
import static io.github.genaistreams.sandbox.SandboxCalls.JSON;
import static io.github.genaistreams.sandbox.SandboxCalls.body;
import static io.github.genaistreams.sandbox.SandboxCalls.json;
import static io.github.genaistreams.sandbox.SandboxCalls.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.provider.Secret;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Answers, limits and counts of the API sandbox. */
@Timeout(60)
class ApiSandboxTest {

    @RegisterExtension
    final SandboxCalls test = new SandboxCalls();

    @Test
    void answersWithAWholeResponseObject() throws Exception {
        test.start(SandboxSettings.DEFAULTS);

        var response = test.call(
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
        assertThat(test.sandbox.stats().callsOf("b c", 3)).isEqualTo(1);
    }

    @Test
    void givesTheSameTextForTheSamePromptAndAnotherForAnother() throws Exception {
        test.start(SandboxSettings.DEFAULTS);
        String first = text(json(test.call(HELLO, "b/0/1/x")));

        assertThat(text(json(test.call(HELLO, "b/1/1/x")))).isEqualTo(first);
        assertThat(text(json(test.call(body("{'model':'m','input':'Say good-bye'}"), "b/2/1/x"))))
                .isNotEqualTo(first);
    }

    @Test
    void answersInTheRequestedFormat() throws Exception {
        test.start(SandboxSettings.DEFAULTS);
        var object = test.call(
                body("{'model':'m','input':'Reply in JSON','text':{'format':{'type':'json_object'}}}"), "b/0/1/x");
        var schema = test.call(
                body(
                        "{'model':'m','input':'x','text':{'format':{'type':'json_schema','name':'n','strict':true,'schema':{'type':'object','properties':{'age':{'type':'integer','minimum':7,'maximum':7}},'required':['age'],'additionalProperties':false}}}}"),
                "b/1/1/x");

        assertThat(JSON.readTree(text(json(object))).isObject()).isTrue();
        assertThat(text(json(schema))).isEqualTo("{\"age\":7}");
    }

    @Test
    void stopsAtMaxOutputTokens() throws Exception {
        test.start(SandboxSettings.DEFAULTS);

        JsonNode json = json(test.call(body("{'model':'m','input':'Say hello','max_output_tokens':16}"), "b/0/1/x"));

        assertThat(json.path("status").asText()).isEqualTo("incomplete");
        assertThat(json.at("/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
        assertThat(json.at("/usage/output_tokens").asInt()).isEqualTo(16);
    }

    @Test
    void requiresAKeyAndTheRightOneIfOneIsSet() throws Exception {
        test.start(SandboxSettings.DEFAULTS);
        var without = test.client.send(
                HttpRequest.newBuilder(test.responses())
                        .POST(HttpRequest.BodyPublishers.ofString(HELLO))
                        .build(),
                BodyHandlers.ofString());
        assertThat(without.statusCode()).isEqualTo(401);
        assertThat(json(without).at("/error/type").asText()).isEqualTo("invalid_request_error");

        test.sandbox.apply(test.sandbox.settings().withRequiredKey(new Secret("sk-other")));
        var wrong = test.call(HELLO, "b/0/1/x");
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(json(wrong).at("/error/code").asText()).isEqualTo("invalid_api_key");

        test.sandbox.apply(test.sandbox.settings().withRequiredKey(new Secret("sk-test")));
        assertThat(test.call(HELLO, "b/0/2/x").statusCode()).isEqualTo(200);
    }

    @Test
    void answersUnknownPathsInJson() throws Exception {
        test.start(SandboxSettings.DEFAULTS);
        var response = test.client.send(
                HttpRequest.newBuilder(URI.create(test.sandbox.baseUrl() + "/chat"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(json(response).at("/error/message").asText()).contains("/v1/chat");
    }

    @Test
    void takesTheDrawnTime() throws Exception {
        var settings = SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:100ms-300ms"));
        test.start(settings);
        long start = System.nanoTime();
        test.call(HELLO, "b/0/1/x");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(settings.latencyFor("b", 0, 1));
    }

    @Test
    void enforcesRequestsPerMinute() throws Exception {
        test.start(SandboxSettings.DEFAULTS.withRpm(3));
        for (int i = 0; i < 3; i++) {
            var response = test.call(HELLO, "b/" + i + "/1/x");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("x-ratelimit-limit-requests"))
                    .hasValue("3");
            assertThat(response.headers().firstValue("x-ratelimit-remaining-requests"))
                    .hasValue(2 - i + "");
            assertThat(response.headers().firstValue("x-ratelimit-reset-requests"))
                    .hasValueSatisfying(reset -> assertThat(reset).matches("(\\d+m)?[\\d.]+s"));
        }

        var refused = test.call(HELLO, "b/3/1/x");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).at("/error/type").asText()).isEqualTo("requests");
        assertThat(json(refused).at("/error/code").asText()).isEqualTo("rate_limit_exceeded");
        assertThat(refused.headers().firstValueAsLong("retry-after").orElseThrow())
                .isBetween(15L, 20L);
        assertThat(test.sandbox.stats().limited()).isEqualTo(1);
    }

    @Test
    void enforcesTokensPerMinute() throws Exception {
        test.start(SandboxSettings.DEFAULTS.withTpm(1_000));
        assertThat(test.call(body("{'model':'m','input':'x','max_output_tokens':900}"), "b/0/1/x")
                        .statusCode())
                .isEqualTo(200);

        var refused = test.call(body("{'model':'m','input':'x','max_output_tokens':900}"), "b/1/1/x");
        var tooLarge = test.call(body("{'model':'m','input':'x','max_output_tokens':1000}"), "b/2/1/x");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).at("/error/type").asText()).isEqualTo("tokens");
        assertThat(refused.headers().firstValue("retry-after")).isPresent();
        assertThat(json(tooLarge).at("/error/message").asText()).contains("Request too large", "Requested 1001");
        assertThat(tooLarge.headers().firstValue("retry-after")).isEmpty();
    }

    @Test
    void countsCallsOfEachItemAndRepeatsAfterSuccess() throws Exception {
        test.start(SandboxSettings.DEFAULTS);
        test.call(HELLO, "b/0/1/x");
        test.call(HELLO, "b/1/1/x");
        test.call(HELLO, "b/1/2/x");
        test.call(HELLO, "other/0/1/x");
        test.call(HELLO, null);

        var stats = test.sandbox.stats();
        assertThat(stats.requests()).isEqualTo(5);
        assertThat(stats.callsOf("b", 0)).isEqualTo(1);
        assertThat(stats.callsOf("b", 1)).isEqualTo(2);
        assertThat(stats.callsOf("b")).isEqualTo(3);
        assertThat(stats.succeeded("b")).isEqualTo(2);
        assertThat(stats.repeatedAfterSuccess("b")).isEqualTo(1);
        assertThat(stats.repeatedAfterSuccess("other")).isZero();
        assertThat(stats.callsOf("unknown")).isEqualTo(1);

        var url = URI.create(test.sandbox.baseUrl().replace("/v1", "/sandbox/stats?batch=b"));
        JsonNode json = json(test.client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString()));
        assertThat(json.path("requests").asInt()).isEqualTo(5);
        assertThat(json.at("/batches/b/repeated_after_success").asInt()).isEqualTo(1);
        assertThat(json.at("/batches/b/items/1/calls").asInt()).isEqualTo(2);
        assertThat(json.path("batches").has("other")).isFalse();
    }

    @Test
    void countsWhatIsInFlightAtOnce() {
        test.start(SandboxSettings.DEFAULTS.withLatency(Latency.parse("300ms")));
        var calls = IntStream.range(0, 20)
                .mapToObj(i -> test.client.sendAsync(
                        test.request(HELLO, "b/" + i + "/1/x").build(), BodyHandlers.ofString()))
                .toList();
        calls.forEach(call -> assertThat(call.join().statusCode()).isEqualTo(200));

        assertThat(test.sandbox.stats().maxInFlight()).isEqualTo(20);
        await().until(() -> test.sandbox.stats().inFlight() == 0);
        assertThat(test.sandbox.stats().byStatus()).containsEntry(200, 20L);
    }
}
