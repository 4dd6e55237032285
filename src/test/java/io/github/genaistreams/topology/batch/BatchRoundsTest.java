package io.github.genaistreams.topology.batch;

import static io.github.genaistreams.topology.batch.CountedBatch.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class BatchRoundsTest {

    private static final Duration RETENTION = Duration.ofHours(1);
    private static final long SILENCE = BatchRounds.SILENCE.toMillis();
    private static final long START = 1_000_000;

    private final MockProcessorContext<Object, Object> context = new MockProcessorContext<>();
    private final KeyValueStore<String, byte[]> store = Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore("states"), Serdes.String(), Serdes.ByteArray())
            .withLoggingDisabled()
            .build();
    private final BatchStates states;
    private final Map<String, BatchControl> controls = new HashMap<>();
    private final List<String> forgotten = new ArrayList<>();
    private final BatchRounds rounds;

    BatchRoundsTest() {
        context.setCurrentSystemTimeMs(START);
        store.init(context.getStateStoreContext(), store);
        states = new BatchStates(store);
        var publisher = new BatchPublisher(context, WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT), states);
        rounds = new BatchRounds(states, publisher, id -> Optional.ofNullable(controls.get(id)), RETENTION, START);
    }

    /** A batch with one result of two items, whose status is published. */
    private BatchState running(String id) {
        BatchState state = states.of(id, "responses").orElseThrow();
        state.take(result(0, 2, null), IndexChunk.NONE, false);
        state.heard(START);
        state.published();
        states.keep(state);
        return state;
    }

    private List<BatchStatus> published() {
        List<BatchStatus> statuses = context.forwarded().stream()
                .filter(forward -> forward.childName().equals(Optional.of(BatchPublisher.STATUS_OUT)))
                .map(forward ->
                        Codecs.BATCH_STATUS.decode((byte[]) forward.record().value()))
                .toList();
        context.resetForwards();
        return statuses;
    }

    @Test
    void publishesAndStoresWhatHasChangedOnce() {
        BatchState state = running("b");
        running("same");
        state.take(result(1, 2, null), IndexChunk.NONE, false);
        states.changed("b");

        rounds.publishChanged(START);
        assertThat(published()).extracting(BatchStatus::batchId).containsExactly("b");
        assertThat(new BatchStates(store).known("b").received()).isEqualTo(2);
        rounds.publishChanged(START);
        assertThat(published()).isEmpty();
    }

    @Test
    void appliesAControlToABatchWithoutNewResults() {
        running("b");
        controls.put("b", BatchControl.of("b").withCancel());

        rounds.publishChanged(START + 1_000);

        assertThat(published()).singleElement().satisfies(status -> {
            assertThat(status.stopped()).isEqualTo(BatchControl.CANCELLED);
            assertThat(status.state()).isEqualTo(BatchStatus.State.RUNNING);
        });
        assertThat(new BatchStates(store).known("b").status().stopped()).isEqualTo(BatchControl.CANCELLED);
    }

    @Test
    void endsACancelledBatchThatIsSilent() {
        running("b");
        controls.put("b", BatchControl.of("b").withCancel());
        rounds.publishChanged(START);
        rounds.publishChanged(START + SILENCE - 1);
        assertThat(published()).extracting(BatchStatus::state).containsExactly(BatchStatus.State.RUNNING);

        rounds.publishChanged(START + SILENCE);

        assertThat(published()).extracting(BatchStatus::state).containsExactly(BatchStatus.State.CANCELLED);
        assertThat(states.running()).isEmpty();
    }

    @Test
    void stopsABatchWhoseBoundIsLoweredBelowItsCost() {
        running("b");
        controls.put("b", BatchControl.of("b").withBudget(null, 3L));

        rounds.publishChanged(START);

        assertThat(context.forwarded())
                .anyMatch(forward -> forward.childName().equals(Optional.of(BatchPublisher.CONTROL_OUT)));
        assertThat(published()).extracting(BatchStatus::stopped).containsExactly(BatchControl.BUDGET_EXCEEDED);
    }

    @Test
    void saysThatABatchStaysIncompleteIfItsDeadLettersAreAllThatIsMissing() {
        BatchState state = running("b");
        state.take(BatchNote.deadLetter("b", "responses", 2, "`index` is missing"), START);
        state.published();
        states.keep(state);
        rounds.publishChanged(START + SILENCE - 1);
        assertThat(published()).isEmpty();

        rounds.publishChanged(START + SILENCE);

        assertThat(published()).extracting(BatchStatus::incomplete).containsExactly(true);
        rounds.publishChanged(START + 2 * SILENCE);
        assertThat(published()).isEmpty();
    }

    /** After a start, there may be records of that time which are not read yet. */
    @Test
    void callsNoBatchIncompleteRightAfterAStart() {
        BatchState state = running("b");
        state.take(BatchNote.deadLetter("b", "responses", 2, "`index` is missing"), START - 10 * SILENCE);
        state.published();
        states.keep(state);

        rounds.publishChanged(START + SILENCE - 1);
        assertThat(published()).isEmpty();
        rounds.publishChanged(START + SILENCE);
        assertThat(published()).extracting(BatchStatus::incomplete).containsExactly(true);
    }

    @Test
    void passesOverABatchThatItFailsOver() {
        running("gone");
        store.delete("gone");
        states.undo();
        BatchState state = running("b");
        states.changed("gone");
        states.changed(state.batchId());

        rounds.publishChanged(START);

        assertThat(published()).extracting(BatchStatus::batchId).containsExactly("b");
        assertThat(states.changed()).isEmpty();
    }

    @Test
    void forgetsABatchWithoutNewsForTheRetentionTime() {
        running("b");
        rounds.forgetOld(START + RETENTION.toMillis(), forgotten::add);
        assertThat(forgotten).isEmpty();

        rounds.forgetOld(START + RETENTION.toMillis() + 1, forgotten::add);

        assertThat(forgotten).containsExactly("b");
        assertThat(store.get("b")).isNull();
        assertThat(context.forwarded()).singleElement().satisfies(forward -> {
            assertThat(forward.childName()).contains(BatchPublisher.STATUS_OUT);
            assertThat(forward.record().value()).isNull();
        });
    }

    @Test
    void forgetsTheControlOfABatchOnlyIfItIsComplete() {
        running("waits");
        BatchState complete = running("complete");
        complete.take(result(1, 2, null), IndexChunk.NONE, false);
        states.keep(complete);
        controls.put("waits", BatchControl.of("waits").withCancel());
        controls.put("complete", BatchControl.of("complete").withBatchSize(2));

        rounds.forgetOld(START + RETENTION.toMillis() + 1, forgotten::add);

        assertThat(forgotten).containsExactlyInAnyOrder("waits", "complete");
        assertThat(context.forwarded().stream()
                        .filter(forward -> forward.childName().equals(Optional.of(BatchPublisher.CONTROL_OUT)))
                        .<Object>map(forward -> forward.record().key())
                        .toList())
                .isEqualTo(List.of("complete"));
    }
}
