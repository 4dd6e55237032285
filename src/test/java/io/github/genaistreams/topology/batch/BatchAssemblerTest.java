package io.github.genaistreams.topology.batch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.topology.GenAiTopology;
import io.github.genaistreams.topology.StreamsSettings;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.ResultSummary;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchAssemblerTest {

    private static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration RETENTION = Duration.ofHours(1);

    private final Topics topics = Topics.withDefaultPrefix();

    @TempDir
    Path stateDir;

    private TopologyTestDriver driver;
    private TestInputTopic<byte[], byte[]> results;
    private TestInputTopic<byte[], byte[]> control;
    private TestInputTopic<byte[], byte[]> notes;
    private TestOutputTopic<byte[], byte[]> statuses;
    private TestOutputTopic<byte[], byte[]> ordered;
    private TestOutputTopic<byte[], byte[]> controlOut;

    @BeforeEach
    void start() {
        driver = driver(false);
    }

    private TopologyTestDriver driver(boolean ordered) {
        var settings = new BatchSettings(INTERVAL, RETENTION, ordered, Duration.ofDays(1));
        var topology = new GenAiTopology(
                        topics, Codecs.CALL_RESULT, WireFormat.JSON, 1 << 20, new Lanes(), CallEvents.NONE, settings)
                .build(List.of());
        Properties properties = new StreamsSettings(
                        "test",
                        null,
                        stateDir.resolve(String.valueOf(ordered)),
                        1,
                        200,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(5),
                        1 << 20,
                        Map.of("bootstrap.servers", "nowhere:1"))
                .toProperties();
        var started = new TopologyTestDriver(topology, properties, START);
        results = input(started, topics.results());
        control = input(started, topics.control());
        notes = input(started, topics.batchNotes());
        statuses = output(started, topics.batches());
        this.ordered = output(started, topics.resultsOrdered());
        controlOut = output(started, topics.control());
        return started;
    }

    private void restartOrdered() {
        driver.close();
        driver = driver(true);
    }

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    void shouldTellOfABatchAtItsFirstResultThenByIntervalAndAtItsEnd() {
        send(0, 4);
        assertThat(status().state()).isEqualTo(State.RUNNING);

        send(2, 4);
        send(1, 4);
        assertThat(statuses.isEmpty()).isTrue();
        driver.advanceWallClockTime(INTERVAL);
        assertThat(status().succeeded()).isEqualTo(3);
        driver.advanceWallClockTime(INTERVAL.multipliedBy(3));
        assertThat(statuses.isEmpty()).isTrue();

        send(3, 4);
        BatchStatus last = status();
        assertThat(last.state()).isEqualTo(State.COMPLETED);
        assertThat(last.completedAt()).isNotNull();
        assertThat(last.cost()).isEqualByComparingTo("0.004");
        assertThat(last.costMicros()).isEqualTo(4_000);
    }

    @Test
    void shouldCompleteABatchWhoseItemsHaveFailedAsAnyOther() {
        for (int index = 0; index < 4; index++) {
            results.pipeInput(record(result("b", index, 4, index % 2 == 0), new RecordHeaders()));
        }

        List<BatchStatus> all = drain(statuses);
        BatchStatus last = all.get(all.size() - 1);
        assertThat(last.state()).isEqualTo(State.COMPLETED);
        assertThat(last.succeeded()).isEqualTo(2);
        assertThat(last.failed()).isEqualTo(2);
        assertThat(last.failures()).containsExactly(Map.entry("server_error", 2L));
        assertThat(last.stopped()).isNull();
    }

    @Test
    void shouldKeepWhatWaitsOnDiskAndAByteOfEachItem() {
        restartOrdered();
        int items = 8_192;
        for (int index = items - 1; index > 0; index--) {
            send(index, items);
        }

        assertThat(ordered.isEmpty()).isTrue();
        var held = driver.<org.apache.kafka.common.utils.Bytes, byte[]>getKeyValueStore(Resequencer.HELD);
        assertThat(held.persistent()).isTrue();
        assertThat(held.approximateNumEntries()).isGreaterThan(items / 2);
        var known = driver.<org.apache.kafka.common.utils.Bytes, byte[]>getKeyValueStore(BatchAssembler.INDEXES);
        assertThat(known.persistent()).isTrue();
        long bytes = 0;
        try (var all = known.all()) {
            while (all.hasNext()) {
                bytes += all.next().value.length;
            }
        }
        assertThat(bytes).isEqualTo(items);
    }

    @Test
    void shouldKeyStatusesByBatchIdAlone() {
        send(0, 1);

        assertThat(statuses.readKeyValue().key).isEqualTo("b".getBytes(UTF_8));
    }

    @Test
    void shouldCompleteABatchWhoseSizeIsToldByAControlRecordAfterItsLastResult() {
        send(0, null);
        send(1, null);
        drain(statuses);

        say(BatchControl.of("b").withBatchSize(2));
        driver.advanceWallClockTime(INTERVAL);

        assertThat(status().state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void shouldNotCountAResultThatComesAgain() {
        send(0, 2);
        send(0, 2);
        driver.advanceWallClockTime(INTERVAL);

        List<BatchStatus> all = drain(statuses);
        BatchStatus last = all.get(all.size() - 1);
        assertThat(last.succeeded()).isEqualTo(1);
        assertThat(last.duplicates()).isEqualTo(1);
        assertThat(last.isComplete()).isFalse();
    }

    @Test
    void shouldSayOnceOnTheControlTopicThatABudgetIsReached() {
        say(BatchControl.of("b").withBudget(new BigDecimal("0.002"), null));
        send(0, 10);
        assertThat(controlOut.isEmpty()).isTrue();
        send(1, 10);
        send(2, 10);

        BatchControl stop = Codecs.BATCH_CONTROL.decode(controlOut.readRecord().value());
        assertThat(stop.budgetExceeded()).isTrue();
        assertThat(stop.maxCostUsd()).isEqualByComparingTo("0.002");
        assertThat(controlOut.isEmpty()).isTrue();
    }

    @Test
    void shouldForgetABatchWithoutNews() {
        restartOrdered();
        send(3, 10);
        say(BatchControl.of("b").withBatchSize(10));
        assertThat(driver.getKeyValueStore(Resequencer.HELD).approximateNumEntries())
                .isEqualTo(1);

        drain(statuses);
        driver.advanceWallClockTime(RETENTION.multipliedBy(2));

        assertThat(statuses.readKeyValuesToList()).last().satisfies(last -> assertThat(last.value)
                .isNull());
        assertThat(driver.getKeyValueStore(BatchAssembler.STATES).approximateNumEntries())
                .isZero();
        assertThat(driver.getKeyValueStore(BatchAssembler.INDEXES).approximateNumEntries())
                .isZero();
        assertThat(driver.getKeyValueStore(Resequencer.HELD).approximateNumEntries())
                .isZero();
        assertThat(controlOut.isEmpty())
                .as("items of it may still wait somewhere")
                .isTrue();
    }

    @Test
    void shouldForgetWhatWasSaidOfABatchThatIsComplete() {
        say(BatchControl.of("b").withBatchSize(1));
        send(0, null);

        driver.advanceWallClockTime(RETENTION.multipliedBy(2));

        assertThat(controlOut.readRecord().value()).isNull();
    }

    @Test
    void shouldEnforceABudgetThatIsRaisedAfterItWasReached() {
        say(BatchControl.of("b").withBudget(new BigDecimal("0.002"), null));
        send(0, 10);
        send(1, 10);
        BatchControl stop = Codecs.BATCH_CONTROL.decode(controlOut.readRecord().value());
        say(stop);
        say(BatchControl.of("b").withBudget(new BigDecimal("0.003"), null));
        driver.advanceWallClockTime(INTERVAL);
        assertThat(controlOut.isEmpty()).isTrue();

        send(2, 10);

        stop = Codecs.BATCH_CONTROL.decode(controlOut.readRecord().value());
        assertThat(stop.budgetExceeded()).isTrue();
        assertThat(stop.maxCostUsd()).isEqualByComparingTo("0.003");
    }

    @Test
    void shouldStopABatchWhoseBoundIsSetBelowWhatItHasCost() {
        send(0, 10);
        send(1, 10);
        say(BatchControl.of("b").withBudget(new BigDecimal("0.001"), null));

        driver.advanceWallClockTime(INTERVAL);

        assertThat(Codecs.BATCH_CONTROL.decode(controlOut.readRecord().value()).budgetExceeded())
                .isTrue();
    }

    @Test
    void shouldCompleteMoreBatchesThanItHasAtHandWhoseSizesAreToldLate() {
        int batches = 1_500;
        for (int i = 0; i < batches; i++) {
            results.pipeInput(record(result("batch-" + i, 0, null, true), new RecordHeaders()));
        }
        drain(statuses);
        for (int i = 0; i < batches; i++) {
            say(BatchControl.of("batch-" + i).withBatchSize(1));
        }

        driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(statuses)).hasSize(batches).allMatch(BatchStatus::isComplete);
        driver.advanceWallClockTime(INTERVAL);
        assertThat(statuses.isEmpty()).isTrue();
    }

    @Test
    void shouldEndACancelledBatchOfWhichNothingMoreComes() {
        send(0, 10);
        say(BatchControl.of("b").withCancel());
        driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(statuses)).noneMatch(BatchStatus::isComplete);

        driver.advanceWallClockTime(BatchRounds.SILENCE);
        driver.advanceWallClockTime(INTERVAL);

        List<BatchStatus> all = drain(statuses);
        assertThat(all.get(all.size() - 1).state()).isEqualTo(State.CANCELLED);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void shouldReleaseEachResultOnceAndInOrderHoweverTheyCome(long seed) {
        restartOrdered();
        int size = 3_000;
        List<Integer> arrivals =
                new ArrayList<>(IntStream.range(0, size).boxed().toList());
        arrivals.addAll(arrivals.subList(0, 100));
        Collections.shuffle(arrivals, new Random(seed));

        for (int at = 0; at < arrivals.size(); at++) {
            send(arrivals.get(at), at == 70 ? size : null);
            if (at % 500 == 0) {
                driver.advanceWallClockTime(Duration.ofMillis(20));
            }
        }
        ticks(20);

        assertThat(orderedIndexes())
                .containsExactlyElementsOf(IntStream.range(0, size).boxed().toList());
        assertThat(driver.getKeyValueStore(Resequencer.HELD).approximateNumEntries())
                .isZero();
    }

    @Test
    void shouldReleaseInBoundedTurnsWhenTheFirstIsTheSlowest() {
        restartOrdered();
        int size = 5_000;
        for (int i = size - 1; i > 0; i--) {
            send(i, size);
        }
        assertThat(ordered.isEmpty()).isTrue();

        send(0, size);
        assertThat(orderedIndexes().size()).isBetween(1, 1_001);
        ticks(200);

        assertThat(orderedIndexes()).endsWith(size - 1);
        assertThat(driver.getKeyValueStore(Resequencer.HELD).approximateNumEntries())
                .isZero();
    }

    @Test
    void shouldOrderOnlyBatchesThatWantIt() {
        send(0, 2);
        assertThat(ordered.isEmpty()).isTrue();

        var headers = new RecordHeaders().add(WireHeaders.ORDERED, new byte[0]).add("traceparent", "x".getBytes(UTF_8));
        results.pipeInput(record(result("wants", 1, 2, true), headers));
        results.pipeInput(record(result("wants", 0, 2, true), headers));

        List<TestRecord<byte[], byte[]>> out = ordered.readRecordsToList();
        assertThat(out)
                .extracting(record -> ItemKeys.decode(record.key()))
                .containsExactly(new ItemKey("wants", 0), new ItemKey("wants", 1));
        assertThat(out.get(1).headers().lastHeader("traceparent").value()).isEqualTo("x".getBytes(UTF_8));
        assertThat(Codecs.CALL_RESULT.decode(out.get(1).value()).index()).isEqualTo(1);
    }

    @Test
    void shouldPutAReplacementInPlaceOfAResultThatWaitsAndAfterOneThatDoesNot() {
        restartOrdered();
        var retry = new RecordHeaders().add(WireHeaders.RETRY, "r1".getBytes(UTF_8));
        results.pipeInput(record(result("b", 2, 3, false), new RecordHeaders()));
        results.pipeInput(record(result("b", 0, 3, false), new RecordHeaders()));
        results.pipeInput(record(result("b", 2, 3, true), retry));
        results.pipeInput(record(result("b", 0, 3, true), retry));
        results.pipeInput(record(result("b", 1, 3, true), new RecordHeaders()));
        // On a slow machine a turn ends early.
        ticks(3);

        List<CallResult> out = ordered.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .toList();
        assertThat(out).extracting(CallResult::index).containsExactly(0, 0, 1, 2);
        assertThat(out).extracting(CallResult::success).containsExactly(false, true, true, true);
        List<BatchStatus> all = drain(statuses);
        assertThat(all.get(all.size() - 1).succeeded()).isEqualTo(3);
        assertThat(all.get(all.size() - 1).replaced()).isEqualTo(2);
    }

    @Test
    void shouldReleaseOnlyTheReplacementOfAResultThatIsDueNext() {
        restartOrdered();
        int size = 1_500;
        for (int i = size - 1; i >= 0; i--) {
            results.pipeInput(record(result("b", i, size, i != 1_200), new RecordHeaders()));
        }
        // The first turn ends before it.
        int next = orderedIndexes().size();
        assertThat(next).isBetween(1, 1_200);
        var retry = new RecordHeaders().add(WireHeaders.RETRY, "r".getBytes(UTF_8));
        results.pipeInput(record(result("b", next, size, true), retry));
        ticks(50);

        assertThat(orderedIndexes())
                .containsExactlyElementsOf(IntStream.range(next, size).boxed().toList());
        assertThat(driver.getKeyValueStore(Resequencer.HELD).approximateNumEntries())
                .isZero();
    }

    @Test
    void shouldCountByTheSummaryBesideAResultAndNotReadTheResult() {
        restartOrdered();
        CallResult result = result("b", 0, 1, false).toBuilder()
                .cost(new BigDecimal("0.000000001234"))
                .build();
        byte[] noResult = "Whoever parses this finds no result".getBytes(UTF_8);
        var headers = new RecordHeaders()
                .add(WireHeaders.SUMMARY, ResultSummary.of(result, noResult).orElseThrow())
                .add("theirs", "x".getBytes(UTF_8));

        results.pipeInput(new TestRecord<>(ItemKeys.encode(result.key()), noResult, headers, START));

        BatchStatus status = status();
        assertThat(status.state()).isEqualTo(State.COMPLETED);
        assertThat(status.failures()).containsExactly(Map.entry("server_error", 1L));
        assertThat(status.cost()).isEqualByComparingTo("0.000000001234");
        TestRecord<byte[], byte[]> inOrder = ordered.readRecord();
        assertThat(inOrder.value()).isEqualTo(noResult);
        assertThat(inOrder.headers().toArray())
                .extracting(header -> header.key())
                .containsExactly("theirs");
    }

    @Test
    void shouldCountAResultAsItIsWhateverSummaryIsBesideIt() {
        CallResult other = result("other", 0, 1, false);
        CallResult dearer =
                result("b", 1, 6, true).toBuilder().cost(BigDecimal.TEN).build();
        byte[] ofLaterVersion = ResultSummary.of(result("b", 4, 6, true), encoded(result("b", 4, 6, true)))
                .orElseThrow();
        ofLaterVersion[0]++;
        List<byte[]> summaries = new ArrayList<>(List.of(
                ResultSummary.of(other, encoded(other)).orElseThrow(),
                ResultSummary.of(dearer, encoded(dearer)).orElseThrow(),
                new byte[0],
                new byte[5_000],
                ofLaterVersion));
        summaries.add(null);

        for (int index = 0; index < 6; index++) {
            results.pipeInput(record(
                    result("b", index, 6, true), new RecordHeaders().add(WireHeaders.SUMMARY, summaries.get(index))));
        }

        List<BatchStatus> all = drain(statuses);
        assertThat(all).extracting(BatchStatus::batchId).containsOnly("b");
        BatchStatus last = all.get(all.size() - 1);
        assertThat(last.state()).isEqualTo(State.COMPLETED);
        assertThat(last.succeeded()).isEqualTo(6);
        assertThat(last.cost()).isEqualByComparingTo("0.006");
    }

    @Test
    void shouldPassOverWhatIsNoResult() {
        results.pipeInput(new TestRecord<>("k".getBytes(UTF_8), "rubbish".getBytes(UTF_8)));
        results.pipeInput(new TestRecord<>("k".getBytes(UTF_8), null));
        for (String result : List.of(
                "{\"batch_id\":\"b\",\"index\":0,\"api\":\"responses\",\"success\":true,\"attempts\":1}",
                "{\"batch_id\":\"b\",\"index\":-1,\"api\":\"responses\",\"success\":true,\"attempts\":1}",
                "{\"batch_id\":\"b\",\"index\":2147483647,\"api\":\"responses\",\"success\":true,\"attempts\":1}")) {
            results.pipeInput(new TestRecord<>("k".getBytes(UTF_8), result.getBytes(UTF_8)));
        }
        send(0, 1);

        assertThat(status().isComplete()).isTrue();
    }

    /** Prints what a result takes, the test driver's own part in it. */
    @Test
    @Tag("long")
    void shouldTakeLittleTimeForAResult() {
        restartOrdered();
        int size = 200_000;
        long start = System.nanoTime();
        for (int i = 0; i < size; i++) {
            send(i, size);
            if (i % 1_000 == 0) {
                // What was written out is not kept.
                ordered.readKeyValuesToList();
                statuses.readKeyValuesToList();
                start = i == size / 2 ? System.nanoTime() : start;
            }
        }
        double micros = (System.nanoTime() - start) / 1e3 / (size / 2);

        System.out.printf("assembler: %.1f µs for a result, counted and put in order%n", micros);
        assertThat(micros).isLessThan(500);
    }

    @Test
    void shouldCountResultsWithTextsAndHeadersOfAnyLengthAlsoInOrder() {
        restartOrdered();
        String large = "x".repeat(70_000);
        Headers headers = new RecordHeaders().add("k".repeat(70_000), new byte[1]);
        for (int index = 4; index >= 0; index--) {
            CallResult result = result("b", index, 5, false).toBuilder()
                    .error(new CallError(large, large, large, large, false, 500))
                    .cost(null)
                    .costUnknownReason(large)
                    .usage(new Usage(1, Map.of(large, 1L), 1, Map.of(large, 1L), 2))
                    .build();
            results.pipeInput(record(result, headers));
        }
        ticks(5);

        assertThat(orderedIndexes()).containsExactly(0, 1, 2, 3, 4);
        List<BatchStatus> all = drain(statuses);
        assertThat(all.get(all.size() - 1).state()).isEqualTo(State.COMPLETED);
        assertThat(all.get(all.size() - 1).failures().values()).containsExactly(5L);
    }

    @Test
    void shouldCountResultsWhoseCostsAndTimesAreAbsurd() {
        List<Instant> times = List.of(
                Instant.ofEpochMilli(Long.MIN_VALUE),
                Instant.ofEpochMilli(-1),
                Instant.EPOCH,
                Instant.parse("9999-12-31T23:59:59Z"),
                Instant.ofEpochMilli(Long.MAX_VALUE));
        for (int index = 0; index < 5; index++) {
            results.pipeInput(record(
                    result("b", index, 5, true).toBuilder()
                            .cost(new BigDecimal("9e11"))
                            .usage(new Usage(Long.MAX_VALUE, null, Long.MAX_VALUE, null, Long.MAX_VALUE))
                            .submittedAt(times.get(index))
                            .completedAt(times.get(4 - index))
                            .build(),
                    new RecordHeaders()));
        }

        List<BatchStatus> all = drain(statuses);
        BatchStatus last = all.get(all.size() - 1);
        assertThat(last.state()).isEqualTo(State.COMPLETED);
        assertThat(last.cost()).isEqualByComparingTo("4.5e12");
        assertThat(last.usage().totalTokens()).isEqualTo(Long.MAX_VALUE);
        assertThat(last.submittedAt()).isEqualTo(Instant.EPOCH);
        assertThat(last.lastResultAt()).isBefore(START.plus(Duration.ofDays(2)));
    }

    @Test
    void shouldLeaveABatchAloneWhoseStateCannotBeReadAndGoOnWithTheOthers() {
        send(0, 5);
        drain(statuses);
        driver.<String, byte[]>getKeyValueStore(BatchAssembler.STATES).put("later", new byte[] {99, 1, 2});
        driver.<String, byte[]>getKeyValueStore(BatchAssembler.STATES).put("cut", new byte[0]);

        results.pipeInput(record(result("later", 0, 1, true), new RecordHeaders()));
        results.pipeInput(record(result("cut", 0, 1, true), new RecordHeaders()));
        driver.advanceWallClockTime(RETENTION.dividedBy(2));
        send(1, 5);
        driver.advanceWallClockTime(INTERVAL);

        List<BatchStatus> all = drain(statuses);
        assertThat(all).extracting(BatchStatus::batchId).containsOnly("b");
        assertThat(all.get(all.size() - 1).succeeded()).isEqualTo(2);
        // It may be the state of a later version, which can go on with it.
        assertThat(driver.<String, byte[]>getKeyValueStore(BatchAssembler.STATES)
                        .get("later"))
                .containsExactly(99, 1, 2);
    }

    @Test
    void shouldGoOnBehindAHeldResultThatCannotBeRead() {
        restartOrdered();
        send(2, 3);
        send(1, 3);
        driver.<Bytes, byte[]>getKeyValueStore(Resequencer.HELD).put(BatchStores.key("b", 1), new byte[] {-9, 1});

        send(0, 3);
        ticks(3);

        assertThat(orderedIndexes()).containsExactly(0, 2);
    }

    /** The driver fires each punctuation once for each advance. */
    private void ticks(int number) {
        for (int i = 0; i < number; i++) {
            driver.advanceWallClockTime(Duration.ofMillis(20));
        }
    }

    private void say(BatchControl said) {
        control.pipeInput(said.batchId().getBytes(UTF_8), Codecs.BATCH_CONTROL.encode(said, WireFormat.JSON));
        // What the test says itself is not what it looks for.
        drain(controlOut);
    }

    private void send(int index, Integer size) {
        results.pipeInput(record(result("b", index, size, true), new RecordHeaders()));
    }

    private TestRecord<byte[], byte[]> record(CallResult result, Headers headers) {
        return new TestRecord<>(ItemKeys.encode(result.key()), encoded(result), headers, START);
    }

    private static byte[] encoded(CallResult result) {
        return Codecs.CALL_RESULT.encode(result, WireFormat.JSON);
    }

    private static CallResult result(String batchId, int index, Integer size, boolean success) {
        return CallResult.builder(new ItemKey(batchId, index), "responses")
                .batchSize(size)
                .success(success)
                .error(success ? null : new CallError("It went wrong", "server_error", null, null, true, 500))
                .attempts(1)
                .cost(new BigDecimal("0.001"))
                .submittedAt(START)
                .completedAt(START.plusSeconds(1))
                .build();
    }

    private BatchStatus status() {
        return Codecs.BATCH_STATUS.decode(statuses.readRecord().value());
    }

    private List<Integer> orderedIndexes() {
        return ordered.readKeyValuesToList().stream()
                .map(record -> ItemKeys.decode(record.key).index())
                .toList();
    }

    private static List<BatchStatus> drain(TestOutputTopic<byte[], byte[]> topic) {
        return topic.readValuesToList().stream()
                .map(value -> {
                    try {
                        return Codecs.BATCH_STATUS.decode(value);
                    } catch (RuntimeException e) {
                        return null;
                    }
                })
                .toList();
    }

    private static TestInputTopic<byte[], byte[]> input(TopologyTestDriver driver, String topic) {
        return driver.createInputTopic(
                topic, new ByteArraySerializer(), new ByteArraySerializer(), START, Duration.ZERO);
    }

    private static TestOutputTopic<byte[], byte[]> output(TopologyTestDriver driver, String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Test
    void shouldSayAtOnceThatARecordOfABatchIsADeadLetterAlsoIfNothingElseIsKnownOfIt() {
        note(BatchNote.deadLetter("b", "responses", null, "`index` is missing"));

        BatchStatus first = status();
        assertThat(first.state()).isEqualTo(State.RUNNING);
        assertThat(first.deadLetters()).isEqualTo(1);
        assertThat(first.deadLetterReason()).isEqualTo("`index` is missing");
        assertThat(first.incomplete()).isFalse();
        assertThat(first.submittedAt()).isEqualTo(START);

        driver.advanceWallClockTime(BatchRounds.SILENCE);
        assertThat(status().incomplete()).isTrue();
        driver.advanceWallClockTime(INTERVAL);
        assertThat(statuses.isEmpty()).isTrue();
    }

    @Test
    void shouldNotSayThatNothingMoreComesWhileOtherItemsMayBeInTheirFirstCalls() {
        note(BatchNote.deadLetter("b", "responses", 2, "`index` is missing"));
        driver.advanceWallClockTime(BatchRounds.SILENCE.multipliedBy(20));
        driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(statuses)).isNotEmpty().noneMatch(BatchStatus::incomplete);

        send(0, 2);
        driver.advanceWallClockTime(BatchRounds.SILENCE);
        driver.advanceWallClockTime(INTERVAL);
        List<BatchStatus> all = drain(statuses);
        assertThat(all.get(all.size() - 1).incomplete()).isTrue();
    }

    @Test
    void shouldStayIncompleteWhenTheDeadLettersMakeUpForWhatIsMissing() {
        send(0, 3);
        note(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"));
        driver.advanceWallClockTime(BatchRounds.SILENCE);
        driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(statuses)).as("one may still come").noneMatch(BatchStatus::incomplete);

        send(1, 3);
        drain(statuses);
        driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(statuses)).as("not silent for long").noneMatch(BatchStatus::incomplete);
        driver.advanceWallClockTime(BatchRounds.SILENCE);
        BatchStatus last = status();
        assertThat(last.incomplete()).isTrue();
        assertThat(last.state()).isEqualTo(State.RUNNING);

        send(2, 3);
        assertThat(status().state()).as("sent again").isEqualTo(State.COMPLETED);
    }

    @Test
    void shouldCountADeadLetterNoMoreThatWasReplayed() {
        note(BatchNote.deadLetter("b", "responses", 3, "`index` is missing"));
        note(BatchNote.of("b", "responses", BatchNote.Kind.REPLAYED));
        drain(statuses);
        driver.advanceWallClockTime(BatchRounds.SILENCE);

        BatchStatus status = status();
        assertThat(status.deadLetters()).isZero();
        assertThat(status.incomplete()).isFalse();
    }

    @Test
    void shouldCountRepeatsWithoutTakingThemForNewsOfTheBatch() {
        send(0, 2);
        drain(statuses);
        for (int i = 0; i < 3; i++) {
            note(BatchNote.of("b", "responses", BatchNote.Kind.REPEAT));
        }
        driver.advanceWallClockTime(INTERVAL);

        BatchStatus status = status();
        assertThat(status.repeats()).isEqualTo(3);
        assertThat(status.duplicates()).isZero();
        assertThat(status.received()).isEqualTo(1);
    }

    @Test
    void shouldPassOverNotesThatNoWorkerWrites() {
        notes.pipeInput("b".getBytes(UTF_8), "garbage".getBytes(UTF_8));
        notes.pipeInput(new TestRecord<>("b".getBytes(UTF_8), null));
        notes.pipeInput("b".getBytes(UTF_8), "{\"batch_id\":\"b\",\"api\":null,\"kind\":null}".getBytes(UTF_8));

        send(0, 1);
        assertThat(status().state()).isEqualTo(State.COMPLETED);
    }

    private void note(BatchNote note) {
        notes.pipeInput(note.batchId().getBytes(UTF_8), Codecs.BATCH_NOTE.encode(note, WireFormat.JSON));
    }
}
