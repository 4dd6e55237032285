package io.github.genaistreams.cli;

import io.github.genaistreams.embedded.LocalStack;

/** What a command needs to know of the stack that it runs in this process. */
record StackWatch(LocalStack stack) {

    /** Waits until the worker has its partitions; at once if a stop is asked for. */
    void awaitWorker(StopSignal stop) throws InterruptedException {
        while (!stack.worker().isReady() && !stop.await(20)) {
            check();
        }
    }

    /** Requests of earlier batches that have no result yet; to be asked once the worker is ready. */
    long unfinished() {
        return Backlog.of(stack.config()) + stack.worker().lanes().size();
    }

    /** @throws CliException if nothing more will come from there */
    void check() {
        stack.failure().ifPresent(why -> {
            throw new CliException(why);
        });
    }
}
