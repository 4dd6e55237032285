package io.github.genaistreams.cli.output;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The known activity of a worker at one moment.
 *
 * @param inFlight    calls without an outcome; null if unknown
 * @param nextAttempt when the first waiting item may be called again; null if none waits
 * @param earlier     approximate number of requests of earlier batches without a result
 * @param held        why the calls of a credential wait, in two or three words; null if they do not
 */
public record Activity(
        @Nullable Integer inFlight,
        @Nullable Instant nextAttempt,
        long earlier,
        @Nullable String held) {

    /** The worker is in another process. */
    static final Activity UNKNOWN = new Activity(null, null, 0, null);
}
