package io.github.genaistreams.topology.batch;

import static io.github.genaistreams.topology.batch.AssemblerCase.INTERVAL;
import static io.github.genaistreams.topology.batch.AssemblerCase.RETENTION;
import static io.github.genaistreams.topology.batch.AssemblerCase.START;
import static io.github.genaistreams.topology.batch.AssemblerCase.drain;
import static io.github.genaistreams.topology.batch.AssemblerCase.encoded;
import static io.github.genaistreams.topology.batch.AssemblerCase.result;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.ResultSummary;
import io.github.genaistreams.wire.WireHeaders;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is counted of a batch, and when it is said. */
class BatchAssemblerTest {

    @TempDir
    Path stateDir;

    private AssemblerCase test;

    @BeforeEach
    void start() {
        test = new AssemblerCase(stateDir);
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void tellsOfABatchAtItsFirstResultThenByIntervalAndAtItsEnd() {
        test.send(0, 4);
        assertThat(test.status().state()).isEqualTo(State.RUNNING);

        test.send(2, 4);
        test.send(1, 4);
        assertThat(test.statuses.isEmpty()).isTrue();
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(test.status().succeeded()).isEqualTo(3);
        test.driver.advanceWallClockTime(INTERVAL.multipliedBy(3));
        assertThat(test.statuses.isEmpty()).isTrue();

        test.send(3, 4);
        BatchStatus last = test.status();
        assertThat(last.state()).isEqualTo(State.COMPLETED);
        assertThat(last.completedAt()).isNotNull();
        assertThat(last.cost()).isEqualByComparingTo("0.004");
        assertThat(last.costMicros()).isEqualTo(4_000);
    }

    @Test
    void completesABatchWhoseItemsHaveFailedAsAnyOther() {
        for (int index = 0; index < 4; index++) {
            test.results.pipeInput(test.record(result("b", index, 4, index % 2 == 0), new RecordHeaders()));
        }

        List<BatchStatus> all = drain(test.statuses);
        BatchStatus last = all.get(all.size() - 1);
        assertThat(last.state()).isEqualTo(State.COMPLETED);
        assertThat(last.succeeded()).isEqualTo(2);
        assertThat(last.failed()).isEqualTo(2);
        assertThat(last.failures()).containsExactly(Map.entry("server_error", 2L));
        assertThat(last.stopped()).isNull();
    }

    @Test
    void keysStatusesByBatchIdAlone() {
        test.send(0, 1);

        assertThat(test.statuses.readKeyValue().key).isEqualTo("b".getBytes(UTF_8));
    }

    @Test
    void completesABatchWhoseSizeIsToldByAControlRecordAfterItsLastResult() {
        test.send(0, null);
        test.send(1, null);
        drain(test.statuses);

        test.say(BatchControl.of("b").withBatchSize(2));
        test.driver.advanceWallClockTime(INTERVAL);

        assertThat(test.status().state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void doesNotCountAResultThatComesAgain() {
        test.send(0, 2);
        test.send(0, 2);
        test.driver.advanceWallClockTime(INTERVAL);

        List<BatchStatus> all = drain(test.statuses);
        BatchStatus last = all.get(all.size() - 1);
        assertThat(last.succeeded()).isEqualTo(1);
        assertThat(last.duplicates()).isEqualTo(1);
        assertThat(last.isComplete()).isFalse();
    }

    @Test
    void saysOnceOnTheControlTopicThatABudgetIsReached() {
        test.say(BatchControl.of("b").withBudget(new BigDecimal("0.002"), null));
        test.send(0, 10);
        assertThat(test.controlOut.isEmpty()).isTrue();
        test.send(1, 10);
        test.send(2, 10);

        BatchControl stop =
                Codecs.BATCH_CONTROL.decode(test.controlOut.readRecord().value());
        assertThat(stop.budgetExceeded()).isTrue();
        assertThat(stop.maxCostUsd()).isEqualByComparingTo("0.002");
        assertThat(test.controlOut.isEmpty()).isTrue();
    }

    @Test
    void forgetsABatchWithoutNews() {
        test.restartOrdered();
        test.send(3, 10);
        test.say(BatchControl.of("b").withBatchSize(10));
        assertThat(test.driver.getKeyValueStore(Resequencer.HELD).approximateNumEntries())
                .isEqualTo(1);

        drain(test.statuses);
        test.driver.advanceWallClockTime(RETENTION.multipliedBy(2));

        assertThat(test.statuses.readKeyValuesToList()).last().satisfies(last -> assertThat(last.value)
                .isNull());
        assertThat(test.driver.getKeyValueStore(BatchAssembler.STATES).approximateNumEntries())
                .isZero();
        assertThat(test.driver.getKeyValueStore(BatchAssembler.INDEXES).approximateNumEntries())
                .isZero();
        assertThat(test.driver.getKeyValueStore(Resequencer.HELD).approximateNumEntries())
                .isZero();
        assertThat(test.controlOut.isEmpty())
                .as("items of it may still wait somewhere")
                .isTrue();
    }

    @Test
    void forgetsWhatWasSaidOfABatchThatIsComplete() {
        test.say(BatchControl.of("b").withBatchSize(1));
        test.send(0, null);

        test.driver.advanceWallClockTime(RETENTION.multipliedBy(2));

        assertThat(test.controlOut.readRecord().value()).isNull();
    }

    @Test
    void enforcesABudgetThatIsRaisedAfterItWasReached() {
        test.say(BatchControl.of("b").withBudget(new BigDecimal("0.002"), null));
        test.send(0, 10);
        test.send(1, 10);
        BatchControl stop =
                Codecs.BATCH_CONTROL.decode(test.controlOut.readRecord().value());
        test.say(stop);
        test.say(BatchControl.of("b").withBudget(new BigDecimal("0.003"), null));
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(test.controlOut.isEmpty()).isTrue();

        test.send(2, 10);

        stop = Codecs.BATCH_CONTROL.decode(test.controlOut.readRecord().value());
        assertThat(stop.budgetExceeded()).isTrue();
        assertThat(stop.maxCostUsd()).isEqualByComparingTo("0.003");
    }

    @Test
    void stopsABatchWhoseBoundIsSetBelowWhatItHasCost() {
        test.send(0, 10);
        test.send(1, 10);
        test.say(BatchControl.of("b").withBudget(new BigDecimal("0.001"), null));

        test.driver.advanceWallClockTime(INTERVAL);

        assertThat(Codecs.BATCH_CONTROL
                        .decode(test.controlOut.readRecord().value())
                        .budgetExceeded())
                .isTrue();
    }

    @Test
    void completesMoreBatchesThanItHasAtHandWhoseSizesAreToldLate() {
        int batches = 1_500;
        for (int i = 0; i < batches; i++) {
            test.results.pipeInput(test.record(result("batch-" + i, 0, null, true), new RecordHeaders()));
        }
        drain(test.statuses);
        for (int i = 0; i < batches; i++) {
            test.say(BatchControl.of("batch-" + i).withBatchSize(1));
        }

        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(test.statuses)).hasSize(batches).allMatch(BatchStatus::isComplete);
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(test.statuses.isEmpty()).isTrue();
    }

    @Test
    void endsACancelledBatchThatGetsNoMoreResults() {
        test.send(0, 10);
        test.say(BatchControl.of("b").withCancel());
        test.driver.advanceWallClockTime(INTERVAL);
        assertThat(drain(test.statuses)).noneMatch(BatchStatus::isComplete);

        test.driver.advanceWallClockTime(BatchRounds.SILENCE);
        test.driver.advanceWallClockTime(INTERVAL);

        List<BatchStatus> all = drain(test.statuses);
        assertThat(all.get(all.size() - 1).state()).isEqualTo(State.CANCELLED);
    }

    @Test
    void countsByTheSummaryBesideAResultAndDoesNotReadTheResult() {
        test.restartOrdered();
        CallResult result = result("b", 0, 1, false).toBuilder()
                .cost(new BigDecimal("0.000000001234"))
                .build();
        byte[] noResult = "Whoever parses this finds no result".getBytes(UTF_8);
        var headers = new RecordHeaders()
                .add(WireHeaders.SUMMARY, ResultSummary.of(result, noResult).orElseThrow())
                .add("theirs", "x".getBytes(UTF_8));

        test.results.pipeInput(new TestRecord<>(ItemKeys.encode(result.key()), noResult, headers, START));

        BatchStatus status = test.status();
        assertThat(status.state()).isEqualTo(State.COMPLETED);
        assertThat(status.failures()).containsExactly(Map.entry("server_error", 1L));
        assertThat(status.cost()).isEqualByComparingTo("0.000000001234");
        TestRecord<byte[], byte[]> inOrder = test.ordered.readRecord();
        assertThat(inOrder.value()).isEqualTo(noResult);
        assertThat(inOrder.headers().toArray())
                .extracting(header -> header.key())
                .containsExactly("theirs");
    }

    @Test
    void countsAResultAsItIsWhateverSummaryIsBesideIt() {
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
            test.results.pipeInput(test.record(
                    result("b", index, 6, true), new RecordHeaders().add(WireHeaders.SUMMARY, summaries.get(index))));
        }

        List<BatchStatus> all = drain(test.statuses);
        assertThat(all).extracting(BatchStatus::batchId).containsOnly("b");
        BatchStatus last = all.get(all.size() - 1);
        assertThat(last.state()).isEqualTo(State.COMPLETED);
        assertThat(last.succeeded()).isEqualTo(6);
        assertThat(last.cost()).isEqualByComparingTo("0.006");
    }

    @Test
    void ignoresRecordsThatAreNotResults() {
        test.results.pipeInput(new TestRecord<>("k".getBytes(UTF_8), "rubbish".getBytes(UTF_8)));
        test.results.pipeInput(new TestRecord<>("k".getBytes(UTF_8), null));
        for (String result : List.of(
                "{\"batch_id\":\"b\",\"index\":0,\"api\":\"responses\",\"success\":true,\"attempts\":1}",
                "{\"batch_id\":\"b\",\"index\":-1,\"api\":\"responses\",\"success\":true,\"attempts\":1}",
                "{\"batch_id\":\"b\",\"index\":2147483647,\"api\":\"responses\",\"success\":true,\"attempts\":1}")) {
            test.results.pipeInput(new TestRecord<>("k".getBytes(UTF_8), result.getBytes(UTF_8)));
        }
        test.send(0, 1);

        assertThat(test.status().isComplete()).isTrue();
    }

    /** Prints what a result takes, the test driver's own part in it. */
    @Test
    @Tag("long")
    void takesLittleTimeForAResult() {
        test.restartOrdered();
        int size = 200_000;
        long start = System.nanoTime();
        for (int i = 0; i < size; i++) {
            test.send(i, size);
            if (i % 1_000 == 0) {
                // What was written out is not kept.
                test.ordered.readKeyValuesToList();
                test.statuses.readKeyValuesToList();
                start = i == size / 2 ? System.nanoTime() : start;
            }
        }
        double micros = (System.nanoTime() - start) / 1e3 / (size / 2);

        System.out.printf("assembler: %.1f µs for a result, counted and put in order%n", micros);
        assertThat(micros).isLessThan(500);
    }

    @Test
    void countsResultsWithTextsAndHeadersOfAnyLengthAlsoInOrder() {
        test.restartOrdered();
        String large = "x".repeat(70_000);
        Headers headers = new RecordHeaders().add("k".repeat(70_000), new byte[1]);
        for (int index = 4; index >= 0; index--) {
            CallResult result = result("b", index, 5, false).toBuilder()
                    .error(new CallError(large, large, large, large, false, 500))
                    .cost(null)
                    .costUnknownReason(large)
                    .usage(new Usage(1, Map.of(large, 1L), 1, Map.of(large, 1L), 2))
                    .build();
            test.results.pipeInput(test.record(result, headers));
        }
        test.ticks(5);

        assertThat(test.orderedIndexes()).containsExactly(0, 1, 2, 3, 4);
        List<BatchStatus> all = drain(test.statuses);
        assertThat(all.get(all.size() - 1).state()).isEqualTo(State.COMPLETED);
        assertThat(all.get(all.size() - 1).failures().values()).containsExactly(5L);
    }

    @Test
    void countsResultsWhoseCostsAndTimesAreAbsurd() {
        List<Instant> times = List.of(
                Instant.ofEpochMilli(Long.MIN_VALUE),
                Instant.ofEpochMilli(-1),
                Instant.EPOCH,
                Instant.parse("9999-12-31T23:59:59Z"),
                Instant.ofEpochMilli(Long.MAX_VALUE));
        for (int index = 0; index < 5; index++) {
            test.results.pipeInput(test.record(
                    result("b", index, 5, true).toBuilder()
                            .cost(new BigDecimal("9e11"))
                            .usage(new Usage(Long.MAX_VALUE, null, Long.MAX_VALUE, null, Long.MAX_VALUE))
                            .submittedAt(times.get(index))
                            .completedAt(times.get(4 - index))
                            .build(),
                    new RecordHeaders()));
        }

        List<BatchStatus> all = drain(test.statuses);
        BatchStatus last = all.get(all.size() - 1);
        assertThat(last.state()).isEqualTo(State.COMPLETED);
        assertThat(last.cost()).isEqualByComparingTo("4.5e12");
        assertThat(last.usage().totalTokens()).isEqualTo(Long.MAX_VALUE);
        assertThat(last.submittedAt()).isEqualTo(Instant.EPOCH);
        assertThat(last.lastResultAt()).isBefore(START.plus(Duration.ofDays(2)));
    }

    @Test
    void leavesABatchAloneWhoseStateCannotBeReadAndGoesOnWithTheOthers() {
        test.send(0, 5);
        drain(test.statuses);
        test.driver.<String, byte[]>getKeyValueStore(BatchAssembler.STATES).put("later", new byte[] {99, 1, 2});
        test.driver.<String, byte[]>getKeyValueStore(BatchAssembler.STATES).put("cut", new byte[0]);

        test.results.pipeInput(test.record(result("later", 0, 1, true), new RecordHeaders()));
        test.results.pipeInput(test.record(result("cut", 0, 1, true), new RecordHeaders()));
        test.driver.advanceWallClockTime(RETENTION.dividedBy(2));
        test.send(1, 5);
        test.driver.advanceWallClockTime(INTERVAL);

        List<BatchStatus> all = drain(test.statuses);
        assertThat(all).extracting(BatchStatus::batchId).containsOnly("b");
        assertThat(all.get(all.size() - 1).succeeded()).isEqualTo(2);
        // It may be the state of a later version, which can go on with it.
        assertThat(test.driver
                        .<String, byte[]>getKeyValueStore(BatchAssembler.STATES)
                        .get("later"))
                .containsExactly(99, 1, 2);
    }
}
