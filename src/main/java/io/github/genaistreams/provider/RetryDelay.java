package io.github.genaistreams.provider;

import io.github.genaistreams.model.CallPolicy;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: exponential back-off with jitter.
 *
 * <pre>
 *   delay(n) = max( server's figure, clamp( min · 2^(n-1) · (0.5 … 1.5), min, max ) )
 * </pre>
 *
 * where n is the number of the attempt that has just failed, from 1. A pure function of its arguments: nothing
 * is remembered between items, so retries of one item never distort another's.
 */
public final class RetryDelay {

    /** A server that asks for more than a day is taken to mean a day. */
    static final Duration LONGEST = Duration.ofDays(1);

    private RetryDelay() {}

    /**
     * @param failedAttempt number of the attempt that has failed, from 1
     * @param serverDelay   the wait that the server asked for, zero if none
     */
    public static Duration after(int failedAttempt, CallPolicy policy, Duration serverDelay, RandomGenerator random) {
        double min = policy.retryDelayMin().toMillis();
        double max = policy.retryDelayMax().toMillis();
        double base = min * Math.pow(2, failedAttempt - 1.0);
        double jittered = base * (0.5 + random.nextDouble());
        Duration own = Duration.ofMillis(Math.round(Math.min(max, Math.max(min, jittered))));
        Duration server = serverDelay.compareTo(LONGEST) > 0 ? LONGEST : serverDelay;
        return own.compareTo(server) >= 0 ? own : server;
    }
}
