package io.github.genaistreams.client;

import io.github.genaistreams.model.BatchStatus;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * Asks the workers about batches of which nothing comes: results do not say how many there will be if only a control record did, and
 * nothing says that no more will come. For one reading, in its thread.
 */
final class SilentBatches {

    private static final Duration SIZE_UNKNOWN = Duration.ofSeconds(1);
    private static final Duration SIZE_KNOWN = Duration.ofSeconds(3);

    private final Function<String, Optional<BatchStatus>> statuses;
    private long lastAsked = System.nanoTime();

    SilentBatches(Function<String, Optional<BatchStatus>> statuses) {
        this.statuses = statuses;
    }

    /** Whether it is time to ask again; then it is taken that this is done. */
    boolean isDue(boolean anySizeUnknown) {
        Duration pause = anySizeUnknown ? SIZE_UNKNOWN : SIZE_KNOWN;
        if (System.nanoTime() - lastAsked < pause.toNanos()) {
            return false;
        }
        lastAsked = System.nanoTime();
        return true;
    }

    void ask(ResultLine silent) {
        statuses.apply(silent.batch().batchId()).ifPresent(silent::hear);
    }
}
