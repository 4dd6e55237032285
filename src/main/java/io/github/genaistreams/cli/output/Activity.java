package io.github.genaistreams.cli.output;

import java.time.Instant;

/**
 * The known activity of a worker at one moment.
 *
 * @param inFlight    calls without an outcome, or null if unknown
 * @param nextAttempt when the first waiting item may be called again, or null if none waits
 * @param earlier     approximate number of requests of earlier batches without a result
 * @param held        why the calls of a credential wait, in two or three words; null if they do not
 */
public record Activity(Integer inFlight, Instant nextAttempt, long earlier, String held) {

    /** The worker is elsewhere. */
    static final Activity UNKNOWN = new Activity(null, null, 0, null);
}
