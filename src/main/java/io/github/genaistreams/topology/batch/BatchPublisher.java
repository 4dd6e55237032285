package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the statuses of batches, and the stop of a batch that has reached a bound. Part of one incarnation of a task.
 */
public final class BatchPublisher {

    /** Names of the sinks for this output. */
    public static final String STATUS_OUT = "batch-status";

    public static final String CONTROL_OUT = "batch-control";

    private final ProcessorContext<Object, Object> context;
    private final WireCodecs codecs;
    private final BatchStates states;

    BatchPublisher(ProcessorContext<Object, Object> context, WireCodecs codecs, BatchStates states) {
        this.context = context;
        this.codecs = codecs;
        this.states = states;
    }

    /** Publishes the status of a batch. This changes the state; the caller stores it. */
    void publish(BatchState state) {
        state.published();
        states.unchanged(state.batchId());
        forward(state.batchId(), codecs.statuses().encode(state.status(), codecs.format()), STATUS_OUT);
    }

    /**
     * Tells every worker not to call the remaining items of a batch that has reached a bound. The caller stores the
     * state.
     */
    void stopIfOverBudget(BatchState state) {
        if (state.isOverBudget()) {
            state.budgetSpent(context.currentSystemTimeMs());
            BatchControl stop = BatchControl.of(state.batchId())
                    .withBudget(state.stop.maxCostUsd, state.stop.maxTotalTokens)
                    .withBudgetExceeded();
            forward(state.batchId(), Codecs.BATCH_CONTROL.encode(stop, WireFormat.JSON), CONTROL_OUT);
        }
    }

    /** Deletes the status of a batch from its topic. */
    void deleteStatus(String batchId) {
        forward(batchId, null, STATUS_OUT);
    }

    /** Deletes the controls of a batch. */
    void deleteControl(String batchId) {
        forward(batchId, null, CONTROL_OUT);
    }

    private void forward(String batchId, byte @Nullable [] value, String sink) {
        context.forward(new Record<>(batchId, value, context.currentSystemTimeMs()), sink);
    }
}
