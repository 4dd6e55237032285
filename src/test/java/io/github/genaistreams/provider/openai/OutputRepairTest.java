package io.github.genaistreams.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.Json;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that break their schema, from a sandbox that gives such ones. */
class OutputRepairTest {

    private static final RemoteJob JOB = new RemoteJob("resp_1", Instant.EPOCH, Duration.ofSeconds(4));

    private final ClientCase clients = new ClientCase();
    private final List<RawServer.Request> seen = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        clients.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void asksAgainAndBillsEveryAnswer(boolean stream) throws Exception {
        ApiSandbox api = sandbox(1.0);
        List<String> deltas = new ArrayList<>();

        var outcome = (CallOutcome.Succeeded)
                ClientCase.call(client(api), request(2).stream(stream), (sequence, text) -> deltas.add(text));

        Answer answer = outcome.answer();
        assertThat(answer.repaired()).hasSize(1);
        assertThat(answer.repaired().get(0).outputText()).contains("not what was asked for");
        assertThat(Json.MAPPER.readTree(answer.outputText()).path("city").isTextual())
                .isTrue();
        assertThat(answer.usage().inputTokens())
                .isGreaterThan(answer.repaired().get(0).usage().inputTokens());
        assertThat(api.stats().requests()).isEqualTo(2);
        // The listener hears the answer that was streamed, not its correction.
        assertThat(String.join("", deltas)).isEqualTo(stream ? "[\"not what was asked for\"]" : "");
    }

    @Test
    void failsWithThePlaceAndTheReasonWhenRepairsAreUsedUp() throws Exception {
        ApiSandbox api = sandbox(0);

        // A marker in the prompt makes every answer a broken one.
        var outcome = (CallOutcome.Failed)
                ClientCase.call(client(api), request(2).userPrompt("sandbox:invalid_output"), DeltaListener.NONE);

        assertThat(outcome.error().type()).isEqualTo("invalid_output");
        assertThat(outcome.error().code()).isEqualTo("schema_violation");
        assertThat(outcome.error().isRetriable()).isFalse();
        assertThat(outcome.error().message()).contains("does not match the schema");
        assertThat(outcome.answer().repaired()).hasSize(2);
        assertThat(api.stats().requests()).isEqualTo(3);
    }

    @Test
    void failsAtOnceWithoutRepairs() throws Exception {
        ApiSandbox api = sandbox(1.0);

        var outcome = (CallOutcome.Failed) ClientCase.call(client(api), request(0), DeltaListener.NONE);

        assertThat(outcome.error().code()).isEqualTo("schema_violation");
        assertThat(outcome.answer().repaired()).isEmpty();
        assertThat(api.stats().requests()).isEqualTo(1);
    }

