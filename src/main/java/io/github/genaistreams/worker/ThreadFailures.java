package io.github.genaistreams.worker;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces a failed stream thread, and gives up when threads keep failing: the process should end then, so that its
 * manager notices. Thread-safe.
 */
final class ThreadFailures implements StreamsUncaughtExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ThreadFailures.class);

    static final Duration WINDOW = Duration.ofMinutes(10);

    private final int max;
    private final Runnable onGivingUp;
    private final LongSupplier nanoTime;
    private final Deque<Long> failures = new ArrayDeque<>();
    private long total;

    /** @param max number of failures within {@link #WINDOW} after which a thread is still replaced */
    ThreadFailures(int max, Runnable onGivingUp) {
        this(max, onGivingUp, System::nanoTime);
    }

    ThreadFailures(int max, Runnable onGivingUp, LongSupplier nanoTime) {
        this.max = max;
        this.onGivingUp = onGivingUp;
        this.nanoTime = nanoTime;
    }

    /** Failures so far. */
    synchronized long total() {
        return total;
    }

    @Override
    public synchronized StreamThreadExceptionResponse handle(Throwable failure) {
        total++;
        long now = nanoTime.getAsLong();
        failures.addLast(now);
        while (now - failures.peekFirst() > WINDOW.toNanos()) {
            failures.removeFirst();
        }
        boolean giveUp = failures.size() > max;
        LOG.atError()
                .addKeyValue("failures", failures.size())
                .addKeyValue("most", max)
                .setCause(failure)
                .log(
                        giveUp
                                ? "Stream threads keep failing; the worker stops"
                                : "A stream thread failed and is replaced");
        if (giveUp) {
            onGivingUp.run();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
        return StreamThreadExceptionResponse.REPLACE_THREAD;
    }
}
