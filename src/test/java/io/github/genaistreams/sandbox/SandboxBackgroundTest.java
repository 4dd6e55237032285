package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.SandboxCaller.BATCH;
import static io.github.genaistreams.sandbox.SandboxCaller.JSON;
import static io.github.genaistreams.sandbox.SandboxCaller.hello;
import static io.github.genaistreams.sandbox.SandboxCaller.json;
import static io.github.genaistreams.sandbox.SandboxCaller.okay;
import static io.github.genaistreams.sandbox.SandboxCaller.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.sandbox.SandboxStats.ItemCalls;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class SandboxBackgroundTest {

    private static final String BACKGROUND = hello("'background':true");
    private static final SandboxSettings FOREVER =
            SandboxSettings.DEFAULTS.withLatency(new Latency.Fixed(Duration.ofHours(1)));

    @Test
    void queuesThenWorkThenComplete() throws Exception {
        try (var api = new SandboxCaller(SandboxSettings.DEFAULTS.withLatency(Latency.parse("200ms")))) {
            JsonNode begun = api.answer(BACKGROUND);
            assertThat(begun.path("status").asText()).isEqualTo("queued");
            assertThat(begun.path("output")).isEmpty();
            assertThat(begun.path("usage").isNull()).isTrue();
            String id = begun.path("id").asText();

            await().until(() -> okay(api.get(id)).path("status").asText().equals("completed"));

            JsonNode ended = okay(api.get(id));
            assertThat(ended.path("id").asText()).isEqualTo(id);
            assertThat(text(ended)).contains("Say hello");
            ItemCalls item = api.sandbox.stats().item(BATCH, 0);
            assertThat(item.calls()).isEqualTo(1);
            assertThat(item.submitted()).isEqualTo(1);
            assertThat(item.succeeded()).isEqualTo(1);
            assertThat(item.polls()).isGreaterThanOrEqualTo(2);
            assertThat(api.sandbox.stats().requests()).isEqualTo(1);
            assertThat(api.sandbox.stats().polls()).isEqualTo(item.polls());
            assertThat(api.sandbox.stats().outputTokens())
                    .isEqualTo(ended.at("/usage/output_tokens").asLong());
        }
    }

    @ParameterizedTest
    @CsvSource({"0, queued", "99, queued", "100, in_progress", "399, in_progress", "400, completed"})
    void livesAsLongAsTheCallTakes(long millis, String status) throws Exception {
        var request = JSON.readTree(BACKGROUND.replace('\'', '"'));
        var turn = new Turn(request, "1", 0, Optional.empty(), 0, Optional.empty());
        var life = new SandboxResponse.Life(0, Duration.ofMillis(400));
        var response = new SandboxResponse(
                new CallId(BATCH, 0, 1),
                new StatsCounter().item(BATCH, 0),
                turn,
                ResponsesAnswers.answer(turn),
                life,
                true);

        long now = Duration.ofMillis(millis).toNanos();

        assertThat(response.at(now).path("status").asText()).isEqualTo(status);
        assertThat(response.earlier(now).isPresent()).isEqualTo(status.equals("completed"));
    }

    @Test
    void failsInTheBackground() throws Exception {
        try (var api = SandboxCaller.meeting(Fault.BACKGROUND_FAILED)) {
            JsonNode begun = api.answer(BACKGROUND);
            assertThat(begun.path("status").asText()).isEqualTo("queued");
            assertThat(begun.path("error").isNull()).isTrue();

            JsonNode failed = okay(api.get(begun.path("id").asText()));

            assertThat(failed.path("status").asText()).isEqualTo("failed");
            assertThat(failed.at("/error/code").asText()).isEqualTo("server_error");
            assertThat(api.sandbox.stats().succeeded(BATCH)).isZero();
            assertThat(api.answer(hello("")).path("status").asText()).isEqualTo("completed");
        }
    }

    @Test
    void cancelsWhatIsNotFinished() throws Exception {
        try (var api = new SandboxCaller(FOREVER)) {
            String id = api.answer(BACKGROUND).path("id").asText();

            for (int i = 0; i < 2; i++) {
                JsonNode cancelled = okay(api.send("POST", "/responses/" + id + "/cancel", ""));
                assertThat(cancelled.path("status").asText()).isEqualTo("cancelled");
            }

            assertThat(okay(api.get(id)).path("status").asText()).isEqualTo("cancelled");
            assertThat(api.sandbox.stats().item(BATCH, 0).cancels()).isEqualTo(2);
            assertThat(api.sandbox.stats().cancels()).isEqualTo(2);
            assertThat(api.sandbox.stats().succeeded(BATCH)).isZero();
        }
    }

    @Test
    void cancelsNeitherWhatIsFinishedNorWhatIsNotInTheBackground() throws Exception {
        try (var api = new SandboxCaller(SandboxSettings.DEFAULTS)) {
            String finished = api.answer(BACKGROUND).path("id").asText();
            String plain = api.answer(hello("")).path("id").asText();

            assertThat(okay(api.send("POST", "/responses/" + finished + "/cancel", ""))
                            .path("status")
                            .asText())
                    .isEqualTo("completed");
            assertThat(api.send("POST", "/responses/" + plain + "/cancel", "").statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void looksUpWhatItStored() throws Exception {
        try (var api = new SandboxCaller(SandboxSettings.DEFAULTS)) {
            JsonNode answer = api.answer(hello(""));
            String id = answer.path("id").asText();
            assertThat(okay(api.get(id))).isEqualTo(answer);
            assertThat(api.sandbox.stats().item(BATCH, 0).succeeded()).isEqualTo(1);
            var unknown = api.get("resp_0");
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(json(unknown).at("/error/message").asText()).contains("resp_0");
            assertThat(api.send("DELETE", "/responses/" + id, "").statusCode()).isEqualTo(405);
        }
    }

    @Test
    void comesBackStillRunning() throws Exception {
        try (var api = SandboxCaller.meeting(Fault.STILL_RUNNING)) {
            JsonNode running = api.answer(hello("'store':false"));
            assertThat(running.path("status").asText()).isEqualTo("in_progress");
            assertThat(running.path("background").asBoolean(true)).isFalse();

            JsonNode ended = okay(api.get(running.path("id").asText()));

            assertThat(ended.path("status").asText()).isEqualTo("completed");
            assertThat(api.sandbox.stats().submitted(BATCH)).isEqualTo(1);
        }
    }

    @Test
    void failsPollsOfAResponseThatIsWell() throws Exception {
        try (var api = SandboxCaller.meeting(Fault.POLL_ERROR)) {
            String id = api.answer(BACKGROUND).path("id").asText();
            assertThat(api.get(id).statusCode()).isEqualTo(500);
            api.sandbox.apply(SandboxSettings.DEFAULTS);
            assertThat(okay(api.get(id)).path("status").asText()).isEqualTo("completed");
        }
    }

    @Test
    void saysWhenToPollIfSet() throws Exception {
        try (var api = new SandboxCaller(FOREVER.withPollAfter(Duration.ofMillis(250)))) {
            var begun = api.post(BACKGROUND);
            var polled = api.get(okay(begun).path("id").asText());
            for (var response : List.of(begun, polled)) {
                assertThat(response.headers().firstValue("openai-poll-after-ms"))
                        .hasValue("250");
            }
        }
    }

    @Test
    void refusesAtOnceInTheBackgroundToo() throws Exception {
        try (var api = new SandboxCaller(FOREVER.withFault(Fault.SERVER_ERROR, 1))) {
            assertThat(api.post(BACKGROUND).statusCode()).isEqualTo(500);
            assertThat(api.sandbox.stats().submitted(BATCH)).isZero();
        }
    }

    @Test
    void showsPollsInTheStatisticsBesideTheCalls() throws Exception {
        try (var api = new SandboxCaller(SandboxSettings.DEFAULTS)) {
            String id = api.answer(BACKGROUND).path("id").asText();
            api.get(id);

            JsonNode stats = api.sandbox.stats().toJson();

            assertThat(stats.path("requests").asInt()).isEqualTo(1);
            assertThat(stats.path("polls").asInt()).isEqualTo(1);
            assertThat(stats.at("/batches/b/items/0/submitted").asInt()).isEqualTo(1);
            assertThat(stats.at("/batches/b/items/0/polls").asInt()).isEqualTo(1);
            assertThat(stats.at("/batches/b/items/0/calls").asInt()).isEqualTo(1);
        }
    }

    @Test
    void asksForAKeyUnderEveryPath() throws Exception {
        try (var api = new SandboxCaller(SandboxSettings.DEFAULTS)) {
            String id = api.answer(BACKGROUND).path("id").asText();
            api.sandbox.apply(SandboxSettings.DEFAULTS.withRequiredKey(new Secret("sk-other")));
            assertThat(api.get(id).statusCode()).isEqualTo(401);
            assertThat(api.send("PUT", "/responses/" + id, "{}").statusCode()).isEqualTo(401);
        }
    }
}
