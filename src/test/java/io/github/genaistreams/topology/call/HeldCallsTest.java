package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.HoldListener;
import io.github.genaistreams.flow.HoldSettings;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.model.Waiting;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.topology.FakeApi;
import io.github.genaistreams.topology.GenAiTopology;
import io.github.genaistreams.topology.StreamsSettings;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.topic.KeptTopics;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import io.opentelemetry.api.OpenTelemetry;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a hold of a credential means for its items, on a mock clock. */
class HeldCallsTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final CallOutcome REFUSED =
            new Retry(error("the connection was refused", "network_error", null), Duration.ZERO, null);
    private static final CallOutcome WRONG_KEY =
            new Failed(error("Incorrect API key provided", "invalid_request_error", 401), null, null);
    private static final CallOutcome NO_MONEY =
            new Failed(error("You exceeded your current quota", "insufficient_quota", 429), null, null);

    private final Topics topics = Topics.withDefaultPrefix();
    private final FakeApi<ResponsesRequest> api = new FakeApi<>();
    private Object key = "first";

    @TempDir
    Path stateDir;

    private TopologyTestDriver driver;
    private TestInputTopic<byte[], byte[]> requests;
    private TestInputTopic<byte[], byte[]> controls;
    private TestOutputTopic<byte[], byte[]> results;
    private TestOutputTopic<byte[], byte[]> notes;

    @BeforeEach
    void start() {
        var governor = new Governor(
                LimitSettings.NONE,
                () -> 1,
                new HoldSettings(Duration.ofHours(1), true, true),
                () -> key,
                HoldListener.NONE);
        var topology = new GenAiTopology(
                        topics,
                        WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT),
                        1 << 20,
                        new Lanes(),
                        CallEvents.NONE,
                        BatchSettings.DEFAULTS,
                        TaskCounts.unknown(),
                        new CallTraces(OpenTelemetry::noop),
                        new KeptTopics())
                .build(List.of(new ApiBinding<>(
                        Topics.RESPONSES,
                        RequestDecoder.responses(),
                        Codecs.RESPONSES_REQUEST,
                        Codecs.RESPONSES_RETRY,
                        api,
                        new LaneSettings(50, 2_000, 1 << 20),
                        Governors.of(Map.of("default", governor)),
                        answer -> Cost.ofUsd(BigDecimal.ONE),
                        false)));
        Properties properties = new StreamsSettings(
                        "test",
                        null,
                        stateDir,
                        1,
                        200,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(5),
                        1 << 20,
                        Map.of("bootstrap.servers", "nowhere:1"))
                .toProperties();
        driver = new TopologyTestDriver(topology, properties, START);
        requests = driver.createInputTopic(
                topics.requests(Topics.RESPONSES), new ByteArraySerializer(), new ByteArraySerializer());
        controls = driver.createInputTopic(topics.control(), new ByteArraySerializer(), new ByteArraySerializer());
        results = output(topics.results());
        notes = output(topics.batchNotes());
    }

    private TestOutputTopic<byte[], byte[]> output(String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @AfterEach
    void close() {
        driver.close();
    }

    private static CallError error(String message, String type, Integer status) {
        return new CallError(message, type, null, null, true, status);
    }

    private static CallOutcome answered() {
        return new Succeeded(new Answer(
                JsonNodeFactory.instance.objectNode(), "hello", Usage.NONE, "m", "req-1", "completed", null));
    }

    private void submit(int from, int to) {
        submit(from, to, request -> request);
    }

    private void submit(int from, int to, UnaryOperator<ResponsesRequest.Builder> change) {
        for (int i = from; i < to; i++) {
            ResponsesRequest request = change.apply(ResponsesRequest.builder()
                            .batchId("b")
                            .index(i)
                            .batchSize(to)
                            .model("m")
                            .userPrompt("p"))
                    .build();
            requests.pipeInput(Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON));
        }
    }

    /** Time passes, and each call ends at once in this way. */
    private int pass(Duration time, CallOutcome outcome) {
        int calls = 0;
        for (long tenths = time.toMillis() / 100; tenths > 0; tenths--) {
            driver.advanceWallClockTime(Duration.ofMillis(100));
            for (; !api.open.isEmpty(); calls++) {
                api.end(outcome);
            }
            driver.advanceWallClockTime(Duration.ofMillis(2));
        }
        return calls;
    }

    private Map<Integer, CallResult> results() {
        return results.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .collect(Collectors.toMap(CallResult::index, result -> result));
    }

    private List<BatchNote> notes() {
        return notes.readValuesToList().stream().map(Codecs.BATCH_NOTE::decode).toList();
    }

    @Test
    void costsNoItemAnAttemptAndFewCallsWhenTheApiIsAwayForMinutes() {
        submit(0, 1_000);

        int calls = pass(Duration.ofMinutes(3), REFUSED);
        assertThat(results()).isEmpty();
        assertThat(calls).isLessThanOrEqualTo(45);

        pass(Duration.ofSeconds(40), answered());
        assertThat(results()).hasSize(1_000).allSatisfy((index, result) -> {
            assertThat(result.success()).isTrue();
            assertThat(result.attempts()).isLessThanOrEqualTo(3);
        });
    }

    @Test
    void sparesItemsWhoseCallsWereInFlightWhenTheApiWentAway() {
        submit(0, 50);
        api.end(answered());
        driver.advanceWallClockTime(Duration.ofSeconds(2));
        assertThat(api.open).hasSize(49);
        while (!api.open.isEmpty()) {
            api.end(new Retry(error("HTTP 503", "server_error", 503), Duration.ZERO, null));
        }
        pass(Duration.ofMinutes(10), REFUSED);
        pass(Duration.ofSeconds(30), answered());

        assertThat(results().values()).hasSize(50).allMatch(CallResult::success);
    }

    @Test
    void makesFewCallsWithAWrongKeyAndAllOfThemWithTheRightOne() {
        submit(0, 1_000);
        assertThat(pass(Duration.ofSeconds(50), WRONG_KEY)).isLessThanOrEqualTo(4);
        assertThat(results()).isEmpty();

        key = "second";
        pass(Duration.ofSeconds(20), answered());

        assertThat(results().values())
                .hasSize(1_000)
                .allMatch(CallResult::success)
                .allMatch(result -> result.attempts() == 1);
    }

    @Test
    void waitsForMoneyLikewise() {
        submit(0, 1_000);
        assertThat(pass(Duration.ofSeconds(50), NO_MONEY)).isLessThanOrEqualTo(4);

        pass(Duration.ofSeconds(40), answered());

        assertThat(results().values()).hasSize(1_000).allMatch(CallResult::success);
    }

    @Test
    void callsAtOnceWhenAPersonEndsTheHold() {
        submit(0, 10);
        pass(Duration.ofSeconds(10), NO_MONEY);

        controls.pipeInput(new TestRecord<>(
                null, null, new RecordHeaders().add(WireHeaders.RESUME, "default".getBytes(StandardCharsets.UTF_8))));
        pass(Duration.ofSeconds(2), answered());

        assertThat(results().values()).hasSize(10).allMatch(CallResult::success);
    }

    @Test
    void doesNotRepeatACallThatMayHaveReachedTheApiForARequestThatWantsNoRetry() {
        submit(0, 4, request -> request.maxRetries(0));
        api.end(REFUSED);
        api.end(REFUSED);
        api.end(((Retry) REFUSED).possiblyDone());
        api.end(REFUSED);
        // One turn may handle one outcome only, on a slow machine.
        for (int turn = 0; turn < 4; turn++) {
            driver.advanceWallClockTime(Duration.ofMillis(10));
        }

        assertThat(results().values())
                .as("two before it counted as an outage, and one that may be done")
                .hasSize(3)
                .noneMatch(CallResult::success);
    }

    @Test
    void endsACancelledBatchAlsoWhileItIsHeld() {
        submit(0, 20);
        pass(Duration.ofSeconds(10), NO_MONEY);

        controls.pipeInput(new TestRecord<>(
                "b".getBytes(StandardCharsets.UTF_8),
                Codecs.BATCH_CONTROL.encode(BatchControl.of("b").withCancel(), WireFormat.JSON)));
        pass(Duration.ofSeconds(2), NO_MONEY);

        assertThat(results().values())
                .hasSize(20)
                .allMatch(result -> result.error().type().equals("cancelled"));
    }

    /** Each third item can never be answered. The others can, and show that the API works. */
    @Test
    void doesNotLetItemsThatAlwaysFailKeepTheOthersWaiting() {
        submit(0, 200);
        for (int tenths = 0; tenths < 3_000; tenths++) {
            driver.advanceWallClockTime(Duration.ofMillis(100));
            while (!api.open.isEmpty()) {
                int index = api.open.get(api.open.size() - 1).request().index();
                api.end(
                        index % 3 == 0
                                ? new Retry(error("HTTP 503", "server_error", 503), Duration.ZERO, null)
                                : answered());
            }
        }
        Map<Integer, CallResult> all = results();
        assertThat(all.values().stream().filter(CallResult::success)).hasSize(133);
    }

    @Test
    void notesWhyItsBatchWaitsAndThatItGoesOn() {
        submit(0, 10);
        pass(Duration.ofSeconds(3), REFUSED);

        assertThat(notes()).singleElement().satisfies(note -> {
            assertThat(note.batchId()).isEqualTo("b");
            assertThat(note.kind()).isEqualTo(BatchNote.Kind.WAITING);
            assertThat(note.batchSize()).isEqualTo(10);
            assertThat(note.waiting().reason()).isEqualTo("outage");
            assertThat(note.waiting().since()).isBetween(START, START.plusSeconds(3));
            assertThat(note.waiting().detail()).isEqualTo("the connection was refused");
        });

        pass(Duration.ofSeconds(61), REFUSED);
        List<BatchNote> again = notes();
        assertThat(again).as("repeated now and then").hasSize(2);
        assertThat(again.get(0).waiting().since()).isBefore(START.plusSeconds(3));

        pass(Duration.ofSeconds(7), answered());
        assertThat(notes()).singleElement().satisfies(note -> {
            assertThat(note.kind()).isEqualTo(BatchNote.Kind.WAITING);
            assertThat(note.waiting()).isNull();
        });
    }

    @Test
    void logsThatAllItemsOfABatchWaitForHoursBecauseOfTheApi() {
        submit(0, 2);
        var later = new Retry(error("HTTP 429: come back later", "requests", 429), Duration.ofHours(2), null);
        api.end(later);
        driver.advanceWallClockTime(Duration.ofSeconds(3));
        assertThat(notes()).as("another item is in flight").isEmpty();
        api.end(later);
        driver.advanceWallClockTime(Duration.ofSeconds(3));
        driver.advanceWallClockTime(Duration.ofSeconds(3));

        Waiting waiting = notes().get(0).waiting();
        assertThat(waiting.reason()).isEqualTo(Waiting.RETRY_DELAY);
        assertThat(waiting.until()).isBetween(START.plusSeconds(7_200), START.plusSeconds(8_000));
        assertThat(waiting.detail()).isEqualTo("HTTP 429: come back later");
    }

    /** Bytes of notes stay JSON, as all workers read them. */
    @Test
    void writesNotesThatPeopleCanRead() {
        submit(0, 10);
        pass(Duration.ofSeconds(3), REFUSED);

        assertThat(new String(notes.readValue(), StandardCharsets.UTF_8)).contains("\"reason\":\"outage\"");
    }
}
