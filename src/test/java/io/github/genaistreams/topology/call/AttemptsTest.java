package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.topology.PlainTopology;
import io.github.genaistreams.topology.StreamsSettings;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often an item is called, whatever each call comes to, on a mock clock and by the defaults of its request. */
class AttemptsTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final String RESPONSE =
            "{\"batch_id\":\"b\",\"index\":0,\"batch_size\":1,\"model\":\"m\",\"user_prompt\":\"p\"}";
    private static final String DOCUMENT =
            "{\"batch_id\":\"b\",\"index\":0,\"batch_size\":1,\"file_url\":\"https://x.example/a.pdf\"}";

    @TempDir
    Path stateDir;

    @Test
    void aResponseIsCalledSixTimesByDefaultAndReportsItsLastError() {
        var api = new Script(AttemptsTest::passing, question -> null);

        CallResult result = run(api, Topics.RESPONSES, RESPONSE);

        assertThat(api.calls).isEqualTo(6);
        assertThat(result.success()).isFalse();
        assertThat(result.attempts()).isEqualTo(6);
        assertThat(result.error().message()).isEqualTo("error 6");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void maxRetriesCountsWhatComesAfterTheFirstAttempt(int maxRetries) {
        var api = new Script(AttemptsTest::passing, question -> null);

        CallResult result = run(api, Topics.RESPONSES, RESPONSE.replace("}", ",\"max_retries\":" + maxRetries + "}"));

        assertThat(api.calls).isEqualTo(1 + maxRetries);
        assertThat(result.error().message()).isEqualTo("error " + (1 + maxRetries));
    }

    @Test
    void aDocumentWhoseJobFailsIsSubmittedSixTimesByDefault() {
        var api = new Script(AttemptsTest::accepted, AttemptsTest::passing);

        CallResult result = run(api, Topics.DOCUMENTS, DOCUMENT);

        assertThat(api.calls).isEqualTo(6);
        assertThat(result.attempts()).isEqualTo(6);
        assertThat(result.error().message()).isEqualTo("error 6");
        assertThat(result.possibleDuplicate())
                .as("the API said that each has failed")
                .isNull();
    }

    @Test
    void tooManyPagesInFlightAreWaitedForAndThenCountAsAnAttempt() {
        var full = new CallError("Page rate limit exceeded", "rate_limit_error", "page_limit", null, true, 200);
        var api = new Script(
                AttemptsTest::accepted,
                question -> question == 1 ? new Retry(full, Duration.ofSeconds(15), "r1") : answered());

        CallResult result = run(api, Topics.DOCUMENTS, DOCUMENT);

        assertThat(api.calls).isEqualTo(2);
        assertThat(api.secondCallAt).isAfterOrEqualTo(START.plusSeconds(15));
        assertThat(result.success()).isTrue();
        assertThat(result.attempts()).isEqualTo(2);
    }

    @Test
    void aDocumentWhoseJobIsGoneIsSubmittedAgainAndMayHaveBeenPaidTwice() {
        var gone = new CallError("Not found", "job_lost", "job_lost", null, true, 404);
        var api = new Script(
                AttemptsTest::accepted,
                question -> question == 1 ? new Retry(gone, Duration.ZERO, "r1").possiblyDone() : answered());

        CallResult result = run(api, Topics.DOCUMENTS, DOCUMENT);

        assertThat(api.calls).isEqualTo(2);
        assertThat(result.success()).isTrue();
        assertThat(result.possibleDuplicate()).isTrue();
        assertThat(result.cost()).as("what is known of it").isEqualByComparingTo("0.25");
        assertThat(result.costUnknownReason()).contains("got no answer");
    }

    @Test
    void aCallWithAnUnknownEndIsMadeAgainAndItsCostIsALowerBound() {
        var reset = new CallError("The connection was reset", "network_error", null, null, true, null);
        var api = new Script(
                call -> call == 1 ? new Retry(reset, Duration.ZERO, null).possiblyDone() : answered(),
                question -> null);

        CallResult result = run(api, Topics.RESPONSES, RESPONSE);

        assertThat(result.success()).isTrue();
        assertThat(result.attempts()).isEqualTo(2);
        assertThat(result.possibleDuplicate()).isTrue();
        assertThat(result.cost()).isEqualByComparingTo("0.25");
        assertThat(result.costUnknownReason()).isNotNull();
    }

    private static CallOutcome passing(int number) {
        return new Retry(
                new CallError("error " + number, "server_error", null, null, true, 500),
                Duration.ZERO,
                "req-" + number);
    }

    private static CallOutcome accepted(int call) {
        return new Accepted(new RemoteJob("job-" + call, START, Duration.ofSeconds(2), "r1"));
    }

    private static CallOutcome answered() {
        return new Succeeded(
                new Answer(JsonNodeFactory.instance.objectNode(), "text", null, "m", "req", "completed", null));
    }

    private CallResult run(Script script, String api, String request) {
        Topics topics = Topics.withDefaultPrefix();
        var topology = PlainTopology.of(
                        topics,
                        Codecs.CALL_RESULT,
                        WireFormat.JSON,
                        200_000,
                        new Lanes(),
                        new CallEvents() {},
                        BatchSettings.DEFAULTS)
                .build(List.of(
                        api.equals(Topics.RESPONSES)
                                ? new ApiBinding<>(
                                        api,
                                        RequestDecoder.responses(),
                                        Codecs.RESPONSES_REQUEST,
                                        Codecs.RESPONSES_RETRY,
                                        script.client(),
                                        new LaneSettings(2, 10, 1 << 20),
                                        Governors.NONE,
                                        answer -> Cost.ofUsd(new BigDecimal("0.25")),
                                        false)
                                : new ApiBinding<>(
                                        api,
                                        RequestDecoder.documents(),
                                        Codecs.DOCUMENT_REQUEST,
                                        Codecs.DOCUMENT_RETRY,
                                        script.client(),
                                        new LaneSettings(2, 10, 1 << 20),
                                        Governors.NONE,
                                        answer -> Cost.ofUsd(new BigDecimal("0.25")),
                                        false)));
        var properties = new StreamsSettings(
                        "test",
                        null,
                        stateDir,
                        1,
                        200,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(5),
                        200_000,
                        Map.of("bootstrap.servers", "nowhere:1"))
                .toProperties();
        try (var driver = new TopologyTestDriver(topology, properties, START)) {
            var results = driver.createOutputTopic(
                    topics.results(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
            script.start(driver);
            driver.createInputTopic(
                            topics.requests(api),
                            new ByteArraySerializer(),
                            new ByteArraySerializer(),
                            START,
                            Duration.ZERO)
                    .pipeInput(request.getBytes(StandardCharsets.UTF_8));
            for (int step = 0; step < 2_000 && results.isEmpty(); step++) {
                script.pass(Duration.ofSeconds(1));
            }
            // Nothing comes after a result.
            List<byte[]> all = results.readValuesToList();
            int calls = script.calls;
            for (int step = 0; step < 100; step++) {
                script.pass(Duration.ofMinutes(1));
            }
            assertThat(script.calls).isEqualTo(calls);
            assertThat(results.isEmpty()).isTrue();
            assertThat(all).hasSize(1);
            return Codecs.CALL_RESULT.decode(all.get(0));
        }
    }

    /** An API that does what its numbered calls and questions are to come to. */
    private static final class Script {

        private final IntFunction<CallOutcome> onCall;
        private final IntFunction<CallOutcome> onQuestion;
        private int calls;
        private int questions;
        private Instant now = START;
        private Instant secondCallAt;
        private TopologyTestDriver driver;

        Script(IntFunction<CallOutcome> onCall, IntFunction<CallOutcome> onQuestion) {
            this.onCall = onCall;
            this.onQuestion = onQuestion;
        }

        void start(TopologyTestDriver started) {
            driver = started;
        }

        void pass(Duration time) {
            now = now.plus(time);
            driver.advanceWallClockTime(time);
        }

        private Accepted atOnce(Accepted accepted) {
            RemoteJob job = accepted.job();
            return new Accepted(new RemoteJob(job.id(), now, job.pollAfter(), job.requestId()));
        }

        <Q extends ApiRequest> ApiClient<Q> client() {
            return new ApiClient<>() {
                @Override
                public Optional<CallError> refusal(Q request) {
                    return Optional.empty();
                }

                @Override
                public Abort call(Q request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
                    calls++;
                    assertThat(attempt).isEqualTo(calls);
                    if (calls == 2) {
                        secondCallAt = now;
                    }
                    whenDone.accept(
                            onCall.apply(calls) instanceof Accepted accepted ? atOnce(accepted) : onCall.apply(calls));
                    return Abort.NONE;
                }

                @Override
                public Abort poll(Q request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
                    assertThat(job.id()).isEqualTo("job-" + calls);
                    questions++;
                    whenDone.accept(onQuestion.apply(questions));
                    return Abort.NONE;
                }

                @Override
                public void cancel(Q request, RemoteJob job, int lane) {}

                @Override
                public void close() {}
            };
        }
    }
}
