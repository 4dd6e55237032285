package io.github.genaistreams.serve.batch;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.serve.batch.Stored.Cancellation;
import io.github.genaistreams.serve.batch.Stored.Fault;
import io.github.genaistreams.serve.batch.Stored.Phase;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredFile;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads each batch from its file to its output:
 *
 * <pre>
 * VALIDATING ──▶ IN_PROGRESS ──▶ FINALIZING ──▶ COMPLETED, EXPIRED or CANCELLED
 *     ├────────▶ FAILED
 *     └────────▶ CANCELLED
 * </pre>
 *
 * <p>Each step is written down before the next begins, and may be done twice: a replica that takes over repeats the last
 * one. Requests that are submitted twice are called once. Four batches at a time are read; any number of them waits for
 * its calls without a thread.
 */
final class BatchRunner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);

    private static final int READ_AT_ONCE = 4;
    private static final long TICK_MS = 250;
    private static final long RETRY_MS = 5_000;

    private final ObjectTable table;
    private final Owned owned;
    private final FileContent files;
    private final BatchClient client;
    private final Budgets budgets;
    private final int maxLineBytes;
    private final Clock clock;
    private final ScheduledExecutorService ticks =
            Executors.newSingleThreadScheduledExecutor(daemon("genai-serve-tick"));
    private final ExecutorService work = Executors.newFixedThreadPool(READ_AT_ONCE, daemon("genai-serve-batch"));

    /** Batches on which a thread works, or which it has left alone until a time. */
    private final Map<String, Long> busyUntil = new ConcurrentHashMap<>();

    /** Batches to which this replica has sent a cancellation or a stop. */
    private final Set<String> stopped = ConcurrentHashMap.newKeySet();

    /** @param maxLineBytes of a line of an input file */
    BatchRunner(
            ObjectTable table,
            Owned owned,
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

    private static java.util.concurrent.ThreadFactory daemon(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    void start() {
        ticks.scheduleWithFixedDelay(this::tick, 0, TICK_MS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        try {
            table.all(StoredBatch.class)
                    .filter(batch -> !batch.phase().isFinal() && owned.has(batch.id()))
                    .forEach(this::look);
        } catch (RuntimeException e) {
            LOG.warn("The batches of the front door could not be looked at: {}", e.toString());
        }
    }

    private void look(StoredBatch batch) {
        Long until = busyUntil.get(batch.id());
        if (until != null && until > clock.millis()) {
            return;
        }
        Optional<Step> step;
        try {
            step = step(batch);
        } catch (BatchClientException e) {
            LOG.warn("Batch {} waits for Kafka: {}", batch.id(), e.getMessage());
            busyUntil.put(batch.id(), clock.millis() + RETRY_MS);
            return;
        }
        step.ifPresent(next -> {
            busyUntil.put(batch.id(), Long.MAX_VALUE);
            work.execute(() -> run(batch, next));
        });
    }

    /** A step of a batch, which may wait. */
    private interface Step {
        void run() throws IOException;
    }

    private void run(StoredBatch batch, Step step) {
        try {
            step.run();
            busyUntil.remove(batch.id());
        } catch (InterruptException e) {
            // This replica stops.
        } catch (IOException | RuntimeException e) {
            LOG.warn("A step of batch {} failed and is tried again in {} s", batch.id(), RETRY_MS / 1_000, e);
            busyUntil.put(batch.id(), clock.millis() + RETRY_MS);
        }
    }

    /** What is to be done for a batch now. */
    private Optional<Step> step(StoredBatch batch) {
        boolean isCancelled =
                table.find(Cancellation.idOf(batch.id()), Cancellation.class).isPresent();
        if (batch.phase() == Phase.VALIDATING) {
            return Optional.of(isCancelled ? () -> keep(batch.in(Phase.CANCELLED, now())) : () -> validate(batch));
        }
        if (batch.phase() == Phase.FINALIZING) {
            return Optional.of(() -> end(batch, isCancelled));
        }
        Optional<BatchStatus> status = client.reattach(batch.id()).status();
        boolean isOver = status.isPresent() && status.get().isOver();
        if (!isOver) {
            if (isCancelled || batch.isExpired()) {
                stop(batch.id(), BatchControl.of(batch.id()).withCancel());
            } else if (now() >= batch.expiresAt()) {
                return Optional.of(() -> keep(batch.expired()));
            } else if (budgets.isSpent(batch)) {
                stop(batch.id(), budgets.stop(batch));
            }
        }
        if (batch.submitted() < batch.total()) {
            return Optional.of(() -> submit(batch));
        }
        return isOver ? Optional.of(() -> keep(batch.in(Phase.FINALIZING, now()))) : Optional.empty();
    }

    private void stop(String batchId, BatchControl control) {
        if (!stopped.contains(batchId)) {
            client.control(control);
            stopped.add(batchId);
        }
    }

    private void validate(StoredBatch batch) throws IOException {
        Optional<StoredFile> file = table.find(batch.order().inputFileId(), StoredFile.class);
        if (file.isEmpty()) {
            fail(batch, List.of(new Fault("invalid_input_file", "The input file was deleted.", "input_file_id", null)));
            return;
        }
        Optional<Input.Checked> checked = input(batch, file.get()).check(() -> goesOn(batch));
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
        keep(batch.withTotal(checked.get().requests()).in(Phase.IN_PROGRESS, now()));
    }

    private void fail(StoredBatch batch, List<Fault> faults) {
        keep(batch.withFaults(faults).in(Phase.FAILED, now()));
    }

    /** Also of a batch that was cancelled meanwhile: the workers end each item without a call. */
    private void submit(StoredBatch batch) throws IOException {
        Optional<StoredFile> file = table.find(batch.order().inputFileId(), StoredFile.class);
        if (file.isEmpty()) {
            throw new IOException("its input file was deleted");
        }
        input(batch, file.get()).submit(client, () -> goesOn(batch), submitted -> keep(batch.withSubmitted(submitted)));
    }

    private boolean goesOn(StoredBatch batch) {
        return owned.has(batch.id()) && !Thread.currentThread().isInterrupted();
    }

    private Input input(StoredBatch batch, StoredFile file) {
        return batch.order().isOfDocuments()
                ? new DocumentInput(batch, () -> files.read(file))
                : new BatchInput(batch, maxLineBytes, () -> files.read(file));
    }

    private void end(StoredBatch batch, boolean isCancelled) {
        var outcome = BatchOutput.count(client, batch);
        int missing = batch.total() - outcome.succeeded() - outcome.failed();
        StoredBatch ended = batch.withOutcome(outcome);
        if (missing > 0) {
            ended = ended.withFaults(List.of(new Fault(
                    "lost_requests",
                    missing
                            + " requests have no result: their records became dead letters, or the result topic no longer has them.",
                    null,
                    null)));
        }
        keep(ended.in(isCancelled ? Phase.CANCELLED : batch.isExpired() ? Phase.EXPIRED : Phase.COMPLETED, now()));
        stopped.remove(batch.id());
    }

    private void keep(StoredBatch batch) {
        table.put(batch);
    }

    private long now() {
        return clock.millis() / 1_000;
    }

    @Override
    public void close() {
        ticks.shutdownNow();
        work.shutdownNow();
        try {
            if (!work.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.warn("A step of a batch did not end in time; another replica repeats it");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
