package io.github.genaistreams.serve.batch;

import io.github.genaistreams.serve.batch.BatchSteps.Step;
import io.github.genaistreams.serve.batch.Stored.BatchPhase;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredResponse;
import io.github.genaistreams.serve.http.FairThreads;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
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
 * Runs the {@link BatchSteps} of the batches that this replica owns.
 *
 * <p>A few batches at a time are read, and the keys take turns. Batches that wait for their calls need no thread, so
 * there may be any number of them. Small batches have threads of their own.
 */
final class BatchRunner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);

    /** Up to this size, each step of a batch takes less than a second. */
    private static final long SMALL_BYTES = 1 << 20;

    private static final int SMALL_TOTAL = 2_000;

    private static final long TICK_MS = 250;
    private static final long RETRY_MS = 5_000;

    private final ObjectTable table;
    private final OwnedPartitions owned;
    private final BatchSteps steps;
    private final Clock clock;
    private final ScheduledExecutorService ticks =
            Executors.newSingleThreadScheduledExecutor(daemon("genai-serve-tick"));
    private final ExecutorService threads = Executors.newCachedThreadPool(daemon("genai-serve-batch"));
    private final FairThreads small = new FairThreads(threads, 3, 2, Integer.MAX_VALUE);
    private final FairThreads reading = new FairThreads(threads, 4, 3, Integer.MAX_VALUE);
    private final FairThreads counting = new FairThreads(threads, 2, 1, Integer.MAX_VALUE);

    /** Until when to leave a batch alone: a thread works on it, or its last step failed. */
    private final Map<String, Long> busyUntil = new ConcurrentHashMap<>();

    BatchRunner(ObjectTable table, OwnedPartitions owned, BatchSteps steps, Clock clock) {
        this.table = table;
        this.owned = owned;
        this.steps = steps;
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
            table.forget(clock.instant().getEpochSecond());
            table.all(StoredBatch.class).filter(batch -> owned.has(batch.id())).forEach(this::check);
            table.all(StoredResponse.class)
                    .filter(response -> response.budgetPerDayUsd() != null && owned.has(response.id()))
                    .forEach(this::check);
        } catch (RuntimeException | Error e) {
            // An exception would silently end the periodic checks.
            LOG.error("The batches could not be checked; the next check follows soon", e);
        }
    }

    private void check(StoredBatch seen) {
        Long until = busyUntil.get(seen.id());
        if (until != null && until > clock.millis()) {
            return;
        }
        try {
            // The step that has just ended may have changed the batch.
            Optional<StoredBatch> batch = table.find(seen.id(), StoredBatch.class);
            if (batch.isPresent() && table.isOverwritten(seen.id())) {
                table.put(batch.get());
            } else if (batch.isPresent() && !batch.get().phase().isFinal()) {
                steps.next(batch.get()).ifPresent(step -> start(batch.get(), step));
            }
        } catch (InterruptException e) {
            // This replica stops.
        } catch (RuntimeException e) {
            LOG.warn("Batch {} is checked again in {} s", seen.id(), RETRY_MS / 1_000, e);
            busyUntil.put(seen.id(), clock.millis() + RETRY_MS);
        }
    }

    private void check(StoredResponse response) {
        try {
            steps.stopIfSpent(response);
        } catch (RuntimeException e) {
            LOG.warn("{} could not be stopped for its budget: {}", response.id(), e.toString());
        }
    }

    private void start(StoredBatch batch, Step step) {
        busyUntil.put(batch.id(), Long.MAX_VALUE);
        threads(batch, step).execute(batch.owner(), () -> run(batch, step));
    }

    private FairThreads threads(StoredBatch batch, Step step) {
        boolean isSmall = batch.order().input().bytes() <= SMALL_BYTES && batch.total() <= SMALL_TOTAL;
        if (isSmall || !step.reads()) {
            return small;
        }
        return batch.phase() == BatchPhase.FINALIZING ? counting : reading;
    }

    private void run(StoredBatch batch, Step step) {
        try {
            step.work().run();
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
