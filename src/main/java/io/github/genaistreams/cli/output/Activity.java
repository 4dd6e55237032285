package io.github.genaistreams.cli.output;

import java.time.Instant;

/**
 * What a worker is doing at one moment, as far as that can be seen from here.
 *
 * @param inFlight    calls whose outcome is not known yet, or null if nobody here knows
 * @param nextAttempt when the first of the items that wait for another attempt may be called, or null if none waits
 * @param earlier     requests of earlier batches that have no result yet, about
 */
public record Activity(Integer inFlight, Instant nextAttempt, long earlier) {

    /** The worker is elsewhere. */
    static final Activity UNKNOWN = new Activity(null, null, 0);
}
