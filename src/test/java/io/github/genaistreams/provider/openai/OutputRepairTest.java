package io.github.genaistreams.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.local.ApiSandbox;
import io.github.genaistreams.local.Fault;
import io.github.genaistreams.local.SandboxSettings;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.http.Json;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that break their schema, from a sandbox that gives such ones. */
class OutputRepairTest {

    private final ClientCase clients = new ClientCase();

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
        assertThat(outcome.error().message()).contains("breaks the schema");
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

    @Test
    void keepsWhatWasBilledWhenTheCorrectionMeetsAPassingError() throws Exception {
        var first = new AtomicBoolean(true);
        OpenAiClient client = clients.clientOf(connection -> {
            connection.read();
            boolean isFirst = first.getAndSet(false);
            String body = isFirst ? response("[]") : "{}";
            connection.write(
                    "HTTP/1.1 " + (isFirst ? 200 : 500) + " X\r\nContent-Type: application/json\r\nContent-Length: "
                            + body.length() + "\r\nConnection: close\r\n\r\n" + body);
        });

        var outcome = (CallOutcome.Retry) ClientCase.call(client, request(1), DeltaListener.NONE);

        assertThat(outcome.error().httpStatus()).isEqualTo(500);
        assertThat(outcome.answer().usage().totalTokens()).isEqualTo(3);
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

    private static String response(String text) {
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
