package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.cli.output.Activity;
import io.github.genaistreams.embedded.LocalStack;
import io.github.genaistreams.flow.Lanes;
import java.time.Instant;

/** What a command needs to know of the stack that it runs in this process. */
final class StackWatch {

    private final LocalStack stack;
    private volatile long earlier;
    private volatile long finishedThen;

    StackWatch(LocalStack stack) {
        this.stack = stack;
    }

    /** Waits until the worker has its partitions; at once if a stop is asked for. */
    void awaitWorker(StopSignal stop) throws InterruptedException {
        while (!stack.worker().isReady() && !stop.await(20)) {
            check();
        }
    }

    /** Counts the requests of earlier batches that have no result yet; once the worker is ready, and before more is submitted. */
    void countEarlier() {
        long unfinished = Backlog.of(stack.config()) + stack.worker().lanes().size();
        finishedThen = stack.worker().stats().others();
        earlier = unfinished;
    }

    /** So many of them are of this batch and not of an earlier one. */
    void areOfThisBatch(long items) {
        earlier = Math.max(0, earlier - items);
    }

    /** What the worker does now. */
    Activity activity() {
        Lanes lanes = stack.worker().lanes();
        long due = lanes.nextDue();
        return new Activity(
                lanes.atWork(),
                due == Long.MAX_VALUE ? null : Instant.ofEpochMilli(due),
                Math.max(0, earlier - (stack.worker().stats().others() - finishedThen)));
    }

    /** @throws CliException if nothing more will come from there */
    void check() {
        stack.failure().ifPresent(why -> {
            throw new CliException(why);
        });
    }
}
