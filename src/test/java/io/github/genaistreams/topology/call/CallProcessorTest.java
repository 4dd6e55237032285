package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.topology.FakeApi;
import io.github.genaistreams.topology.GenAiTopology;
import io.github.genaistreams.topology.StreamsSettings;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.topic.KeptTopics;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import io.opentelemetry.api.OpenTelemetry;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of a request on a mock clock; what a broker decides is tested with a real one elsewhere. */
class CallProcessorTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration TICK = Duration.ofMillis(60);
    private static final int RECORD_MAX_BYTES = 200_000;

    private final Topics topics = Topics.withDefaultPrefix();
    private final Lanes lanes = new Lanes();
    private final FakeApi<ResponsesRequest> api = new FakeApi<>();
    private final List<ItemKey> duplicates = new ArrayList<>();
    private final List<String> split = new ArrayList<>();

    @TempDir
    Path stateDir;

    private TopologyTestDriver driver;
    private TestInputTopic<byte[], byte[]> requests;
    private TestInputTopic<byte[], byte[]> urgent;
    private TestInputTopic<byte[], byte[]> retriesIn;
    private TestInputTopic<byte[], byte[]> controls;
    private TestOutputTopic<byte[], byte[]> results;
    private TestOutputTopic<byte[], byte[]> retries;
    private TestOutputTopic<byte[], byte[]> deadLetters;
    private TestOutputTopic<byte[], byte[]> deltas;

    private final KeptTopics keptTopics = new KeptTopics();

    @BeforeEach
    void start() {
        CallEvents events = new CallEvents() {
            @Override
            public void split(String batchId, int items, int partition) {
                split.add(batchId + ": " + items);
            }

            @Override
            public void duplicate(ItemKey key, int partition) {
                duplicates.add(key);
            }
        };
        var topology = new GenAiTopology(
                        topics,
                        WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT),
                        RECORD_MAX_BYTES,
                        lanes,
                        events,
                        BatchSettings.DEFAULTS,
                        TaskCounts.unknown(),
                        new CallTraces(OpenTelemetry::noop),
                        keptTopics)
                .build(List.of(new ApiBinding<>(
                        "responses",
                        RequestDecoder.responses(),
                        Codecs.RESPONSES_REQUEST,
                        Codecs.RESPONSES_RETRY,
                        api,
                        new LaneSettings(2, 10, 1 << 20),
                        Governors.NONE,
                        answer -> Cost.ofUsd(new BigDecimal("0.25")),
                        true)));
        Properties properties = new StreamsSettings(
                        "test",
                        null,
                        stateDir,
                        1,
                        200,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(5),
                        RECORD_MAX_BYTES,
                        Map.of("bootstrap.servers", "nowhere:1"))
                .toProperties();
        driver = new TopologyTestDriver(topology, properties, START);
        requests = driver.createInputTopic(
                topics.requests("responses"),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                START,
                Duration.ZERO);
        urgent = driver.createInputTopic(
                topics.urgent("responses"), new ByteArraySerializer(), new ByteArraySerializer(), START, Duration.ZERO);
        retriesIn = driver.createInputTopic(
                topics.retries("responses"),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                START,
                Duration.ZERO);
        results = output(topics.results());
        controls = driver.createInputTopic(topics.control(), new ByteArraySerializer(), new ByteArraySerializer());
        retries = output(topics.retries("responses"));
        deadLetters = output(topics.deadLetters());
        deltas = output(topics.deltas());
    }

    private TestOutputTopic<byte[], byte[]> output(String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void shouldAnswerARequestAndKeepNothingOfIt() {
        send(request(0));
        assertThat(journal()).hasSize(1);

        call(0).succeed("hello");
        tick();

        CallResult result = onlyResult();
        assertThat(result.success()).isTrue();
        assertThat(result.outputText()).isEqualTo("hello");
        assertThat(result.attempts()).isEqualTo(1);
        assertThat(result.submittedAt()).isEqualTo(START);
        assertThat(result.batchSize()).isEqualTo(100);
        assertThat(result.cost()).isEqualByComparingTo("0.25");
        assertThat(journal()).isEmpty();
        assertThat(lanes.size()).isZero();
    }

    @Test
    void shouldCarryTheHeadersOfTheRequestToItsResultAlsoOverARetry() {
        var headers = new RecordHeaders().add("traceparent", "00-abc".getBytes(UTF_8));
        requests.pipeInput(new TestRecord<>(null, encode(request(0)), headers, START));

        call(0).retry(Duration.ZERO);
        tick();
        driver.advanceWallClockTime(Duration.ofSeconds(2));
        call(0).succeed("hello");
        tick();

        TestRecord<byte[], byte[]> result = results.readRecord();
        assertThat(result.headers().lastHeader("traceparent").value()).isEqualTo("00-abc".getBytes(UTF_8));
        assertThat(ItemKeys.decode(result.key())).isEqualTo(new ItemKey("b", 0));
    }

    @Test
    void shouldNotCallAnItemAgainThatWasAnsweredUnlessItsRequestSaysSo() {
        send(request(0));
        call(0).succeed("first");
        tick();
        onlyResult();

        send(request(0));
        assertThat(api.openCalls()).isEmpty();
        assertThat(duplicates).containsExactly(new ItemKey("b", 0));

        for (int i = 0; i < 2; i++) {
            var again = new RecordHeaders().add(WireHeaders.RETRY, "retry-1".getBytes(UTF_8));
            requests.pipeInput(new TestRecord<>(null, encode(request(0)), again, START));
            if (i == 0) {
                call(0).succeed("second");
                tick();
            }
        }
        assertThat(api.openCalls()).isEmpty();
        assertThat(api.calls).hasSize(2);
        assertThat(onlyResult().outputText()).isEqualTo("second");
        assertThat(duplicates).hasSize(2);
    }

    @Test
    void shouldForgetThatAnItemWasAnsweredAfterAWhile() {
        send(request(0));
        call(0).succeed("first");
        tick();
        driver.advanceWallClockTime(BatchSettings.DEFAULTS.dedupRetention().plusMinutes(1));

        send(request(0));

        assertThat(api.openCalls()).containsExactly(0);
    }

    @Test
    void shouldEndWhatWasNotCalledAndBreakOffWhatIsInFlightWhenABatchIsCancelled() {
        for (int i = 0; i < 6; i++) {
            send(request(i));
        }
        send(request(6).toBuilder().batchId("other").build());
        call(0).retry(Duration.ofSeconds(30));
        tick();
        assertThat(api.openCalls()).containsExactly(1, 2);

        say(BatchControl.of("b").withCancel());
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        tick();

        List<CallResult> all = resultsOf("b");
        assertThat(all).hasSize(6).noneMatch(CallResult::success);
        assertThat(all).allSatisfy(result -> {
            assertThat(result.error().type()).isEqualTo("cancelled");
            assertThat(result.error().isRetriable()).isFalse();
        });
        assertThat(api.aborted).containsExactlyInAnyOrder(1, 2);
        assertThat(all.stream()
                        .filter(result -> result.index() == 4)
                        .findFirst()
                        .orElseThrow()
                        .attempts())
                .isZero();
        assertThat(all.stream()
                        .filter(result -> result.index() == 0)
                        .findFirst()
                        .orElseThrow()
                        .attempts())
                .isEqualTo(1);
        assertThat(api.openCalls()).containsExactly(6);

        send(request(7));
        assertThat(resultsOf("b"))
                .hasSize(1)
                .allMatch(result -> result.error().code().equals("cancelled"));
        call(6).succeed("goes on");
        tick();
        assertThat(onlyResult().batchId()).isEqualTo("other");
        assertThat(journal()).isEmpty();
        assertThat(lanes.size()).isZero();
    }

    @Test
    void shouldCancelJobsOfACancelledBatchWithTheApi() {
        send(request(0));
        call(0).accept("job-1");
        send(request(1));
        tick();
        assertThat(api.openCalls()).containsExactly(1);

        say(BatchControl.of("b").withCancel());
        driver.advanceWallClockTime(Duration.ofMillis(500));
        tick();

        assertThat(api.cancelled).containsExactly("job-1");
        assertThat(resultsOf("b")).hasSize(2);
        assertThat(journal()).isEmpty();
    }

    @Test
    void shouldNotWaitForAQuestionThatHangsWhenABatchIsCancelled() {
        send(request(0));
        call(0).accept("job-1");
        tick();
        driver.advanceWallClockTime(Duration.ofSeconds(2));
        assertThat(api.polled()).containsExactly("job-1");
        assertThat(api.openCalls()).as("asked, and not answered").containsExactly(0);

        say(BatchControl.of("b").withCancel());
        driver.advanceWallClockTime(Duration.ofMillis(500));
        tick();

        assertThat(api.aborted).containsExactly(0);
        assertThat(api.cancelled).containsExactly("job-1");
        assertThat(onlyResult().error().code()).isEqualTo("cancelled");
        assertThat(journal()).isEmpty();
        assertThat(lanes.size()).isZero();
    }

    @Test
    void shouldKeepTheAnswerOfACallThatWasFasterThanTheCancellation() {
        send(request(0));
        say(BatchControl.of("b").withCancel());
        call(0).succeed("paid for");
        tick();

        assertThat(onlyResult().outputText()).isEqualTo("paid for");
    }

    @Test
    void shouldLetCallsInFlightEndWhenABatchIsOverBudget() {
        for (int i = 0; i < 4; i++) {
            send(request(i));
        }
        say(BatchControl.of("b").withBudgetExceeded());
        driver.advanceWallClockTime(Duration.ofMillis(500));

        assertThat(resultsOf("b"))
                .extracting(result -> result.error().code())
                .containsExactly("budget_exceeded", "budget_exceeded");
        assertThat(api.aborted).isEmpty();
        call(0).succeed("was in flight");
        call(1).retry(Duration.ZERO);
        tick();
        List<CallResult> rest = resultsOf("b");
        assertThat(rest).extracting(CallResult::success).containsExactly(true, false);
        assertThat(rest.get(1).error().code()).isEqualTo("budget_exceeded");
    }

    @Test
    void shouldNotCallAgainWhatWasCancelledWhenOtherThingsAreSaidOfItsBatchLater() {
        say(BatchControl.of("b").withCancel());
        say(BatchControl.of("b").withBatchSize(7));
        say(BatchControl.of("b").withBudget(new BigDecimal("5"), null));

        send(request(0));

        assertThat(api.openCalls()).isEmpty();
        assertThat(onlyResult().error().code()).isEqualTo("cancelled");
    }

    @Test
    void shouldPassOverAControlRecordThatSaysNothingSound() {
        controls.pipeInput("b".getBytes(UTF_8), "{\"batch_id\":\"b\",\"cancel\":\"yes\"}".getBytes(UTF_8));
        controls.pipeInput("b".getBytes(UTF_8), "{\"batch_id\":\"other\",\"cancel\":true}".getBytes(UTF_8));
        controls.pipeInput(
                "b".getBytes(UTF_8), "{\"batch_id\":\"b\",\"cancel\":true,\"batch_size\":0}".getBytes(UTF_8));

        send(request(0));

        assertThat(api.openCalls()).containsExactly(0);
    }

    @Test
    void shouldCallWhatIsExplicitlySubmittedAgainAfterItsBatchWasCancelledUntilItIsCancelledAgain() {
        controls.pipeInput(
                "b".getBytes(UTF_8),
                Codecs.BATCH_CONTROL.encode(BatchControl.of("b").withCancel(), WireFormat.JSON),
                START.plusSeconds(10));
        send(request(0));
        assertThat(onlyResult().error().code()).isEqualTo("cancelled");
        var retry = new RecordHeaders().add(WireHeaders.RETRY, "r".getBytes(UTF_8));

        requests.pipeInput(new TestRecord<>(null, encode(request(0)), retry, START.plusSeconds(5)));
        assertThat(onlyResult().error().code()).as("submitted before").isEqualTo("cancelled");
        var later = new RecordHeaders().add(WireHeaders.RETRY, "r2".getBytes(UTF_8));
        requests.pipeInput(new TestRecord<>(null, encode(request(0)), later, START.plusSeconds(20)));
        assertThat(api.openCalls()).containsExactly(0);
        driver.advanceWallClockTime(Duration.ofMillis(500));
        assertThat(api.aborted).isEmpty();

        controls.pipeInput(
                "b".getBytes(UTF_8),
                Codecs.BATCH_CONTROL.encode(BatchControl.of("b").withCancel(), WireFormat.JSON),
                START.plusSeconds(30));
        driver.advanceWallClockTime(Duration.ofMillis(500));
        tick();
        assertThat(api.aborted).containsExactly(0);
        assertThat(onlyResult().error().code()).isEqualTo("cancelled");
    }

    @Test
    void shouldEndWhatComesBackFromTheRetryTopicAfterItsBatchWasCancelled() {
        send(request(0));
        call(0).retry(Duration.ofSeconds(60));
        tick();
        TestRecord<byte[], byte[]> away = retries.readRecord();
        say(BatchControl.of("b").withCancel());

        retriesIn.pipeInput(away);
        driver.advanceWallClockTime(Duration.ofMillis(500));
        tick();

        CallResult result = onlyResult();
        assertThat(result.error().code()).isEqualTo("cancelled");
        assertThat(result.attempts()).isEqualTo(1);
        assertThat(journal()).isEmpty();
    }

    @Test
    void shouldKeepTheHeadersThatABatchNeedsWhenARequestHasTooManyToCarry() {
        var headers =
                new RecordHeaders().add(WireHeaders.ORDERED, new byte[0]).add("large", new byte[RECORD_MAX_BYTES]);
        requests.pipeInput(new TestRecord<>(null, encode(request(0)), headers, START));

        TestRecord<byte[], byte[]> result = results.readRecord();
        assertThat(Codecs.CALL_RESULT.decode(result.value()).error().code()).isEqualTo("request_too_large");
        assertThat(result.headers().lastHeader(WireHeaders.ORDERED)).isNotNull();
        assertThat(result.headers().lastHeader("large")).isNull();
    }

    private void say(BatchControl control) {
        controls.pipeInput(control.batchId().getBytes(UTF_8), Codecs.BATCH_CONTROL.encode(control, WireFormat.JSON));
    }

    private List<CallResult> resultsOf(String batchId) {
        return results.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .filter(result -> result.batchId().equals(batchId))
                .toList();
    }

    @Test
    void shouldCallNoMoreAtOnceThanThereAreSlots() {
        for (int i = 0; i < 5; i++) {
            send(request(i));
        }
        assertThat(api.openCalls()).containsExactly(0, 1);

        call(1).succeed("x");
        tick();

        assertThat(api.openCalls()).containsExactly(0, 2);
    }

    @Test
    void shouldCallAnUrgentRequestAtOnceBesideABacklogAndSoAfterAFailure() {
        for (int i = 0; i < 10; i++) {
            send(request(i));
        }
        assertThat(api.openCalls()).containsExactly(0, 1);
        assertThat(lanes.full(partitions())).containsExactly(partitions().get(0));

        urgent.pipeInput(encode(request(50)));
        assertThat(api.openCalls()).containsExactly(0, 1, 50);
        call(50).retry(Duration.ZERO);
        tick();
        call(0).succeed("and its slot is taken");
        tick();
        assertThat(api.openCalls()).containsExactly(1, 2);
        driver.advanceWallClockTime(Duration.ofSeconds(2));
        assertThat(api.openCalls()).containsExactly(1, 2, 50);
        call(50).succeed("urgent");
        tick();

        assertThat(resultsOf("b")).extracting(CallResult::outputText).contains("urgent");
    }

    @Test
    void shouldKeepTheTimeOfAnUrgentRequestAndNotJournalIt() {
        urgent.pipeInput(encode(request(50)));
        try (var journaled = driver.getKeyValueStore("responses-journal").all()) {
            assertThat(journaled).isExhausted();
        }
        driver.advanceWallClockTime(Duration.ofSeconds(9));
        call(50).succeed("urgent");
        tick();
        assertThat(onlyResult().submittedAt()).isEqualTo(START);
    }

    /** Anybody may send headers; the topic decides. */
    @Test
    void shouldNotTakeARequestForUrgentBecauseOfAHeader() {
        send(request(0));
        send(request(1));
        var headers = new RecordHeaders().add(WireHeaders.URGENT, "1".getBytes(UTF_8));
        requests.pipeInput(new TestRecord<>(null, encode(request(2)), headers, START));

        assertThat(api.openCalls()).containsExactly(0, 1);
    }

    /** Items of one key that wait for minutes keep nothing of another key from being read and called. */
    @Test
    void shouldGoOnWithAnotherKeyWhileItemsOfOneWaitInBackOff() {
        for (int i = 0; i < 60; i++) {
            send(request(i).toBuilder().credential("a").build());
            call(i).retry(Duration.ofMinutes(2));
            tick();
        }
        assertThat(lanes.full(partitions())).isEmpty();
        assertThat(journal()).as("whole, and not in memory").hasSize(60);

        send(request(70).toBuilder().credential("b").build());
        assertThat(api.openCalls()).containsExactly(70);
        driver.advanceWallClockTime(Duration.ofMinutes(4));
        assertThat(api.openCalls()).hasSize(2).contains(70);
    }

    private List<TopicPartition> partitions() {
        return List.of(
                new TopicPartition(topics.requests("responses"), 0), new TopicPartition(topics.urgent("responses"), 0));
    }

    @Test
    void shouldHonourTheBoundThatARequestHasForItsBatch() {
        requests.pipeInput(("{\"batch_id\":\"w\",\"model\":\"m\",\"max_concurrent_requests\":1,"
                        + "\"user_prompts\":[\"p\",\"q\"]}")
                .getBytes(UTF_8));
        send(request(7));
        assertThat(api.openCalls()).containsExactly(0, 7);

        call(7).succeed("x");
        tick();
        assertThat(api.openCalls()).containsExactly(0);
        call(0).retry(Duration.ofSeconds(60));
        tick();
        assertThat(api.openCalls()).containsExactly(1);
    }

    @Test
    void shouldSendAFailedAttemptThroughTheRetryTopicAndCallAgainWhenDue() {
        send(request(0));
        call(0).retry(Duration.ofSeconds(30));
        tick();

        TestRecord<byte[], byte[]> retry = retries.readRecord();
        RetryRecord<ResponsesRequest> value = Codecs.RESPONSES_RETRY.decode(retry.value());
        assertThat(value.attempt()).isEqualTo(2);
        assertThat(value.request()).isEqualTo(request(0));
        assertThat(value.notBefore()).isAfterOrEqualTo(START.plusSeconds(30));
        assertThat(value.lastError().code()).isEqualTo("rate_limit_exceeded");
        assertThat(api.openCalls()).isEmpty();

        driver.advanceWallClockTime(Duration.ofSeconds(29));
        assertThat(api.openCalls()).isEmpty();
        driver.advanceWallClockTime(Duration.ofSeconds(5));
        assertThat(api.openCalls()).containsExactly(0);

        call(0).succeed("at last");
        tick();
        assertThat(onlyResult().attempts()).isEqualTo(2);
        assertThat(journal()).isEmpty();
    }

    @Test
    void shouldFailWithTheLastErrorWhenTheRetriesAreUsedUp() {
        send(request(0).toBuilder().maxRetries(2).build());
        for (int attempt = 1; attempt <= 3; attempt++) {
            call(0).retry(Duration.ZERO);
            tick();
            driver.advanceWallClockTime(Duration.ofMinutes(2));
        }

        CallResult result = onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.attempts()).isEqualTo(3);
        assertThat(result.error().code()).isEqualTo("rate_limit_exceeded");
        assertThat(result.error().isRetriable()).isTrue();
        assertThat(api.calls).hasSize(3);
        assertThat(journal()).isEmpty();
    }

    @Test
    void shouldFailAtOnceWhenTheOutcomeIsFinalAndKeepWhatWasBilled() {
        send(request(0));
        call(0).fail(new Answer(
                JsonNodeFactory.instance.objectNode(),
                "",
                new Usage(1, null, 2, null, 3),
                "m",
                "req",
                "failed",
                "flex"));
        tick();

        CallResult result = onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.usage().totalTokens()).isEqualTo(3);
        assertThat(result.requestId()).isEqualTo("req");
        assertThat(result.finish()).isEqualTo("failed");
        assertThat(result.serviceTier()).isEqualTo("flex");
    }

    @Test
    void shouldSplitAWholeBatchOverThePartitionsOfTheRequestTopic() {
        requests.pipeInput(new TestRecord<>(
                null,
                "{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[\"p\",\"q\",\"r\"]}".getBytes(UTF_8),
                new RecordHeaders().add("trace", "t-1".getBytes(UTF_8)),
                START));

        // The test driver brings them round: its request topic has one partition.
        assertThat(split).containsExactly("w: 3");
        List<CallResult> answered = new ArrayList<>();
        for (int call = 0; call < 3; call++) {
            call(call).succeed("answer");
            tick();
            answered.add(onlyResult());
        }
        assertThat(answered).extracting(CallResult::index).containsExactly(0, 1, 2);
        assertThat(answered).allSatisfy(result -> assertThat(result.batchSize()).isEqualTo(3));
    }

    @Test
    void shouldSplitAnUrgentBatchIntoUrgentItems() {
        for (int i = 0; i < 9; i++) {
            send(request(i));
        }
        urgent.pipeInput("{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[\"p\",\"q\"]}".getBytes(UTF_8));

        assertThat(api.openCalls()).as("in the slot that urgent calls have").hasSize(3);
        call(1).succeed("x");
        tick();
        assertThat(api.calls)
                .filteredOn(call -> call.request().batchId().equals("w"))
                .hasSize(2);
    }

    @Test
    void shouldHaveTheStatusOfABatchCountItsDeadLettersAndRepeats() {
        requests.pipeInput(
                "{\"batch_id\":\"b\",\"batch_size\":7,\"model\":\"m\",\"user_prompt\":\"p\"}".getBytes(UTF_8));
        requests.pipeInput("{\"batch_id\":\"b\",\"index\":-1,\"model\":\"m\",\"user_prompt\":\"p\"}".getBytes(UTF_8));
        requests.pipeInput("no JSON".getBytes(UTF_8));
        send(request(0));
        send(request(0));
        call(0).succeed("x");
        tick();
        send(request(0));
        driver.advanceWallClockTime(Duration.ofSeconds(2));

        BatchStatus status = latestStatus();
        assertThat(status.deadLetters()).isEqualTo(2);
        assertThat(status.deadLetterReason()).isEqualTo("`index` is missing");
        assertThat(status.repeats()).isEqualTo(2);
        assertThat(status.total()).isEqualTo(100);
        assertThat(results.readRecordsToList()).as("nothing else on the topic").hasSize(1);
        assertThat(deadLetters.readRecordsToList()).hasSize(3);
    }

    @Test
    void shouldCountADeadLetterNoMoreWhenItIsReplayedAndCanBeRead() {
        requests.pipeInput("{\"batch_id\":\"b\",\"model\":\"m\",\"user_prompt\":\"p\"}".getBytes(UTF_8));
        assertThat(latestStatus().deadLetters()).isEqualTo(1);
        var replayed = new RecordHeaders().add(WireHeaders.REPLAYED_FROM, "d-0@0".getBytes(UTF_8));

        requests.pipeInput(new TestRecord<>(null, encode(request(0)), replayed, START));
        driver.advanceWallClockTime(Duration.ofSeconds(2));

        assertThat(latestStatus().deadLetters()).isZero();
        assertThat(api.openCalls()).containsExactly(0);
    }

    @Test
    void shouldCountADeadLetterOnceHoweverOftenItIsReplayedInVain() {
        byte[] unnamed = "{\"batch_id\":\"b\",\"model\":\"m\",\"user_prompt\":\"p\"}".getBytes(UTF_8);
        requests.pipeInput(unnamed);
        requests.pipeInput(unnamed);
        for (int replay = 0; replay < 3; replay++) {
            var replayed = new RecordHeaders().add(WireHeaders.REPLAYED_FROM, "d-0@0".getBytes(UTF_8));
            requests.pipeInput(new TestRecord<>(null, unnamed, replayed, START));
        }
        driver.advanceWallClockTime(Duration.ofSeconds(2));

        assertThat(latestStatus().deadLetters()).isEqualTo(2);
        assertThat(deadLetters.readRecordsToList()).hasSize(5);
    }

    private BatchStatus latestStatus() {
        List<byte[]> all = output(topics.batches()).readValuesToList();
        return Codecs.BATCH_STATUS.decode(all.get(all.size() - 1));
    }

    @Test
    void shouldSplitALargeBatchInHalvesOfWhichEachTurnSendsABoundedPart() {
        int items = 5_000;
        api.refusal = request -> CallError.invalidRequest("user_prompt[0]", "`user_prompt[0]` is refused here");
        String prompts =
                IntStream.range(0, items).mapToObj(i -> "\"p" + i + "\"").collect(Collectors.joining(","));
        TestOutputTopic<byte[], byte[]> sent = output(topics.requests("responses"));

        requests.pipeInput(new TestRecord<>(
                null,
                ("{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[" + prompts + "]}").getBytes(UTF_8),
                new RecordHeaders().add("trace", "t-1".getBytes(UTF_8)),
                START));

        assertThat(split).containsExactly("w: " + items);
        Map<Boolean, List<TestRecord<byte[], byte[]>>> all = sent.readRecordsToList().stream()
                .collect(Collectors.partitioningBy(
                        record -> record.headers().lastHeader(WireHeaders.BATCH_PART) != null));
        // 2 of 2,500, 4 of 1,250, 8 of 625, of which each is one turn.
        assertThat(all.get(true)).hasSize(14);
        assertThat(all.get(false)).hasSize(items).allSatisfy(record -> {
            ResponsesRequest item = Codecs.RESPONSES_REQUEST.decode(record.value());
            assertThat(item.userPrompt().toString()).contains("p" + item.index());
            assertThat(item.batchSize()).isEqualTo(items);
            assertThat(header(record, "trace")).isEqualTo("t-1");
        });
        assertThat(results.readValuesToList().stream()
                        .map(Codecs.CALL_RESULT::decode)
                        .map(CallResult::index)
                        .sorted())
                .containsExactlyElementsOf(IntStream.range(0, items).boxed().toList());
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "garbage",
                "{}",
                "{\"attempt\":2}",
                "{\"request\":null,\"attempt\":2,\"not_before\":\"2026-01-01T00:00:00Z\"}",
                "{\"request\":{\"index\":0,\"model\":\"m\",\"user_prompt\":\"p\"},\"attempt\":2,\"not_before\":\"2026-01-01T00:00:00Z\"}",
                "{\"request\":{\"batch_id\":\"b\",\"index\":-1,\"model\":\"m\",\"user_prompt\":\"p\"},\"attempt\":2}",
                "{\"request\":{\"batch_id\":\"b\",\"index\":0,\"user_prompt\":\"p\"},\"attempt\":2,\"not_before\":\"2026-01-01T00:00:00Z\"}"
            })
    void shouldEndTheItemOfARetryRecordThatCannotBeReadAndGoOn(String value) {
        send(request(0));
        call(0).retry(Duration.ZERO);
        byte[] damaged = value == null ? null : value.getBytes(UTF_8);
        byte[] away = ItemKeys.encode(new ItemKey("b", 0));
        // The item's own retry record is behind the first of these.
        for (byte[] key : new byte[][] {away, null, "null".getBytes(UTF_8), "{}".getBytes(UTF_8), new byte[] {1}}) {
            retriesIn.pipeInput(new TestRecord<>(key, damaged, new RecordHeaders(), START));
        }

        assertThat(deadLetters.readValuesToList()).hasSize(5).allSatisfy(letter -> assertThat(letter)
                .isEqualTo(damaged));
        send(request(1));
        tick();
        call(1).succeed("goes on");
        tick();
        List<CallResult> answered = results.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .toList();
        assertThat(answered).extracting(CallResult::index).containsExactly(0, 1);
        assertThat(answered.get(0).error().message()).startsWith("The retry record could not be read");
        assertThat(answered.get(1).outputText()).isEqualTo("goes on");
        assertThat(journal()).isEmpty();
    }

    @Test
    void shouldEndAnItemOverWhoseOutcomeItFailsAndGoOn() {
        send(request(0));
        send(request(1));
        call(0).whenDone().accept(new CallOutcome.Accepted(new RemoteJob("j", Instant.MIN, Duration.ZERO)));
        call(1).succeed("goes on");
        tick();

        List<CallResult> answered = results.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .toList();
        assertThat(answered).extracting(CallResult::index).containsExactlyInAnyOrder(0, 1);
        assertThat(answered).filteredOn(result -> result.index() == 0).allSatisfy(result -> {
            assertThat(result.error().type()).isEqualTo("internal_error");
            assertThat(result.costUnknownReason()).isNotNull();
        });
        assertThat(journal()).isEmpty();
        assertThat(lanes.size()).isZero();
    }

    @Test
    void shouldWriteAResultWhoseTextsAreLargerThanAnyRecord() {
        String large = "x".repeat(RECORD_MAX_BYTES);
        send(request(0));
        call(0).whenDone()
                .accept(new CallOutcome.Failed(
                        new CallError(large, large, large, large, false, 400), null, large, true));
        tick();

        byte[] value = results.readValue();
        assertThat(value.length).isLessThan(RECORD_MAX_BYTES);
        CallResult result = Codecs.CALL_RESULT.decode(value);
        assertThat(result.success()).isFalse();
        assertThat(result.error().httpStatus()).isEqualTo(400);
        assertThat(large).startsWith(result.error().message());
    }

    @Test
    void shouldRefuseAWholeBatchOnceForWhatIsCommonToItsItems() {
        api.refusal = request -> CallError.invalidRequest("temperature", "`temperature` must be at most 2");
        requests.pipeInput("{\"batch_id\":\"w\",\"model\":\"m\",\"temperature\":5,\"user_prompts\":[\"p\",\"q\"]}"
                .getBytes(UTF_8));

        CallResult refused = onlyResult();
        assertThat(refused.index()).isZero();
        assertThat(refused.batchSize()).isEqualTo(1);
        assertThat(refused.error().param()).isEqualTo("temperature");
    }

    @Test
    void shouldRefuseAWholeBatchOnceAlsoIfItsFirstItemHasAMistakeOfItsOwn() {
        api.refusal = request -> request.index() == 0
                ? CallError.invalidRequest("user_prompt[0].role", "`user_prompt[0].role` is missing")
                : CallError.invalidRequest("temperature", "`temperature` must be at most 2");
        requests.pipeInput("{\"batch_id\":\"w\",\"model\":\"m\",\"temperature\":5,\"user_prompts\":[[{}],\"q\",\"r\"]}"
                .getBytes(UTF_8));

        CallResult refused = onlyResult();
        assertThat(refused.batchSize()).isEqualTo(1);
        assertThat(refused.error().param()).isEqualTo("temperature");
    }

    @Test
    void shouldCallTheOtherItemsOfAWholeBatchWhenOneIsRefusedForItself() {
        api.refusal = request -> request.index() == 0
                ? CallError.invalidRequest("user_prompt[0].role", "`user_prompt[0].role` is missing")
                : null;
        requests.pipeInput("{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[[{}],\"q\"]}".getBytes(UTF_8));

        assertThat(onlyResult().error().param()).isEqualTo("user_prompt[0].role");
        assertThat(api.openCalls()).containsExactly(1);
    }

    @Test
    void shouldAddUpWhatEarlierAttemptsWereBilledAndSayIfOneMayHaveBeenDoneTwice() {
        send(request(0));
        call(0).retry(answer(5), false);
        tick();
        driver.advanceWallClockTime(Duration.ofMinutes(2));
        call(0).retry(null, true);
        tick();
        driver.advanceWallClockTime(Duration.ofMinutes(2));
        call(0).succeed(answer(7).repairing(List.of(answer(11), answer(13))));
        tick();

        CallResult result = onlyResult();
        assertThat(result.success()).isTrue();
        assertThat(result.attempts()).isEqualTo(3);
        assertThat(result.repairs()).isEqualTo(2);
        assertThat(result.usage().totalTokens()).isEqualTo(5 + 7 + 11 + 13);
        assertThat(result.cost()).isEqualByComparingTo("1.00"); // four answers at 0.25
        assertThat(result.costUnknownReason()).as("the second attempt").contains("got no answer");
        assertThat(result.possibleDuplicate()).isTrue();
    }

    @Test
    void shouldKeepWhatAnEarlierAttemptCostWhenTheLastOneCostsNothing() {
        send(request(0).toBuilder().maxRetries(1).build());
        call(0).retry(answer(5), false);
        tick();
        driver.advanceWallClockTime(Duration.ofMinutes(2));
        call(0).retry(Duration.ZERO); // a 429
        tick();

        CallResult result = onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.usage().totalTokens()).isEqualTo(5);
        assertThat(result.cost()).isEqualByComparingTo("0.25");
        assertThat(result.costUnknownReason()).isNull();
        assertThat(result.possibleDuplicate()).isNull();
    }

    @Test
    void shouldSayWhatIsKnownOfTheCostWhenTheLastAttemptMayHaveBeenBilledUnseen() {
        send(request(0).toBuilder().maxRetries(1).build());
        call(0).retry(answer(5), false);
        tick();
        driver.advanceWallClockTime(Duration.ofMinutes(2));
        call(0).retry(null, true); // a time-out
        tick();

        CallResult result = onlyResult();
        assertThat(result.cost()).isEqualByComparingTo("0.25");
        assertThat(result.costUnknownReason()).contains("got no answer");
    }

    @Test
    void shouldCostNothingToBeRefusedByTheApi() {
        send(request(0));
        call(0).fail(null);
        tick();

        CallResult result = onlyResult();
        assertThat(result.cost()).isZero();
        assertThat(result.costUnknownReason()).isNull();
    }

    @Test
    void shouldNotKnowTheCostOfAFailureOfWhichTheApiMayHaveDoneTheWork() {
        send(request(0));
        call(0).failUnknown();
        tick();

        assertThat(onlyResult().cost()).isNull();
    }

    @Test
    void shouldKeepWhatAttemptsCostThatCameBeforeTheBatchWasCancelled() {
        send(request(0));
        send(request(1));
        send(request(2));
        call(0).retry(answer(5), false);
        call(1).retry(Duration.ZERO);
        tick();
        say(BatchControl.of("b").withCancel());
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        tick();

        assertThat(resultsOf("b")).hasSize(3).allSatisfy(result -> {
            switch (result.index()) {
                case 0 -> assertThat(result.cost()).isEqualByComparingTo("0.25");
                case 1 -> assertThat(result.cost()).isZero();
                default -> assertThat(result.cost()).as("broken off").isNull();
            }
            assertThat(result.costUnknownReason() == null).isEqualTo(result.index() < 2);
        });
    }

    @Test
    void shouldNotKnowTheCostOfAJobThatTheApiNoLongerKnows() {
        send(request(0).toBuilder().maxRetries(0).build());
        call(0).accept("resp_0");
        tick();
        driver.advanceWallClockTime(Duration.ofSeconds(2));
        call(0).lose();
        tick();

        CallResult result = onlyResult();
        assertThat(result.cost()).isNull();
        assertThat(result.costUnknownReason()).contains("got no answer");
    }

    @Test
    void shouldDropARepeatOfARequestThatIsNotAnsweredYetInWhateverPhaseItIs() {
        send(request(0));
        send(request(0));
        call(0).retry(Duration.ofSeconds(30));
        tick();
        send(request(0));

        assertThat(duplicates).containsExactly(new ItemKey("b", 0), new ItemKey("b", 0));
        driver.advanceWallClockTime(Duration.ofMinutes(2));
        call(0).succeed("once");
        tick();
        assertThat(onlyResult().outputText()).isEqualTo("once");
        assertThat(api.calls).hasSize(2);
    }

    @Test
    void shouldAnswerAnInvalidRequestWithAFailedResultThatNamesTheField() {
        requests.pipeInput("{\"batch_id\":\"b\",\"index\":3,\"model\":\"m\",\"user_prompt\":\"p\",\"temprature\":1}"
                .getBytes(UTF_8));

        CallResult result = onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.index()).isEqualTo(3);
        assertThat(result.attempts()).isZero();
        assertThat(result.error().param()).isEqualTo("temprature");
        assertThat(result.error().message()).contains("temperature");
        assertThat(api.calls).isEmpty();
    }

    @Test
    void shouldAnswerWhatTheApiClientRefusesWithoutCallingIt() {
        api.refusal = request -> CallError.invalidRequest("temperature", "temperature must be between 0 and 2, is 9");
        send(request(0));

        assertThat(onlyResult().error().param()).isEqualTo("temperature");
        assertThat(api.calls).isEmpty();
        assertThat(journal()).isEmpty();
    }

    @Test
    void shouldSendWhatNamesNoItemToTheDeadLettersAsItCame() {
        requests.pipeInput(
                new TestRecord<>("k".getBytes(UTF_8), "not json".getBytes(UTF_8), new RecordHeaders(), START));
        requests.pipeInput(new TestRecord<>("k".getBytes(UTF_8), null, new RecordHeaders(), START));

        TestRecord<byte[], byte[]> dead = deadLetters.readRecord();
        assertThat(dead.key()).isEqualTo("k".getBytes(UTF_8));
        assertThat(dead.value()).isEqualTo("not json".getBytes(UTF_8));
        assertThat(header(dead, WireHeaders.DEAD_LETTER_TOPIC)).isEqualTo("genai.responses.requests");
        assertThat(header(dead, WireHeaders.DEAD_LETTER_PARTITION)).isEqualTo("0");
        assertThat(header(dead, WireHeaders.DEAD_LETTER_OFFSET)).isEqualTo("0");
        assertThat(header(dead, WireHeaders.DEAD_LETTER_REASON)).isNotBlank();
        assertThat(deadLetters.readRecord().value()).isNull();
        assertThat(results.isEmpty()).isTrue();
    }

    @Test
    void shouldGoOnWhenTheClientThrows() {
        api.broken = new IllegalStateException("broken");
        send(request(0));
        tick();
        api.broken = null;
        send(request(1));
        call(1).succeed("fine");
        tick();

        List<CallResult> all = results.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .toList();
        assertThat(all).extracting(CallResult::success).containsExactly(false, true);
        assertThat(all.get(0).error().type()).isEqualTo("internal_error");
    }

    @Test
    void shouldReplaceAResultTooLargeForItsTopicByAFailedOne() {
        send(request(0));
        call(0).succeed("\u0001".repeat(RECORD_MAX_BYTES / 4));
        tick();

        CallResult result = onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.error().code()).isEqualTo("result_too_large");
        assertThat(result.usage()).isNotNull();
    }

    @Test
    void shouldKeepTheErrorOfAFailureWhoseAnswerIsTooLargeForItsTopic() {
        send(request(0));
        String text = "\u0001".repeat(RECORD_MAX_BYTES / 4);
        call(0).fail(new Answer(
                JsonNodeFactory.instance.objectNode(),
                text,
                new Usage(1, null, 2, null, 3),
                "m",
                "req",
                "incomplete:max_output_tokens",
                null));
        tick();

        CallResult result = onlyResult();
        assertThat(result.error().type()).isEqualTo("invalid_request_error");
        assertThat(result.outputText()).isNull();
        assertThat(result.usage().totalTokens()).isEqualTo(3);
    }

    @Test
    void shouldRefuseARequestTooLargeToBeRetried() {
        send(request(0).toBuilder().userPrompt("x".repeat(RECORD_MAX_BYTES)).build());

        assertThat(onlyResult().error().code()).isEqualTo("request_too_large");
        assertThat(api.calls).isEmpty();
    }

    @Test
    void shouldFailARequestThatNoRetryRecordCanCarry() {
        StringBuilder nested = new StringBuilder("{\"type\":\"text\",\"x\":");
        nested.append("[".repeat(998)).append("]".repeat(998)).append("}");
        requests.pipeInput(("{\"batch_id\":\"b\",\"index\":0,\"model\":\"m\",\"user_prompt\":\"p\",\"response_format\":"
                        + nested + "}")
                .getBytes(UTF_8));
        call(0).retry(Duration.ZERO);
        tick();

        CallResult result = onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.error().code()).isEqualTo("rate_limit_exceeded");
        assertThat(journal()).isEmpty();
    }

    @Test
    void shouldFailAnItemWhoseAnswerCannotBeWritten() {
        send(request(0));
        var deep = new com.fasterxml.jackson.databind.ObjectMapper().createArrayNode();
        var inner = deep;
        for (int depth = 0; depth < 2_000; depth++) {
            inner = inner.addArray();
        }
        call(0).answer(deep);
        tick();

        CallResult result = onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.error().code()).isEqualTo("result_unwritable");
        assertThat(result.usage()).isNotNull();
    }

    @Test
    void shouldSendARetryThatCannotBeReadToTheDeadLetters() {
        retriesIn.pipeInput(ItemKeys.encode(new ItemKey("b", 9)), "garbage".getBytes(UTF_8));
        retriesIn.pipeInput((byte[]) null, (byte[]) null);

        TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
        assertThat(letter.value()).isEqualTo("garbage".getBytes(UTF_8));
        String time = new String(
                letter.headers().lastHeader(WireHeaders.DEAD_LETTER_TIMESTAMP).value(), UTF_8);
        assertThat(Long.parseLong(time)).as("no time of 1970").isGreaterThanOrEqualTo(START.toEpochMilli());
        assertThat(deadLetters.readRecord().value()).isNull();
        assertThat(results.isEmpty()).isTrue();
    }

    @Test
    void shouldIgnoreARetryOfAnItemItDoesNotKnow() {
        var stray = new RetryRecord<>(request(7), 2, START, new CallError("x", "x", null, null, true, 500));
        retriesIn.pipeInput(
                ItemKeys.encode(new ItemKey("b", 7)), Codecs.RESPONSES_RETRY.encode(stray, WireFormat.JSON));

        assertThat(duplicates).containsExactly(new ItemKey("b", 7));
        assertThat(api.calls).isEmpty();
        assertThat(lanes.size()).isZero();
    }

    @Test
    void shouldAskAfterAJobThatTheApiHasTakenOnAndNeverSubmitItAgain() {
        send(request(0));
        call(0).accept("resp_1");
        tick();
        assertThat(journal())
                .singleElement()
                .satisfies(entry -> assertThat(entry.remoteJob().id()).isEqualTo("resp_1"));

        driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(api.polled()).isEmpty();
        driver.advanceWallClockTime(Duration.ofSeconds(1));
        assertThat(api.polled()).containsExactly("resp_1");
        call(0).accept("resp_1");
        tick();
        driver.advanceWallClockTime(Duration.ofSeconds(2));
        call(0).succeed("in the end");
        tick();

        assertThat(api.polled()).containsExactly("resp_1", "resp_1");
        assertThat(onlyResult().outputText()).isEqualTo("in the end");
        assertThat(api.calls).hasSize(1);
        assertThat(journal()).isEmpty();
        assertThat(lanes.size()).isZero();
    }

    @Test
    void shouldKeepTheSlotOfAJobThatTheApiWorksOn() {
        for (int i = 0; i < 3; i++) {
            send(request(i));
        }
        call(0).accept("resp_0");
        call(1).accept("resp_1");
        tick();
        assertThat(api.openCalls()).isEmpty();
        assertThat(lanes.inFlight()).isZero();

        driver.advanceWallClockTime(Duration.ofSeconds(2));
        call(0).succeed("done");
        tick();

        assertThat(api.openCalls()).containsExactlyInAnyOrder(1, 2);
        assertThat(api.calls).hasSize(3);
    }

    @Test
    void shouldGiveAJobUpWhenItsTimeIsOver() {
        send(request(0).toBuilder().totalWaitSecs(10).build());
        call(0).accept("resp_0");
        tick();
        for (int i = 0; i < 6; i++) {
            driver.advanceWallClockTime(Duration.ofSeconds(2));
            if (!api.openCalls().isEmpty()) {
                call(0).accept("resp_0");
            }
            tick();
        }

        CallResult result = onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.error().code()).isEqualTo("total_wait");
        assertThat(api.cancelled).containsExactly("resp_0");
        assertThat(lanes.size()).isZero();
    }

    @Test
    void shouldSubmitAnewWhenTheJobHasFailedForTheTimeBeing() {
        send(request(0));
        call(0).accept("resp_0");
        tick();
        driver.advanceWallClockTime(Duration.ofSeconds(2));
        call(0).retry(Duration.ZERO);
        tick();
        driver.advanceWallClockTime(Duration.ofSeconds(3));

        assertThat(api.calls).hasSize(2);
        assertThat(journal()).singleElement().satisfies(entry -> {
            assertThat(entry.attempt()).isEqualTo(2);
            assertThat(entry.remoteJob()).isNull();
        });
    }

    @Test
    void shouldPublishTheTextOfAStreamAsItComesAndBeforeItsResult() {
        send(request(0));
        api.listener.onDelta(4, "The ");
        api.listener.onDelta(5, "Danube");
        tick();
        api.listener.onDelta(7, ".");
        call(0).succeed("The Danube.");
        tick();

        List<ResponseDelta> published = deltas.readValuesToList().stream()
                .map(Codecs.RESPONSE_DELTA::decode)
                .toList();
        assertThat(published)
                .containsExactly(new ResponseDelta("b", 0, 1, 5, "The Danube"), new ResponseDelta("b", 0, 1, 7, "."));
        assertThat(onlyResult().outputText()).isEqualTo("The Danube.");
    }

    @Test
    void shouldBeFullAtCapacityAndOpenAgainBelowIt() {
        for (int i = 0; i < 10; i++) {
            send(request(i));
        }
        var partition = new org.apache.kafka.common.TopicPartition(topics.requests("responses"), 0);
        assertThat(lanes.full(List.of(partition))).containsExactly(partition);

        call(0).succeed("x");
        tick();

        assertThat(lanes.full(List.of(partition))).isEmpty();
    }

    private void send(ResponsesRequest request) {
        requests.pipeInput(encode(request));
    }

    private static byte[] encode(ResponsesRequest request) {
        return Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON);
    }

    private static ResponsesRequest request(int index) {
        return ResponsesRequest.builder()
                .batchId("b")
                .index(index)
                .batchSize(100)
                .model("gpt-4o-mini")
                .userPrompt("prompt " + index)
                .build();
    }

    /** Several turns: each is bounded in real time, and takes one outcome only if the machine is slow. */
    private void tick() {
        for (int turn = 0; turn < 3; turn++) {
            driver.advanceWallClockTime(TICK);
        }
    }

    private CallResult onlyResult() {
        List<byte[]> values = results.readValuesToList();
        assertThat(values).hasSize(1);
        return Codecs.CALL_RESULT.decode(values.get(0));
    }

    /** What a crash would leave of the items that are open. */
    private List<JournalEntry> journal() {
        Map<ItemKey, JournalEntry> open = new HashMap<>();
        try (var all = driver.<ItemKey, JournalEntry>getKeyValueStore("responses-journal")
                .all()) {
            all.forEachRemaining(entry -> open.put(entry.key, entry.value));
        }
        new OpenOffsets(driver.getKeyValueStore("responses-progress"))
                .restore()
                .forEach(it -> open.putIfAbsent(it.key(), Journal.uncalled(0)));
        return List.copyOf(open.values());
    }

    private static String header(TestRecord<byte[], byte[]> record, String key) {
        return new String(record.headers().lastHeader(key).value(), UTF_8);
    }

    /** The open call of this item, which the test will end. */
    private Call call(int index) {
        return new Call(api.open.get(api.openCalls().indexOf(index)));
    }

    /** The ends that a call comes to here. */
    private record Call(Consumer<CallOutcome> whenDone) {
        void succeed(String text) {
            whenDone.accept(new CallOutcome.Succeeded(new Answer(
                    JsonNodeFactory.instance.objectNode(),
                    text,
                    new Usage(1, null, 1, null, 2),
                    "m",
                    "req-1",
                    "completed",
                    null)));
        }

        void accept(String id) {
            whenDone.accept(new CallOutcome.Accepted(new RemoteJob(id, START, Duration.ofSeconds(2))));
        }

        void answer(JsonNode body) {
            whenDone.accept(new CallOutcome.Succeeded(
                    new Answer(body, "", new Usage(1, null, 1, null, 2), "m", "req-1", "completed", null)));
        }

        void succeed(Answer answer) {
            whenDone.accept(new CallOutcome.Succeeded(answer));
        }

        void retry(Answer answer, boolean maybeDone) {
            var error = new CallError("broken", "server_error", "server_error", null, true, 200);
            whenDone.accept(new CallOutcome.Retry(error, Duration.ZERO, "req-1", answer, maybeDone));
        }

        void retry(Duration serverDelay) {
            var error = new CallError("slow down", "requests", "rate_limit_exceeded", null, true, 429);
            whenDone.accept(new CallOutcome.Retry(error, serverDelay, "req-1"));
        }

        void lose() {
            var error = new CallError("gone", "job_lost", "job_lost", null, true, 404);
            whenDone.accept(new CallOutcome.Retry(error, Duration.ZERO, "req-1").possiblyDone());
        }

        void failUnknown() {
            var error = new CallError("who knows", "server_error", "unknown_outcome", null, false, 500);
            whenDone.accept(new CallOutcome.Failed(error, null, "req-1", true));
        }

        /** {@code answer} may be null. */
        void fail(Answer answer) {
            var error = new CallError("bad", "invalid_request_error", null, null, false, 400);
            whenDone.accept(new CallOutcome.Failed(error, answer, answer == null ? "req-1" : answer.requestId()));
        }
    }

    private static Answer answer(long tokens) {
        return new Answer(
                JsonNodeFactory.instance.objectNode(),
                "",
                new Usage(tokens, null, 0, null, tokens),
                "m",
                "req-1",
                "completed",
                null);
    }
}
