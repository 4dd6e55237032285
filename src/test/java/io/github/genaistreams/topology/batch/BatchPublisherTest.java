package io.github.genaistreams.topology.batch;

import static io.github.genaistreams.topology.batch.CountedBatch.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import java.math.BigDecimal;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class BatchPublisherTest {

    private static final long NOW = 5_000;

    private final MockProcessorContext<Object, Object> context = new MockProcessorContext<>();
    private final BatchStates states = new BatchStates(
            Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("states"), Serdes.String(), Serdes.ByteArray())
                    .build());
    private final BatchPublisher publisher =
            new BatchPublisher(context, WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT), states);
    private final BatchState state = new BatchState("b", "responses");

    BatchPublisherTest() {
        context.setCurrentSystemTimeMs(NOW);
        state.take(BatchControl.of("b").withBudget(new BigDecimal("0.000002"), 100L), NOW);
    }

    private void take(int index) {
        state.take(result(index, 9, null), IndexChunk.NONE, false);
    }

    private byte[] only(String sink) {
        List<MockProcessorContext.CapturedForward<?, ?>> all = List.copyOf(context.forwarded());
        assertThat(all).hasSize(1);
        assertThat(all.get(0).childName()).contains(sink);
        assertThat(all.get(0).record().key()).isEqualTo("b");
        assertThat(all.get(0).record().timestamp()).isEqualTo(NOW);
        return (byte[]) all.get(0).record().value();
    }

    @Test
    void publishesTheStatusOfABatch() {
        take(0);
        states.changed("b");

        publisher.publish(state);

        assertThat(Codecs.BATCH_STATUS.decode(only(BatchPublisher.STATUS_OUT))).isEqualTo(state.status());
        assertThat(state.isPublished()).isTrue();
        assertThat(states.changed()).isEmpty();
    }

    @Test
    void saysOnceThatABatchHasReachedItsBound() {
        take(0);
        publisher.stopIfOverBudget(state);
        assertThat(context.forwarded()).isEmpty();

        take(1);
        publisher.stopIfOverBudget(state);
        publisher.stopIfOverBudget(state);

        BatchControl stop = Codecs.BATCH_CONTROL.decode(only(BatchPublisher.CONTROL_OUT));
        assertThat(stop.stopped()).contains(BatchControl.BUDGET_EXCEEDED);
        assertThat(stop.maxCostUsd()).as("of the bound that is reached").isEqualByComparingTo("0.000002");
        assertThat(stop.maxTotalTokens()).isEqualTo(100);
        assertThat(state.status().stopped()).isEqualTo(BatchControl.BUDGET_EXCEEDED);
    }

    @Test
    void deletesTheStatusOfAForgottenBatch() {
        publisher.deleteStatus("b");

        assertThat(only(BatchPublisher.STATUS_OUT)).isNull();
    }

    @Test
    void deletesTheControlsOfABatch() {
        publisher.deleteControl("b");

        assertThat(only(BatchPublisher.CONTROL_OUT)).isNull();
    }
}
