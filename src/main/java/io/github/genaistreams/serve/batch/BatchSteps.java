package io.github.genaistreams.serve.batch;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.serve.batch.Stored.BatchPhase;
import io.github.genaistreams.serve.batch.Stored.InputFault;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The steps that take a batch from its file to its output:
 *
 * <pre>
 * VALIDATING ──▶ IN_PROGRESS ──▶ FINALIZING ──▶ COMPLETED, EXPIRED or CANCELLED
 *     └────────▶ FAILED, EXPIRED or CANCELLED
 * </pre>
 *
 * <p>Documents are checked when they are uploaded, so their batches start in progress. A batch in progress also fails
 * if its file expires before anything is submitted.
 *
 * <p>Each step is written down before the next one starts. A step may run twice, because a replica that takes over
 * repeats the last one. A request that is submitted twice is called once.
 */
final class BatchSteps {

    private final ObjectTable table;
    private final OwnedPartitions owned;
    private final FileContent files;
    private final BatchClient client;
    private final Budgets budgets;
    private final int maxLineBytes;
    private final Clock clock;

    /** Batches for which this replica has sent a cancellation. */
    private final Set<String> cancelled = ConcurrentHashMap.newKeySet();

    /** Batches and responses that this replica has stopped because of a budget. */
    private final Set<String> stopped = ConcurrentHashMap.newKeySet();

    /**
     * A step of a batch.
     *
     * @param reads whether it reads the batch's file or results, which may take long
     */
    record Step(boolean reads, StepAction work) {}

    /** What a step does. It may wait. */
    interface StepAction {
        void run() throws IOException;
    }

    /** @param maxLineBytes maximum size of a line of an input file */
    BatchSteps(
            ObjectTable table,
            OwnedPartitions owned,
            FileContent files,
            BatchClient client,
            Budgets budgets,
            int maxLineBytes,
            Clock clock) {
        this.table = table;
        this.owned = owned;
        this.files = files;
        this.client = client;
        this.budgets = budgets;
        this.maxLineBytes = maxLineBytes;
        this.clock = clock;
    }

    /** The step that a batch needs now; empty if it waits for its calls. */
    Optional<Step> next(StoredBatch batch) {
        boolean isCancelled = table.cancellation(batch.id()).isPresent();
        if (batch.phase() == BatchPhase.FINALIZING) {
            return read(() -> end(batch, isCancelled));
        }
        if (batch.phase() == BatchPhase.VALIDATING) {
            boolean isLate = now() >= batch.expiresAt();
            return isCancelled || isLate
                    ? write(batch.in(isCancelled ? BatchPhase.CANCELLED : BatchPhase.EXPIRED, now()))
                    : read(() -> validate(batch));
        }
        Optional<BatchStatus> status = client.reattach(batch.id()).status();
        boolean isSubmitted = batch.submitted() == batch.total();
        // If the file expired while it was submitted, the workers wait for more requests than there are.
        boolean isOver = status.filter(known -> known.isOver() || isSubmitted && known.received() >= batch.total())
                .isPresent();
        if (isSubmitted && isOver) {
            return write(batch.in(BatchPhase.FINALIZING, now()));
        }
        if (!batch.isExpired() && now() >= batch.expiresAt()) {
            return write(batch.expired());
        }
        stopIfDue(batch, isCancelled);
        return isSubmitted ? Optional.empty() : read(() -> submit(batch));
    }

    private void stopIfDue(StoredBatch batch, boolean isCancelled) {
        if ((isCancelled || batch.isExpired()) && !cancelled.contains(batch.id())) {
            client.control(BatchControl.of(batch.id()).withCancel());
            cancelled.add(batch.id());
        }
        if (!stopped.contains(batch.id())
                && budgets.isSpent(batch, batch.order().budgetPerDayUsd())) {
            client.control(budgets.stop(batch.id(), batch.order().maxCostUsd()));
            stopped.add(batch.id());
        }
    }

