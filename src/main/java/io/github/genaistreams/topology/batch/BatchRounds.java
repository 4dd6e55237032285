package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.topology.call.Controls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done about batches now and then, whether a result comes or not: what has changed is published, what was said of them is
 * heard, and those of long ago are forgotten. Part of one incarnation of a task, on its stream thread.
 */
final class BatchRounds {

    /**
     * For how long nothing comes of a cancelled batch before it counts as over, or of one with dead letters before it counts as
     * incomplete. Longer than any worker needs to end items that are not called.
     */
    static final Duration SILENCE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(BatchRounds.class);

    private final BatchStates states;
    private final BatchNews news;
    private final Controls controls;
    private final Duration retention;
    private final long startedAt;

    /** @param startedAt when the task was started, epoch milliseconds */
    BatchRounds(BatchStates states, BatchNews news, Controls controls, Duration retention, long startedAt) {
        this.states = states;
        this.news = news;
        this.controls = controls;
        this.retention = retention;
        this.startedAt = startedAt;
    }

    /** Publishes what has changed; also what was said of a batch of which no result comes. */
    void publishChanged(long now) {
        for (String batchId : states.running()) {
            about(batchId, state -> controls.of(batchId).ifPresent(control -> hear(state, control, now)));
        }
        // What was written before may not be read yet.
        boolean isSettled = now - startedAt >= SILENCE.toMillis();
        for (String batchId : isSettled ? states.lettered() : List.<String>of()) {
            about(batchId, state -> {
                state.stayIncompleteIfSilent(now, SILENCE);
                if (!state.mayStayIncomplete()) {
                    states.changed(batchId);
                    states.keep(state);
                }
            });
        }
        for (String batchId : states.changed()) {
            about(batchId, state -> {
                news.publish(state);
                states.keep(state);
            });
        }
    }

    /** Does something about a batch; one over which this software fails is left alone from then on, and the others are not. */
    private void about(String batchId, Consumer<BatchState> action) {
        try {
            BatchState state = states.known(batchId);
            if (state == null) {
                throw new IllegalStateException("there is no state of it");
            }
            action.accept(state);
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.atError().addKeyValue("batch", batchId).setCause(e).log("The worker failed over a batch");
            states.leaveAlone(batchId);
        }
    }

    private void hear(BatchState state, BatchControl control, long now) {
        boolean before = state.isPublished();
        state.take(control, now);
        state.endIfSilent(now, SILENCE);
        news.stopIfOverBudget(state);
        if (before && !state.isPublished()) {
            states.changed(state.batchId());
            states.keep(state);
        }
    }

    /** Gives what is known of batches without news for the retention to {@code forget}, which empties the stores of it. */
    void forgetOld(long now, Consumer<String> forget) {
        long oldest = now - retention.toMillis();
        List<BatchState> old = new ArrayList<>();
        states.forEach(state -> {
            if (state.lastNewsAt() < oldest) {
                old.add(state);
            }
        });
        old.forEach(state -> forget(state, forget));
    }

    private void forget(BatchState state, Consumer<String> forget) {
        String batchId = state.batchId();
        LOG.atInfo()
                .addKeyValue("batch", batchId)
                .addKeyValue("received", state.received())
                .addKeyValue("held", state.held())
                .log("batch_forgotten");
        forget.accept(batchId);
        states.delete(batchId);
        news.forgotten(batchId);
        // What was said of a batch whose items may still be waiting somewhere has to hold when they are read.
        if (state.isComplete() && controls.of(batchId).isPresent()) {
            news.unsaid(batchId);
        }
    }
}
