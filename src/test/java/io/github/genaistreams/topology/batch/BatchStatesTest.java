package io.github.genaistreams.topology.batch;

import static io.github.genaistreams.topology.batch.CountedBatch.NOW;
import static io.github.genaistreams.topology.batch.CountedBatch.result;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchNote;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class BatchStatesTest {

    private final KeyValueStore<String, byte[]> store = Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore("states"), Serdes.String(), Serdes.ByteArray())
            .withLoggingDisabled()
            .build();
    private final BatchStates states;

    BatchStatesTest() {
        var context = new MockProcessorContext<Object, Object>();
        store.init(context.getStateStoreContext(), store);
        states = new BatchStates(store);
    }

    private static BatchState batch(String id, int size, int results) {
        var batch = new BatchState(id, "responses");
        for (int i = 0; i < results; i++) {
            batch.take(result(i, size, null), IndexChunk.NONE, false);
        }
        return batch;
    }

    private static BatchState withDeadLetter(String id) {
        var batch = new BatchState(id, "responses");
        batch.take(BatchNote.deadLetter(id, "responses", 3, "`index` is missing"), NOW);
        return batch;
    }

    private void stored(BatchState state) {
        store.put(state.batchId(), BatchStateCodec.encode(state));
    }

    @Test
    void makesANewStateForAnUnknownBatchWhichIsNotStoredYet() {
        BatchState state = states.of("b", "responses").orElseThrow();

        assertThat(state.received()).isZero();
        assertThat(states.of("b", "responses")).containsSame(state);
        assertThat(store.get("b")).isNull();
        assertThat(states.known("other")).isNull();
    }

    @Test
    void readsAStoredState() {
        stored(batch("b", 3, 2));

        assertThat(states.known("b").received()).isEqualTo(2);
        assertThat(states.of("b", "responses").orElseThrow()).isSameAs(states.known("b"));
    }

    @Test
    void storesAChangedState() {
        BatchState state = states.of("b", "responses").orElseThrow();
        state.take(result(0, 2, null), IndexChunk.NONE, false);
        states.keep(state);

        assertThat(new BatchStates(store).known("b").received()).isEqualTo(1);
        assertThat(states.running()).containsExactly("b");
    }

    @Test
    void undoesWhatIsNotStored() {
        BatchState state = states.of("b", "responses").orElseThrow();
        states.keep(state);
        state.take(result(0, 2, null), IndexChunk.NONE, false);

        states.undo();

        assertThat(states.known("b").received()).isZero();
    }

    @Test
    void readsAgainWhichBatchesNeedAttention() {
        stored(batch("running", 3, 2));
        BatchState over = batch("over", 1, 1);
        over.published();
        stored(over);
        stored(withDeadLetter("lettered"));
        List<String> resumed = new ArrayList<>();

        states.resume(state -> resumed.add(state.batchId()));

        assertThat(resumed).containsExactlyInAnyOrder("running", "over", "lettered");
        assertThat(states.changed()).containsExactlyInAnyOrder("running", "lettered");
        assertThat(states.running()).containsExactlyInAnyOrder("running", "lettered");
        assertThat(states.lettered()).containsExactly("lettered");
    }

    @Test
    void attendsToABatchNoMoreThatIsOver() {
        BatchState state = withDeadLetter("b");
        states.keep(state);
        assertThat(states.lettered()).containsExactly("b");
        for (int i = 0; i < 3; i++) {
            state.take(result(i, 3, null), IndexChunk.NONE, false);
        }
        states.keep(state);

        assertThat(states.running()).isEmpty();
        assertThat(states.lettered()).isEmpty();
    }

    @Test
    void keepsAStateThatItCannotReadAndPassesOverIt() {
        store.put("b", "garbage".getBytes(UTF_8));
        stored(batch("good", 1, 1));
        List<String> read = new ArrayList<>();
        states.forEach(state -> read.add(state.batchId()));

        assertThat(read).containsExactly("good");
        assertThat(states.of("b", "responses")).isEmpty();
        assertThat(states.known("b")).isNull();
        assertThat(store.get("b")).asString(UTF_8).isEqualTo("garbage");
    }

    @Test
    void doesNotTakeTheStateOfAnotherBatch() {
        store.put("b", BatchStateCodec.encode(batch("other", 1, 1)));

        assertThat(states.of("b", "responses")).isEmpty();
    }

    @Test
    void listsABatchAsChangedUntilItsStatusIsPublished() {
        states.changed("b");
        assertThat(states.changed()).containsExactly("b");
        states.unchanged("b");
        assertThat(states.changed()).isEmpty();
    }

    @Test
    void leavesABatchAloneUntilItsNextRecord() {
        BatchState state = withDeadLetter("b");
        states.keep(state);
        states.changed("b");

        states.leaveAlone("b");

        assertThat(states.running()).isEmpty();
        assertThat(states.lettered()).isEmpty();
        assertThat(states.changed()).isEmpty();
        assertThat(states.known("b")).as("as it is stored").isNotSameAs(state);
        states.keep(states.known("b"));
        assertThat(states.running()).containsExactly("b");
    }

    @Test
    void deletesABatch() {
        states.keep(states.of("b", "responses").orElseThrow());
        states.delete("b");

        assertThat(states.known("b")).isNull();
        assertThat(store.get("b")).isNull();
        assertThat(states.running()).isEmpty();
    }

    @Test
    void readsTheStateOfABatchAgainAfterAThousandOthers() {
        BatchState first = states.of("first", "responses").orElseThrow();
        states.keep(first);
        for (int i = 0; i < 1_000; i++) {
            states.of("b" + i, "responses");
        }

        assertThat(states.known("first")).isNotNull().isNotSameAs(first);
    }
}