    private void validate(StoredBatch batch) throws IOException {
        Optional<BatchInput.Checked> checked;
        try {
            checked = prompts(batch).check(() -> goesOn(batch));
        } catch (FileContent.GoneException e) {
            fail(batch, List.of(gone()));
            return;
        }
        if (checked.isEmpty()) {
            return;
        }
        if (!checked.get().faults().isEmpty()) {
            fail(batch, checked.get().faults());
            return;
        }
        if (batch.order().maxCostUsd() != null) {
            client.control(BatchControl.of(batch.id()).withBudget(batch.order().maxCostUsd(), null));
        }
        keep(batch.withTotal(checked.get().requests()).in(BatchPhase.IN_PROGRESS, now()));
    }

    private static InputFault gone() {
        return new InputFault(
                "invalid_input_file", "The content of the input file has expired.", "input_file_id", null);
    }

    private void fail(StoredBatch batch, List<InputFault> faults) {
        keep(batch.withFaults(faults).in(BatchPhase.FAILED, now()));
    }

    /** A batch that is cancelled in the meantime is submitted, too: the workers end each item without a call. */
    private void submit(StoredBatch batch) throws IOException {
        try {
            input(batch).submit(client, () -> goesOn(batch), submitted -> keep(batch.withSubmitted(submitted)));
        } catch (FileContent.GoneException e) {
            StoredBatch latest = table.find(batch.id(), StoredBatch.class).orElse(batch);
            if (latest.submitted() == 0) {
                // No worker knows the batch, so nobody publishes its status.
                fail(latest, List.of(gone()));
                return;
            }
            keep(latest.withFaults(List.of(gone()))
                    .withTotal(latest.submitted())
                    .withSubmitted(latest.submitted()));
        }
    }

    /** Whether a step may go on: the batch needs no other step first, and this replica still owns it. */
    private boolean goesOn(StoredBatch batch) {
        boolean isDue = table.cancellation(batch.id()).isPresent() && !cancelled.contains(batch.id())
                || !batch.isExpired() && now() >= batch.expiresAt();
        return !isDue && owned.has(batch.id()) && !Thread.currentThread().isInterrupted();
    }

    private Input input(StoredBatch batch) {
        return batch.order().isOfDocuments()
                ? new DocumentInput(batch, () -> files.read(batch.order().input()))
                : prompts(batch);
    }

    private BatchInput prompts(StoredBatch batch) {
        return new BatchInput(
                batch, maxLineBytes, () -> files.read(batch.order().input()));
    }

    private void end(StoredBatch batch, boolean isCancelled) throws IOException {
        var outcome = BatchOutput.count(client, batch);
        int missing = batch.total() - outcome.succeeded() - outcome.failed();
        StoredBatch ended = batch.withOutcome(outcome);
        if (missing > 0) {
            ended = ended.withFaults(List.of(new InputFault(
                    "lost_requests",
                    missing + " requests have no result: their records became dead letters, or the result topic no"
                            + " longer has their results.",
                    null,
                    null)));
        }
        keep(ended.in(
                isCancelled ? BatchPhase.CANCELLED : batch.isExpired() ? BatchPhase.EXPIRED : BatchPhase.COMPLETED,
                now()));
        cancelled.remove(batch.id());
        stopped.remove(batch.id());
    }

    /** Only the owner of a batch writes it. */
    private void keep(StoredBatch batch) {
        if (owned.has(batch.id())) {
            table.put(batch);
        }
    }

    private Optional<Step> write(StoredBatch batch) {
        return Optional.of(new Step(false, () -> keep(batch)));
    }

    private static Optional<Step> read(StepAction work) {
        return Optional.of(new Step(true, work));
    }

    /** Stops a response whose owner has spent the budget of its day. */
    void stopIfSpent(StoredResponse response) {
        boolean isOpen = !stopped.contains(response.id())
                && client.reattach(response.id())
                        .status()
                        .filter(BatchStatus::isOver)
                        .isEmpty();
        if (isOpen && budgets.isSpent(response, response.budgetPerDayUsd())) {
            client.control(budgets.stop(response.id(), null));
            stopped.add(response.id());
        }
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