    @Test
    void asksAgainAfterABackgroundResponse() throws Exception {
        ApiSandbox api = sandbox(1.0);
        OpenAiClient client = client(api);
        ResponsesRequest.Builder request = request(1).background(true);

        CallOutcome outcome = ClientCase.call(client, request, DeltaListener.NONE);
        while (outcome instanceof CallOutcome.Accepted accepted) {
            RemoteJob job = accepted.job();
            outcome = ClientCase.poll(client, job, request).get(30, TimeUnit.SECONDS);
        }

        assertThat(((CallOutcome.Succeeded) outcome).answer().repaired()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void repeatsOnlyTheQuestionForTheCorrectionWhenThatMeetsAPassingError(boolean job) throws Exception {
        OpenAiClient client = answering(answer(200, response("[]")), answer(429, "{}"), answer(200, response("{@}")));

        CallOutcome outcome = job
                ? ClientCase.poll(client, JOB, quick(request(1))).get(30, TimeUnit.SECONDS)
                : ClientCase.call(client, quick(request(1)), DeltaListener.NONE);

        assertThat(((CallOutcome.Succeeded) outcome).answer().repaired()).hasSize(1);
        assertThat(seen).hasSize(3);
        assertThat(seen.get(0).body().contains("does not match")).isFalse();
        assertThat(seen.subList(1, 3))
                .allSatisfy(sent -> assertThat(sent.body()).contains("does not match"));
    }

    @Test
    void failsWithTheBilledCostWhenTheCorrectionFails() throws Exception {
        String paidInVain = response("").replace("completed", "failed");
        OpenAiClient client = answering(
                answer(200, response("[]")),
                answer(200, paidInVain.replace("\"output\"", "\"error\":{\"code\":\"server_error\"},\"output\"")),
                "",
                answer(500, "{}"));

        var outcome =
                (CallOutcome.Failed) ClientCase.call(client, quick(request(1)).maxRetries(2), DeltaListener.NONE);

        assertThat(outcome.error().code()).isEqualTo("schema_violation");
        assertThat(outcome.error().message()).contains("HTTP 500");
        assertThat(outcome.error().isRetriable()).isTrue();
        assertThat(outcome.answer().outputText()).isEqualTo("[]");
        assertThat(outcome.answer().repaired()).hasSize(2);
        assertThat(outcome.answer().repaired().get(0).usage().totalTokens()).isEqualTo(3);
        assertThat(outcome.answer().repaired().get(1)).isEqualTo(Answer.UNSEEN);
        assertThat(seen).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void failsWithWhatWasBilledWhenTheCorrectionIsStillWorkedOn(boolean job) throws Exception {
        OpenAiClient client = answering(
                answer(200, response("[]")), answer(200, "{\"id\":\"resp_2\",\"status\":\"queued\",\"output\":[]}"));

        CallOutcome outcome = job
                ? ClientCase.poll(client, JOB, quick(request(1))).get(30, TimeUnit.SECONDS)
                : ClientCase.call(client, quick(request(1)), DeltaListener.NONE);

        var failed = (CallOutcome.Failed) outcome;
        assertThat(failed.error().code()).isEqualTo("schema_violation");
        assertThat(failed.answer().usage().totalTokens()).isEqualTo(3);
        assertThat(failed.answer().repaired()).containsExactly(Answer.UNSEEN);
    }

    @Test
    void keepsWhatAFailureSaysAboutLimits() throws Exception {
        String limits = "\r\nx-ratelimit-limit-requests: 9\r\nx-ratelimit-remaining-requests: 3\r\n\r\n";
        OpenAiClient client = answering(answer(400, "{}").replace("\r\n\r\n", limits));

        var outcome = (CallOutcome.Failed) ClientCase.call(client, request(1), DeltaListener.NONE);

        assertThat(outcome.limits().requests().remaining()).isEqualTo(3);
    }

    @Test
    void canBeBrokenOffWhileItWaitsToAskAgain() throws Exception {
        OpenAiClient client = answering(answer(200, response("[]")), answer(429, "{}"));
        var outcome = new CompletableFuture<CallOutcome>();
        Abort abort = client.call(
                request(1).retryDelayMinMs(60_000).retryDelayMaxMs(60_000).build(), 1, 0, outcome::complete);
        await().until(() -> seen.size() == 2);
        // The answer to the second may still be on its way: then it is that which is broken off.
        abort.now();

        var retry = (CallOutcome.Retry) outcome.get(10, TimeUnit.SECONDS);

        assertThat(retry.error().type()).isEqualTo(ApiClient.ABORTED);
        assertThat(retry.answer().usage().totalTokens()).isEqualTo(3);
    }

    @Test
    void checksTheRequestedOutputAndNotIntermediateTexts() throws Exception {
        String commentary = "{\"type\":\"message\",\"phase\":\"commentary\",\"content\":"
                + "[{\"type\":\"output_text\",\"text\":\"Let me see.\"}]},";
        OpenAiClient client =
                answering(answer(200, response("{@}").replace("\"output\":[", "\"output\":[" + commentary)));

        var outcome = (CallOutcome.Succeeded) ClientCase.call(client, request(0), DeltaListener.NONE);

        assertThat(outcome.answer().outputText()).startsWith("Let me see.");
    }

    @Test
    void leavesRefusalsAndToolCallsAlone() throws Exception {
        ApiSandbox api = sandbox(0);

        var refused = (CallOutcome.Failed)
                ClientCase.call(client(api), request(1).userPrompt("sandbox:refusal"), DeltaListener.NONE);

        assertThat(refused.error().type()).isEqualTo("refusal");
        assertThat(api.stats().requests()).isEqualTo(1);
    }

    private ApiSandbox sandbox(double broken) {
        return clients.closing(
                ApiSandbox.start(SandboxSettings.DEFAULTS.withFaults(Map.of(Fault.INVALID_OUTPUT, broken))));
    }

    private OpenAiClient client(ApiSandbox api) {
        return clients.client(URI.create(api.baseUrl()), null);
    }

    /** A client whose requests get these answers in turn, the last one again and again. */
    private OpenAiClient answering(String... answers) throws Exception {
        return clients.clientOf(connection -> {
            int number;
            synchronized (seen) {
                number = seen.size();
                seen.add(connection.readRequest());
            }
            connection.write(answers[Math.min(number, answers.length - 1)]);
        });
    }

    private static String answer(int status, String body) {
        return "HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\nConnection: close\r\n\r\n" + body;
    }

    private static ResponsesRequest.Builder quick(ResponsesRequest.Builder request) {
        return request.retryDelayMinMs(1).retryDelayMaxMs(5);
    }

    /** {@code {@}} stands for an object as it was asked for. */
    private static String response(String answer) {
        String text = answer.replace("{@}", "{\\\"city\\\":\\\"Ulm\\\"}");
        return "{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":"
                + "[{\"type\":\"output_text\",\"text\":\"" + text + "\"}]}],\"usage\":{\"input_tokens\":1,"
                + "\"output_tokens\":2,\"total_tokens\":3}}";
    }

    private static ResponsesRequest.Builder request(int repairs) throws Exception {
        JsonNode format = Json.MAPPER.readTree(
                "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"place\",\"schema\":{\"type\":\"object\",\"properties\":"
                        + "{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"],\"additionalProperties\":false}}}");
        return ClientCase.request().responseFormat(format).validateOutput(true).repairAttempts(repairs);
    }
}
