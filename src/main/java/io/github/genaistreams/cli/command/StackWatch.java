package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.cli.output.Activity;
import io.github.genaistreams.embedded.LocalStack;
import io.github.genaistreams.flow.HoldReason;
import io.github.genaistreams.flow.HoldStatus;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.worker.Worker;
import java.time.Instant;
import java.util.Optional;

/** The state of the stack in this process, for a command. */
final class StackWatch {

    private final LocalStack stack;
    private final long earlier;

    StackWatch(LocalStack stack) {
        this(stack, 0);
    }

    /** @param earlier items of earlier batches that the worker calls */
    StackWatch(LocalStack stack, long earlier) {
        this.stack = stack;
        this.earlier = earlier;
    }

    /** Waits until the worker has its partitions; returns at once if a stop is requested. */
    void awaitWorker(StopSignal stop) throws InterruptedException {
        while (!stack.worker().isReady() && !stop.await(20)) {
            check();
        }
    }

    /** What the worker is doing now. */
    Activity activity() {
        Lanes lanes = stack.worker().lanes();
        long due = lanes.nextDue();
        return new Activity(
                lanes.atWork(),
                due == Long.MAX_VALUE ? null : Instant.ofEpochMilli(due),
                Math.max(0, earlier - stack.worker().stats().others()),
                stack.worker().holds().stream()
                        .findFirst()
                        .map(held -> label(held.hold().reason()))
                        .orElse(null));
    }

    /** Whether the worker holds requests. */
    boolean isBusy() {
        return stack.worker().lanes().size() > 0;
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
        return stack.worker().lanes().atWork() > 0
                ? Optional.empty()
                : stack.worker().holds().stream()
                        .filter(held -> held.api().equals(api))
                        .map(Worker.Held::hold)
                        .filter(hold -> hold.reason() != HoldReason.OUTAGE)
                        .findFirst();
    }

    /** @throws CliException if no more results will come from there */
    void check() {
        stack.failure().ifPresent(why -> {
            throw new CliException(why);
        });
    }
}
