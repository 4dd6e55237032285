package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchControl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The periodic work for batches: it publishes changed statuses, applies controls, and forgets old batches. Part of one
 * incarnation of a task, on its stream thread.
 */
final class BatchRounds {

    /**
     * After this long without news, a cancelled batch counts as over, and a batch with dead letters as incomplete.
     * Longer than any worker needs to end items that are not called.
     */
    static final Duration SILENCE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(BatchRounds.class);

    private final BatchStates states;
    private final BatchPublisher publisher;
    private final Function<String, Optional<BatchControl>> controls;
    private final Duration retention;
    private final long startedAt;

    /**
     * @param controls  the control of a batch by its ID
     * @param startedAt when the task was started, epoch milliseconds
     */
    BatchRounds(
            BatchStates states,
            BatchPublisher publisher,
            Function<String, Optional<BatchControl>> controls,
            Duration retention,
            long startedAt) {
        this.states = states;
        this.publisher = publisher;
        this.controls = controls;
        this.retention = retention;
        this.startedAt = startedAt;
    }

    /** Publishes changed statuses, and applies controls of batches without new results. */
    void publishChanged(long now) {
        for (String batchId : states.running()) {
            about(batchId, state -> controls.apply(batchId).ifPresent(control -> apply(state, control, now)));
        }
        // Records written before this may not have been read yet.
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
                publisher.publish(state);
                states.keep(state);
            });
        }
    }

    /**
     * Runs an action for a batch. If this program fails on a batch, that batch is skipped from then on, and the others
     * are not.
     */
    private void about(String batchId, Consumer<BatchState> action) {
        try {
            BatchState state = states.known(batchId);
            if (state == null) {
                throw new IllegalStateException("it has no state");
            }
            action.accept(state);
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.atError().addKeyValue("batch", batchId).setCause(e).log("The worker failed over a batch");
            states.leaveAlone(batchId);
        }
    }

    private void apply(BatchState state, BatchControl control, long now) {
        boolean before = state.isPublished();
        state.take(control, now);
        state.endIfSilent(now, SILENCE);
        publisher.stopIfOverBudget(state);
        if (before && !state.isPublished()) {
            states.changed(state.batchId());
            states.keep(state);
        }
    }

    /**
     * Passes batches without news for the retention time to {@code forget}, which deletes their entries from the
     * stores.
     */
    void forgetOld(long now, Consumer<String> forget) {
        long oldest = now - retention.toMillis();
        List<BatchState> old = new ArrayList<>();
        states.forEach(state -> {
            if (state.lastHeardAt() < oldest) {
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
                .addKeyValue("unordered", state.order.held)
                .log("batch_forgotten");
        forget.accept(batchId);
        states.delete(batchId);
        publisher.deleteStatus(batchId);
        // A control must stay in force while items of the batch may still be waiting somewhere.
        if (state.isComplete() && controls.apply(batchId).isPresent()) {
            publisher.deleteControl(batchId);
        }
    }
}
