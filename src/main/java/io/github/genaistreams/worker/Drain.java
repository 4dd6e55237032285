package io.github.genaistreams.worker;

import io.github.genaistreams.flow.Lanes;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wait for the calls in flight when a worker stops. */
final class Drain {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private static final long CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private Drain() {}

    /**
     * Waits until no call is in flight, or the time-out has passed. The stream threads must still run: they take the
     * outcomes.
     *
     * @return how many calls are still in flight
     */
    static int await(Lanes lanes, BooleanSupplier isRunning, Duration timeout) {
        long end = System.nanoTime() + timeout.toNanos();
        int inFlight = lanes.inFlight();
        if (inFlight > 0) {
            LOG.atInfo()
                    .addKeyValue("in_flight", inFlight)
                    .addKeyValue("drain_timeout", timeout)
                    .log("worker_drain");
        }
        while (isRunning.getAsBoolean() && (inFlight = lanes.inFlight()) > 0 && System.nanoTime() < end) {
            LockSupport.parkNanos(CHECK_NANOS);
        }
        if (inFlight > 0) {
            LOG.atWarn()
                    .addKeyValue("in_flight", inFlight)
                    .log(
                            "Stopping with calls in flight. The next owner of their partitions repeats them, and they may"
                                    + " be billed twice. Raise {} to avoid this",
                            GenAiConfig.DRAIN_TIMEOUT_MS);
        }
        return inFlight;
    }
}
