package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.cli.output.Activity;
import io.github.genaistreams.embedded.EmbeddedStack;
import io.github.genaistreams.flow.HoldReason;
import io.github.genaistreams.flow.HoldStatus;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.worker.Worker;
import java.time.Instant;
import java.util.Optional;

/** The state of the stack in this process, for a command. */
final class StackWatch {

    private final EmbeddedStack stack;
    private final Worker worker;
    private final long earlier;

    StackWatch(EmbeddedStack stack, Worker worker) {
        this(stack, worker, 0);
    }

    /** @param earlier items of earlier batches that the worker calls */
    StackWatch(EmbeddedStack stack, Worker worker, long earlier) {
        this.stack = stack;
        this.worker = worker;
        this.earlier = earlier;
    }

    /** Waits until the worker has its partitions; returns at once if a stop is requested. */
    void awaitWorker(StopSignal stop) throws InterruptedException {
        while (!worker.isReady() && !stop.await(20)) {
            check();
        }
    }

    /** What the worker is doing now. */
    Activity activity() {
        Lanes lanes = worker.lanes();
        long due = lanes.nextDue();
        return new Activity(
                lanes.atWork(),
                due == Long.MAX_VALUE ? null : Instant.ofEpochMilli(due),
                Math.max(0, earlier - worker.stats().others()),
                worker.holds().stream()
                        .findFirst()
                        .map(held -> label(held.hold().reason()))
                        .orElse(null));
    }

    /** Whether the worker holds requests. */
    boolean isBusy() {
        return worker.lanes().size() > 0;
    }

    private static String label(HoldReason reason) {
        return switch (reason) {
            case OUTAGE -> "the API does not work";
            case KEY_REFUSED -> "the key is refused";
            case QUOTA_EXHAUSTED -> "no money left";
        };
    }

    /** The hold of an API that only a person can end, once no call is in flight; empty if there is none. */
    Optional<HoldStatus> refusal(String api) {
        return worker.lanes().atWork() > 0
                ? Optional.empty()
                : worker.holds().stream()
                        .filter(held -> held.api().equals(api))
                        .map(Worker.Held::hold)
                        .filter(hold -> hold.reason() != HoldReason.OUTAGE)
                        .findFirst();
    }

    /** @throws CliException if no more results will come from there */
    void check() {
        if (stack.failure().isPresent()) {
            throw new CliException("The local Kafka has failed, see above.");
        }
        if (worker.hasFailed()) {
            throw new CliException("The worker ended because its threads kept failing; the log above says why.");
        }
    }
}
