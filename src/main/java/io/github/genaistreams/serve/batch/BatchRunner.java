package io.github.genaistreams.serve.batch;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.serve.batch.Stored.Cancellation;
import io.github.genaistreams.serve.batch.Stored.Fault;
import io.github.genaistreams.serve.batch.Stored.Phase;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredResponse;
import io.github.genaistreams.serve.http.FairThreads;
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
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads each batch from its file to its output:
 *
 * <pre>
 * VALIDATING ──▶ IN_PROGRESS ──▶ FINALIZING ──▶ COMPLETED, EXPIRED or CANCELLED
 *     └────────▶ FAILED, EXPIRED or CANCELLED
 * </pre>
 *
 * <p>Documents are checked when they are uploaded, and begin in progress. A batch whose file is gone before anything was
 * submitted fails from there, too.
 *
 * <p>Each step is written down before the next begins, and may be done twice: a replica that takes over repeats the last
 * one. Requests that are submitted twice are called once. A few batches at a time are read, and keys take turns; any
 * number of batches waits for its calls without a thread. Small batches have threads of their own.
 */
final class BatchRunner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);

    /** A batch is small up to these; then a step of it takes less than a second. */
    private static final long SMALL_BYTES = 1 << 20;

    private static final int SMALL_TOTAL = 2_000;

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
    private final ExecutorService threads = Executors.newCachedThreadPool(daemon("genai-serve-batch"));
    private final FairThreads small = new FairThreads(threads, 3, 2, Integer.MAX_VALUE);
    private final FairThreads reading = new FairThreads(threads, 4, 3, Integer.MAX_VALUE);
    private final FairThreads counting = new FairThreads(threads, 2, 1, Integer.MAX_VALUE);

    /** Batches on which a thread works, or which it has left alone until a time. */
    private final Map<String, Long> busyUntil = new ConcurrentHashMap<>();

    /** Batches to which this replica has sent a cancellation, and those that it has stopped for their budget. */
    private final Set<String> cancelled = ConcurrentHashMap.newKeySet();

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

    private static ThreadFactory daemon(String name) {
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
            table.forget(now());
            table.all(StoredBatch.class).filter(batch -> owned.has(batch.id())).forEach(this::look);
            table.all(StoredResponse.class)
                    .filter(response -> response.budgetPerDayUsd() != null && owned.has(response.id()))
                    .forEach(this::look);
        } catch (RuntimeException | Error e) {
            // An exception would end all further ticks without a word.
            LOG.error("The batches of the front door are checked again soon", e);
        }
    }

    private void look(StoredBatch seen) {
        Long until = busyUntil.get(seen.id());
        if (until != null && until > clock.millis()) {
            return;
        }
        try {
            // Once more: it may have changed before it was no longer busy.
            Optional<StoredBatch> batch = table.find(seen.id(), StoredBatch.class);
            if (batch.isPresent() && table.isOverwritten(seen.id())) {
                table.put(batch.get());
            } else if (batch.isPresent() && !batch.get().phase().isFinal()) {
                step(batch.get()).ifPresent(work -> start(batch.get(), work));
            }
        } catch (InterruptException e) {
            // This replica stops.
        } catch (RuntimeException e) {
            LOG.warn("Batch {} is checked again in {} s", seen.id(), RETRY_MS / 1_000, e);
            busyUntil.put(seen.id(), clock.millis() + RETRY_MS);
        }
    }

    private void look(StoredResponse response) {
        try {
            boolean isOpen = !stopped.contains(response.id())
                    && client.reattach(response.id())
                            .status()
                            .filter(BatchStatus::isOver)
                            .isEmpty();
            if (isOpen && budgets.isSpent(response, response.budgetPerDayUsd())) {
                client.control(budgets.stop(response.id(), null));
                stopped.add(response.id());
            }
        } catch (RuntimeException e) {
            LOG.warn("{} could not be stopped for its budget: {}", response.id(), e.toString());
        }
    }

    /** A step of a batch, which may wait. */
    private interface Step {
        void run() throws IOException;
    }

    /** @param where the threads on which the step waits for its turn */
    private record Work(FairThreads where, Step step) {}

    private void start(StoredBatch batch, Work work) {
        busyUntil.put(batch.id(), Long.MAX_VALUE);
        work.where().execute(batch.owner(), () -> run(batch, work.step()));
    }

    /** Writes a new state of the batch, and nothing more. */
    private Optional<Work> kept(StoredBatch batch) {
        return Optional.of(new Work(small, () -> keep(batch)));
    }

    /** Reads the batch's file or its results. */
    private Optional<Work> read(StoredBatch batch, Step step) {
        return Optional.of(new Work(threads(batch), step));
    }

    private FairThreads threads(StoredBatch batch) {
        if (batch.order().input().bytes() <= SMALL_BYTES && batch.total() <= SMALL_TOTAL) {
            return small;
        }
        return batch.phase() == Phase.FINALIZING ? counting : reading;
    }

    private void run(StoredBatch batch, Step step) {
        try {
            step.run();
            busyUntil.remove(batch.id());
        } catch (InterruptException e) {
            // This replica stops.
        } catch (Throwable e) {
            LOG.warn("A step of batch {} failed and is repeated in {} s", batch.id(), RETRY_MS / 1_000, e);
            busyUntil.put(batch.id(), clock.millis() + RETRY_MS);
            if (e instanceof Error error) {
                throw error;
            }
        }
    }

    /** What is to be done for a batch now. */
    private Optional<Work> step(StoredBatch batch) {
        boolean isCancelled = isCancelled(batch);
        if (batch.phase() == Phase.FINALIZING) {
            return read(batch, () -> end(batch, isCancelled));
        }
        if (batch.phase() == Phase.VALIDATING) {
            boolean isLate = now() >= batch.expiresAt();
            return isCancelled || isLate
                    ? kept(batch.in(isCancelled ? Phase.CANCELLED : Phase.EXPIRED, now()))
                    : read(batch, () -> validate(batch));
        }
        Optional<BatchStatus> status = client.reattach(batch.id()).status();
        boolean isSubmitted = batch.submitted() == batch.total();
        // Those of a batch whose file has gone in the middle are fewer than its records say.
        boolean isOver = status.filter(known -> known.isOver() || isSubmitted && known.received() >= batch.total())
                .isPresent();
        if (isSubmitted && isOver) {
            return kept(batch.in(Phase.FINALIZING, now()));
        }
        if (!batch.isExpired() && now() >= batch.expiresAt()) {
            return kept(batch.expired());
        }
        stopIfDue(batch, isCancelled);
        return isSubmitted ? Optional.empty() : read(batch, () -> submit(batch));
    }

    private boolean isCancelled(StoredBatch batch) {
        return table.find(Cancellation.idOf(batch.id()), Cancellation.class).isPresent();
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
        keep(batch.withTotal(checked.get().requests()).in(Phase.IN_PROGRESS, now()));
    }

    private static Fault gone() {
        return new Fault("invalid_input_file", "The content of the input file has expired.", "input_file_id", null);
    }

    private void fail(StoredBatch batch, List<Fault> faults) {
        keep(batch.withFaults(faults).in(Phase.FAILED, now()));
    }

    /** Also of a batch that was cancelled meanwhile: the workers end each item without a call. */
    private void submit(StoredBatch batch) throws IOException {
        try {
            input(batch).submit(client, () -> goesOn(batch), submitted -> keep(batch.withSubmitted(submitted)));
        } catch (FileContent.GoneException e) {
            StoredBatch latest = table.find(batch.id(), StoredBatch.class).orElse(batch);
            if (latest.submitted() == 0) {
                // No worker knows it, and there will be no status.
                fail(latest, List.of(gone()));
                return;
            }
            keep(latest.withFaults(List.of(gone()))
                    .withTotal(latest.submitted())
                    .withSubmitted(latest.submitted()));
        }
    }

    /** Whether there is nothing more urgent to do for the batch. */
    private boolean goesOn(StoredBatch batch) {
        boolean isDue = isCancelled(batch) && !cancelled.contains(batch.id())
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
            ended = ended.withFaults(List.of(new Fault(
                    "lost_requests",
                    missing + " requests have no result: their records became dead letters, or the result topic no"
                            + " longer has their results.",
                    null,
                    null)));
        }
        keep(ended.in(isCancelled ? Phase.CANCELLED : batch.isExpired() ? Phase.EXPIRED : Phase.COMPLETED, now()));
        cancelled.remove(batch.id());
        stopped.remove(batch.id());
        busyUntil.remove(batch.id());
    }

    /** Nothing is written by a replica that no longer leads the batch. */
    private void keep(StoredBatch batch) {
        if (owned.has(batch.id())) {
            table.put(batch);
        }
    }

    private long now() {
        return clock.millis() / 1_000;
    }

    @Override
    public void close() {
        ticks.shutdownNow();
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(5, TimeUnit.SECONDS)) {
                LOG.warn("A step of a batch did not finish in time; another replica repeats it");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
