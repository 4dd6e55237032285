package io.github.genaistreams.topology.batch;

import static io.github.genaistreams.topology.batch.AssemblerCase.drain;
import static io.github.genaistreams.topology.batch.AssemblerCase.result;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireHeaders;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Results in order. */
class ResequencerTest {

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
    void keepsWhatWaitsOnDiskAndAByteOfEachItem() {
        test.restartOrdered();
        int items = 2_048;
        for (int index = items - 1; index > 0; index--) {
            test.send(index, items);
        }

        assertThat(test.ordered.isEmpty()).isTrue();
        var held = test.driver.<org.apache.kafka.common.utils.Bytes, byte[]>getKeyValueStore(Resequencer.HELD);
        assertThat(held.persistent()).isTrue();
        assertThat(held.approximateNumEntries()).isGreaterThan(items / 2);
        var known = test.driver.<org.apache.kafka.common.utils.Bytes, byte[]>getKeyValueStore(BatchAssembler.INDEXES);
        assertThat(known.persistent()).isTrue();
        long bytes = 0;
        try (var all = known.all()) {
            while (all.hasNext()) {
                bytes += all.next().value.length;
            }
        }
        assertThat(bytes).isEqualTo(items);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void releasesEachResultOnceAndInOrderHoweverTheyCome(long seed) {
        test.restartOrdered();
        int size = 3_000;
        List<Integer> arrivals =
                new ArrayList<>(IntStream.range(0, size).boxed().toList());
        arrivals.addAll(arrivals.subList(0, 100));
        Collections.shuffle(arrivals, new Random(seed));

        for (int at = 0; at < arrivals.size(); at++) {
            test.send(arrivals.get(at), at == 70 ? size : null);
            if (at % 500 == 0) {
                test.driver.advanceWallClockTime(Duration.ofMillis(20));
            }
        }
        test.ticks(20);

        assertThat(test.orderedIndexes())
                .containsExactlyElementsOf(IntStream.range(0, size).boxed().toList());
        assertThat(test.driver.getKeyValueStore(Resequencer.HELD).approximateNumEntries())
                .isZero();
    }

    @Test
    void releasesInBoundedTurnsWhenTheFirstIsTheSlowest() {
        test.restartOrdered();
        int size = 5_000;
        for (int i = size - 1; i > 0; i--) {
            test.send(i, size);
        }
        assertThat(test.ordered.isEmpty()).isTrue();

        test.send(0, size);
        assertThat(test.orderedIndexes().size()).isBetween(1, 1_001);
        test.ticks(200);

        assertThat(test.orderedIndexes()).endsWith(size - 1);
        assertThat(test.driver.getKeyValueStore(Resequencer.HELD).approximateNumEntries())
                .isZero();
    }

    @Test
    void ordersOnlyBatchesThatWantIt() {
        test.send(0, 2);
        assertThat(test.ordered.isEmpty()).isTrue();

        var headers = new RecordHeaders().add(WireHeaders.ORDERED, new byte[0]).add("traceparent", "x".getBytes(UTF_8));
        test.results.pipeInput(test.record(result("wants", 1, 2, true), headers));
        test.results.pipeInput(test.record(result("wants", 0, 2, true), headers));

        List<TestRecord<byte[], byte[]>> out = test.ordered.readRecordsToList();
        assertThat(out)
                .extracting(record -> ItemKeys.decode(record.key()))
                .containsExactly(new ItemKey("wants", 0), new ItemKey("wants", 1));
        assertThat(out.get(1).headers().lastHeader("traceparent").value()).isEqualTo("x".getBytes(UTF_8));
        assertThat(Codecs.CALL_RESULT.decode(out.get(1).value()).index()).isEqualTo(1);
    }

    @Test
    void putsAReplacementInPlaceOfAResultThatWaitsAndAfterOneThatDoesNot() {
        test.restartOrdered();
        var retry = new RecordHeaders().add(WireHeaders.RETRY, "r1".getBytes(UTF_8));
        test.results.pipeInput(test.record(result("b", 2, 3, false), new RecordHeaders()));
        test.results.pipeInput(test.record(result("b", 0, 3, false), new RecordHeaders()));
        test.results.pipeInput(test.record(result("b", 2, 3, true), retry));
        test.results.pipeInput(test.record(result("b", 0, 3, true), retry));
        test.results.pipeInput(test.record(result("b", 1, 3, true), new RecordHeaders()));
        // On a slow machine a turn ends early.
        test.ticks(3);

        List<CallResult> out = test.ordered.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .toList();
        assertThat(out).extracting(CallResult::index).containsExactly(0, 0, 1, 2);
        assertThat(out).extracting(CallResult::success).containsExactly(false, true, true, true);
        List<BatchStatus> all = drain(test.statuses);
        assertThat(all.get(all.size() - 1).succeeded()).isEqualTo(3);
        assertThat(all.get(all.size() - 1).replaced()).isEqualTo(2);
    }

    @Test
    void releasesOnlyTheReplacementOfAResultThatIsDueNext() {
        test.restartOrdered();
        int size = 1_500;
        for (int i = size - 1; i >= 0; i--) {
            test.results.pipeInput(test.record(result("b", i, size, i != 1_200), new RecordHeaders()));
        }
        // The first turn ends before it.
        int next = test.orderedIndexes().size();
        assertThat(next).isBetween(1, 1_200);
        var retry = new RecordHeaders().add(WireHeaders.RETRY, "r".getBytes(UTF_8));
        test.results.pipeInput(test.record(result("b", next, size, true), retry));
        test.ticks(50);

        assertThat(test.orderedIndexes())
                .containsExactlyElementsOf(IntStream.range(next, size).boxed().toList());
        assertThat(test.driver.getKeyValueStore(Resequencer.HELD).approximateNumEntries())
                .isZero();
    }

    @Test
    void goesOnBehindAHeldResultThatCannotBeRead() {
        test.restartOrdered();
        test.send(2, 3);
        test.send(1, 3);
        test.driver.<Bytes, byte[]>getKeyValueStore(Resequencer.HELD).put(BatchStores.key("b", 1), new byte[] {-9, 1});

        test.send(0, 3);
        test.ticks(3);

        assertThat(test.orderedIndexes()).containsExactly(0, 2);
    }
}
