package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads the results of a batch to its end, or until a stop is requested. */
public final class Follower {

    private static final Duration STEP = Duration.ofMillis(100);

    private final StopSignal stop;
    private final Progress progress;
    private final Runnable check;

    /** @param check called periodically; throws if waiting is pointless */
    public Follower(StopSignal stop, Progress progress, Runnable check) {
        this.stop = stop;
        this.progress = progress;
        this.check = check;
    }

    /** @return whether it reached the end */
    public boolean follow(BatchResults results, Consumer<CallResult> output) {
        while (!stop.isRequested()) {
            Optional<CallResult> result = results.poll(STEP);
            progress.update(results.progress(), results.earlier());
            result.ifPresent(r -> progress.above(() -> output.accept(r)));
            if (results.finished()) {
                return true;
            }
            if (result.isEmpty()) {
                check.run();
            }
        }
        return false;
    }
}
