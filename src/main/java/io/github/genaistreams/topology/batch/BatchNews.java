package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Tells the world of batches: how far each is, and that one has reached its bounds. Part of one incarnation of a task. */
public final class BatchNews {

    /** Names of the sinks that this writes to. */
    public static final String STATUS_OUT = "batch-status";

    public static final String CONTROL_OUT = "batch-control";

    private final ProcessorContext<Object, Object> context;
    private final WireCodecs codecs;
    private final BatchStates states;

    BatchNews(ProcessorContext<Object, Object> context, WireCodecs codecs, BatchStates states) {
        this.context = context;
        this.codecs = codecs;
        this.states = states;
    }

    /** Publishes how far a batch is; its state is changed, and to be stored by the caller. */
    void publish(BatchState state) {
        state.published();
        states.unchanged(state.batchId());
        forward(state.batchId(), codecs.statuses().encode(state.status(), codecs.format()), STATUS_OUT);
    }

    /**
     * The rest of a batch that has reached one of its bounds is not called: every worker hears of that. The state is to be stored by
     * the caller.
     */
    void stopIfOverBudget(BatchState state) {
        if (state.isOverBudget()) {
            state.budgetSpent(context.currentSystemTimeMs());
            BatchControl stop = BatchControl.of(state.batchId())
                    .withBudget(state.maxCostUsd(), state.maxTotalTokens())
                    .withBudgetExceeded();
            forward(state.batchId(), Codecs.BATCH_CONTROL.encode(stop, WireFormat.JSON), CONTROL_OUT);
        }
    }

    /** Nobody need know a batch any more. */
    void forgotten(String batchId) {
        forward(batchId, null, STATUS_OUT);
    }

    /** Nobody need know any more what was said of a batch. */
    void unsaid(String batchId) {
        forward(batchId, null, CONTROL_OUT);
    }

    private void forward(String batchId, byte[] value, String sink) {
        context.forward(new Record<>(batchId, value, context.currentSystemTimeMs()), sink);
    }
}
