package io.github.genaistreams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.topology.batch.BatchAssembler;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.call.AnsweredItems;
import io.github.genaistreams.topology.call.ApiBinding;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.Journal;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever time the records have that come in: those that go out, to changelogs too, have the present. */
class RecordTimesTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Instant LONG_AGO = START.minus(Duration.ofDays(30));
    private static final Duration SOON = Duration.ofMinutes(1);

    private final Topics topics = Topics.withDefaultPrefix();
    private final OneCall api = new OneCall();

    @TempDir
    Path stateDir;

    private TopologyTestDriver driver;

    @BeforeEach
    void start() {
        var topology = PlainTopology.of(
                        topics,
                        Codecs.CALL_RESULT,
                        WireFormat.JSON,
                        1 << 20,
                        new Lanes(),
                        CallEvents.NONE,
                        BatchSettings.DEFAULTS)
                .build(List.of(new ApiBinding<>(
                        "responses",
                        RequestDecoder.responses(),
                        Codecs.RESPONSES_REQUEST,
                        Codecs.RESPONSES_RETRY,
                        api,
                        new LaneSettings(1, 10, 1 << 20),
                        Governors.NONE,
                        answer -> Cost.ofUsd(BigDecimal.ONE),
                        true)));
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
    }

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void writesTheItemsOfAnOldWholeBatchInThePresentAndSaysInTheirResultsWhenItWasSubmitted() {
        send(topics.requests("responses"), "{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[\"p\"]}", LONG_AGO);

        TestRecord<byte[], byte[]> item = only(topics.requests("responses"));
        assertPresent(item);
        api.succeed();
        tick();
        TestRecord<byte[], byte[]> record = only(topics.results());
        assertPresent(record);
        assertThat(result(record).submittedAt()).isEqualTo(LONG_AGO);
        assertThat(record.headers().lastHeader(WireHeaders.SUBMITTED_AT)).isNull();
    }

    @Test
    void callsAnItemAgainThatWasSubmittedAgainOnItsOwnAfterACancellation() {
        driver.advanceWallClockTime(SOON);
        say(BatchControl.of("w").withCancel(), START.plusSeconds(1));
        var again = new RecordHeaders()
                .add(WireHeaders.SUBMITTED_AT, "not a number".getBytes(UTF_8))
                .add(WireHeaders.RETRY, "1".getBytes(UTF_8));

        send(topics.requests("responses"), item("w"), again, START.plusSeconds(30));

        assertThat(api.isOpen()).isTrue();
    }

    @Test
    void doesNotCallTheItemsOfAWholeBatchThatWasCancelledAfterItWasSubmittedAgain() {
        driver.advanceWallClockTime(SOON);
        say(BatchControl.of("w").withCancel(), START.plusSeconds(2));
        var again = new RecordHeaders().add(WireHeaders.RETRY, "1".getBytes(UTF_8));

        send(
                topics.requests("responses"),
                "{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[\"p\"]}",
                again,
                START.plusSeconds(1));

        assertThat(api.isOpen()).isFalse();
        assertThat(result(only(topics.results())).error().code()).isEqualTo("cancelled");
    }

    @Test
    void writesRetriesAndResultsOfOldRequestsInThePresent() {
        send(topics.requests("responses"), item("b"), LONG_AGO);
        api.retry();
        tick();
        assertPresent(only(topics.retries("responses")));

        driver.advanceWallClockTime(SOON);
        api.hear("text");
        api.succeed();
        tick();

        assertPresent(only(topics.deltas()));
        TestRecord<byte[], byte[]> result = only(topics.results());
        assertPresent(result);
        assertThat(result(result).submittedAt()).isEqualTo(LONG_AGO);
        output(topics.batches()).readRecordsToList().forEach(RecordTimesTest::assertPresent);
    }

    @Test
    void writesResultsInOrderInThePresentHoweverLongTheyHaveWaited() {
        for (int index = 2; index >= 0; index--) {
            send(topics.results(), finished(index), ordered(), LONG_AGO);
        }
        // What is released takes turns.
        tick();

        List<TestRecord<byte[], byte[]>> inOrder =
                output(topics.resultsOrdered()).readRecordsToList();
        assertThat(inOrder).hasSize(3).allSatisfy(RecordTimesTest::assertPresent);
    }

    @Test
    void writesDeadLettersAndTheEndOfABudgetInThePresent() {
        send(topics.requests("responses"), "no JSON", LONG_AGO);
        assertPresent(only(topics.deadLetters()));

        say(BatchControl.of("b").withBudget(BigDecimal.ONE, null), LONG_AGO);
        send(topics.results(), finished(0), new RecordHeaders(), LONG_AGO);
        assertPresent(only(topics.control()));
    }

    /** What the changelog of answered items forgets is paid again: Kafka Streams gives its records the time of what is processed. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1_000_000_000_000L, Long.MAX_VALUE})
    void writesChangelogsInThePresentWhateverTheTimeOfARequest(long time) {
        send(topics.requests("responses"), item("b"), Instant.ofEpochMilli(time));
        api.succeed();
        // Its outcome is taken in with the next record, whose time that is.
        send(topics.requests("responses"), "{\"batch_id\":\"c\",\"index\":0}", Instant.ofEpochMilli(time));

        for (String store :
                List.of(AnsweredItems.name("responses"), Journal.name("responses"), BatchAssembler.STATES)) {
            List<TestRecord<byte[], byte[]>> logged =
                    output("test-" + store + "-changelog").readRecordsToList();
            assertThat(logged).isNotEmpty().allSatisfy(RecordTimesTest::assertPresent);
        }
        output(topics.results())
                .readRecordsToList()
                .forEach(result -> assertThat(result(result).submittedAt()).isBefore(START.plus(SOON)));
    }

    @Test
    void doesNotLetAStopFromTheFutureHoldForWhatIsSubmittedAgain() {
        say(BatchControl.of("b").withCancel(), Instant.ofEpochMilli(Long.MAX_VALUE));
        driver.advanceWallClockTime(SOON);
        var again = new RecordHeaders().add(WireHeaders.RETRY, "1".getBytes(UTF_8));

        send(topics.requests("responses"), item("b"), again, START.plus(SOON));

        assertThat(api.isOpen()).isTrue();
    }

    private static void assertPresent(TestRecord<byte[], byte[]> record) {
        // Where only Kafka Streams' own clock can be had, the present is that of the machine.
        assertThat(record.timestamp()).isBetween(START.toEpochMilli(), System.currentTimeMillis());
    }

    private static String item(String batchId) {
        return "{\"batch_id\":\"" + batchId + "\",\"index\":0,\"batch_size\":5,\"model\":\"m\",\"user_prompt\":\"p\"}";
    }

    private static String finished(int index) {
        CallResult result = CallResult.builder(new ItemKey("b", index), "responses")
                .batchSize(3)
                .success(true)
                .cost(BigDecimal.ONE)
                .submittedAt(LONG_AGO)
                .completedAt(LONG_AGO)
                .build();
        return new String(Codecs.CALL_RESULT.encode(result, WireFormat.JSON), UTF_8);
    }

    private static Headers ordered() {
        return new RecordHeaders().add(WireHeaders.ORDERED, new byte[0]);
    }

    private void say(BatchControl control, Instant time) {
        driver.createInputTopic(topics.control(), new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(
                        control.batchId().getBytes(UTF_8),
                        Codecs.BATCH_CONTROL.encode(control, WireFormat.JSON),
                        new RecordHeaders(),
                        time));
    }

    private void send(String topic, String value, Instant time) {
        send(topic, value, new RecordHeaders(), time);
    }

    private void send(String topic, String value, Headers headers, Instant time) {
        driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer())
                .pipeInput(
                        new TestRecord<>(ItemKeys.encode(new ItemKey("b", 0)), value.getBytes(UTF_8), headers, time));
    }

    private void tick() {
        driver.advanceWallClockTime(Duration.ofMillis(60));
    }

    private TestOutputTopic<byte[], byte[]> output(String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private TestRecord<byte[], byte[]> only(String topic) {
        List<TestRecord<byte[], byte[]>> records = output(topic).readRecordsToList();
        assertThat(records).hasSize(1);
        return records.get(0);
    }

    private static CallResult result(TestRecord<byte[], byte[]> record) {
        return Codecs.CALL_RESULT.decode(record.value());
    }

    /** Holds one call until the test says how it ends. */
    private static final class OneCall implements ApiClient<ResponsesRequest> {

        private Consumer<CallOutcome> open;
        private DeltaListener deltas;

        boolean isOpen() {
            return open != null;
        }

        void hear(String text) {
            deltas.onDelta(1, text);
        }

        void succeed() {
            end(new CallOutcome.Succeeded(
                    new Answer(JsonNodeFactory.instance.objectNode(), "hi", null, "m", "req-1", "completed", null)));
        }

        void retry() {
            end(new CallOutcome.Retry(
                    new CallError("slow down", "requests", "rate_limit_exceeded", null, true, 429),
                    Duration.ZERO,
                    "req-1"));
        }

        private void end(CallOutcome outcome) {
            Consumer<CallOutcome> whenDone = open;
            open = null;
            whenDone.accept(outcome);
        }

        @Override
        public Optional<CallError> refusal(ResponsesRequest request) {
            return Optional.empty();
        }

        @Override
        public Abort call(
                ResponsesRequest request, int attempt, int lane, DeltaListener deltas, Consumer<CallOutcome> whenDone) {
            this.deltas = deltas;
            return call(request, attempt, lane, whenDone);
        }

        @Override
        public Abort call(ResponsesRequest request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
            open = whenDone;
            return () -> {};
        }

        @Override
        public Abort poll(
                ResponsesRequest request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void cancel(ResponsesRequest request, RemoteJob job, int lane) {}

        @Override
        public void close() {}
    }
}
