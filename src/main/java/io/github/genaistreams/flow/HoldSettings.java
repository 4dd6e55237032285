package io.github.genaistreams.flow;

import java.time.Duration;

/**
 * When a credential is held.
 *
 * @param maxOutage how long an outage may hold it before its items fail again; zero: an outage never holds it
 * @param onKey     whether a refused key holds it
 * @param onQuota   whether an exhausted quota holds it
 */
public record HoldSettings(Duration maxOutage, boolean onKey, boolean onQuota) {

    /** Nothing holds it. */
    public static final HoldSettings NEVER = new HoldSettings(Duration.ZERO, false, false);
}
