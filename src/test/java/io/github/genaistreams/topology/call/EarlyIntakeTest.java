package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.ItemKeys;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A full lane takes in records of other batches before the intake arrives there. */
class EarlyIntakeTest {

    private static final int CAPACITY = 10;

    @RegisterExtension
    final CallCase calls = new CallCase();

    private TopicPartition requests;

    @BeforeEach
    void fillTheLane() {
        requests = calls.partitions().get(0);
        for (int index = 0; index < CAPACITY; index++) {
            write(key("large", index), CallCase.encode(request("large", index)));
            readNext();
        }
        // Nothing more is read.
        calls.lanes.readUpTo(requests, CAPACITY);
        assertThat(calls.lanes.full(List.of(requests))).isNotEmpty();
    }

    private static ResponsesRequest request(String batchId, int index) {
        return CallCase.request(index).toBuilder().batchId(batchId).build();
    }

    private static byte[] key(String batchId, int index) {
        return ItemKeys.encode(new ItemKey(batchId, index));
    }

    private int read;

    /** Behind what was read. */
    private void write(byte[] key, byte[] value) {
        calls.log.append(requests, key, value, new RecordHeaders(), CallCase.START.toEpochMilli());
    }

    /** The intake reads the next record. */
    private void readNext() {
        var next = calls.log.get(requests, read++);
        calls.requests.pipeInput(new TestRecord<>(next.key(), next.value(), next.headers(), CallCase.START));
    }

    private void readAll() {
        while (read < calls.log.size(requests)) {
            readNext();
        }
    }

    private void endCalls(int number) {
        for (int i = 0; i < number; i++) {
            calls.call(calls.api.openCalls().get(0)).succeed("done");
            calls.tick();
        }
    }

    private long callsOf(String batchId) {
        return calls.api.calls.stream()
                .filter(call -> call.request().batchId().equals(batchId))
                .count();
    }

    @Test
    void callsASmallBatchBehindALargeOneInItsTurnAndOnce() {
        write(key("small", 0), CallCase.encode(request("small", 0)));
        write(key("small", 1), CallCase.encode(request("small", 1)));

        calls.tick();
        endCalls(4);
        assertThat(callsOf("small")).isEqualTo(2);
        endCalls(4);

        readAll();
        endCalls(CAPACITY + 2 - 8);
        assertThat(calls.resultsOf("small")).extracting(CallResult::index).containsExactlyInAnyOrder(0, 1);
        assertThat(calls.api.calls).hasSize(CAPACITY + 2);
        assertThat(calls.duplicates).isEmpty();
        assertThat(calls.lanes.size()).isZero();
    }

    @Test
    void passesOverAnItemThatWasAnsweredSoLongAgoThatNothingElseKnowsIt() {
        write(key("small", 0), CallCase.encode(request("small", 0)));
        calls.tick();
        endCalls(4);
        assertThat(calls.resultsOf("small")).hasSize(1);

        calls.driver.advanceWallClockTime(Duration.ofDays(3));
        readAll();
        endCalls(CAPACITY + 1 - 4);

        assertThat(callsOf("small")).isEqualTo(1);
    }

    @Test
    void findsTheBatchInTheRequestIfTheKeyIsTheProducersOwn() {
        write("any".getBytes(UTF_8), CallCase.encode(request("small", 0)));
        write(null, CallCase.encode(request("small", 1)));

        calls.tick();
        endCalls(4);

        assertThat(callsOf("small")).isEqualTo(2);
    }

    @Test
    void leavesRecordsThatAreNotRequestsToTheIntake() {
        write(key("small", 0), "{".getBytes(UTF_8));
        write(key("small", 1), null);
        write(key("large", 3), CallCase.encode(request("large", 3)));

        calls.tick();
        endCalls(2);
        assertThat(calls.deadLetters.readValuesToList()).isEmpty();

        readAll();
        assertThat(calls.deadLetters.readValuesToList()).hasSize(2);
        assertThat(calls.duplicates).containsExactly(new ItemKey("large", 3));
    }

    @Test
    void splitsAWholeBatchOnce() {
        write(
                "any".getBytes(UTF_8),
                "{\"batch_id\":\"whole\",\"model\":\"m\",\"user_prompts\":[\"a\",\"b\"]}".getBytes(UTF_8));

        calls.tick();
        calls.tick();

        assertThat(calls.split).containsExactly("whole: 2");
    }

    @Test
    void doesNotCallABatchThatWasCancelled() {
        calls.say(BatchControl.of("small").withCancel());
        write(key("small", 0), CallCase.encode(request("small", 0)));

        calls.tick();
        assertThat(calls.resultsOf("small")).hasSize(1).allMatch(result -> !result.success());

        readAll();
        endCalls(CAPACITY);
        assertThat(callsOf("small")).isZero();
        assertThat(calls.resultsOf("small")).isEmpty();
    }

    @Test
    void takesInNoMoreThanItsOwnBoundAndLeavesTheIntakeItsOwn() {
        for (int index = 0; index < 50; index++) {
            write(key("second", index), CallCase.encode(request("second", index)));
        }

        calls.tick();
        calls.tick();
        assertThat(calls.lanes.size()).isEqualTo(CAPACITY + CAPACITY / 2);

        endCalls(4);
        assertThat(calls.lanes.full(List.of(requests)))
                .as("of the large batch, less are held than the intake may hold")
                .isEmpty();
    }

    @Test
    void takesInNothingOfAPausedBatch() {
        for (int index = 0; index < 50; index++) {
            write(key("paused", index), CallCase.encode(request("paused", index)));
        }
        write(key("small", 0), CallCase.encode(request("small", 0)));

        calls.tick();

        assertThat(calls.lanes.size()).isEqualTo(CAPACITY + 1);
        endCalls(4);
        assertThat(callsOf("small")).isEqualTo(1);
    }

    @Test
    void takesInNoMoreThanTwiceThatForBatchesThatHaveNothing() {
        for (int index = 0; index < 50; index++) {
            write(key("other-" + index, 0), CallCase.encode(request("other-" + index, 0)));
            write(key("other-" + index, 1), CallCase.encode(request("other-" + index, 1)));
        }

        for (int tick = 0; tick < 5; tick++) {
            calls.tick();
        }
        assertThat(calls.lanes.size()).isEqualTo(2 * CAPACITY);
    }

    @Test
    void callsALateBatchAlthoughWhatCameEarlyBeforeItCannotBeCalled() {
        for (int batch = 0; batch < CAPACITY / 2; batch++) {
            for (int index = 0; index < CAPACITY; index++) {
                var alone = request("alone-" + batch, index).toBuilder()
                        .maxConcurrentRequests(1)
                        .build();
                write(key("alone-" + batch, index), CallCase.encode(alone));
            }
        }
        for (int tick = 0; tick < 5; tick++) {
            calls.tick();
        }
        write(key("late", 0), CallCase.encode(request("late", 0)));
        calls.tick();

        endCalls(12);

        assertThat(callsOf("late")).isEqualTo(1);
    }

    @Test
    void takesNothingAheadWhileThereIsRoom() {
        endCalls(1);
        write(key("small", 0), CallCase.encode(request("small", 0)));

        calls.tick();
        endCalls(CAPACITY - 1);

        assertThat(callsOf("small")).isZero();
        readAll();
        assertThat(callsOf("small")).isEqualTo(1);
    }
}
