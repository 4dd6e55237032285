package io.github.genaistreams.provider;

import io.github.genaistreams.model.CallPolicy;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: exponential back-off with jitter.
 *
 * <pre>
 *   base(n)  = min( max, min · 2^(n-1) )
 *   own(n)   = clamp( base(n) · (1 - j … 1 + j), low, max )
 *   delay(n) = the larger of own(n) and, if the server gave a figure, figure · (1 … 1.1)
 * </pre>
 *
 * n is the number of the attempt that has just failed, from 1. min, max and the jitter j are the policy's. low is min,
 * but 0 if the jitter is 100 % or more: then waits may go down to zero. The base is cut at max before the jitter, so
 * that long waits differ too, and items that failed together do not come back together. Nothing is remembered between
 * items, so the retries of one never change the waits of another.
 */
public final class RetryDelay {

    /** A longer wait of a server is cut to a day. */
    static final Duration MAX_DELAY = Duration.ofDays(1);

    /** Far beyond any real number of attempts. Keeps the power finite, so that min = 0 gives 0 and not NaN. */
    private static final int MAX_EXPONENT = 60;

    private RetryDelay() {}

    /**
     * @param failedAttempt number of the attempt that has failed, from 1
     * @param serverDelay   the wait that the server asked for, zero if none
     */
    public static Duration after(int failedAttempt, CallPolicy policy, Duration serverDelay, RandomGenerator random) {
        double min = policy.retryDelayMin().toMillis();
        double max = policy.retryDelayMax().toMillis();
        int doublings = Math.min(Math.max(failedAttempt - 1, 0), MAX_EXPONENT);
        double base = Math.min(max, min * Math.pow(2, doublings));
        double jitter = policy.jitterPercent() / 100.0;
        double spread = base * (1 - jitter + 2 * jitter * random.nextDouble());
        Duration own = millis(Math.min(max, Math.max(jitter < 1 ? min : 0, spread)));
        if (serverDelay.isNegative() || serverDelay.isZero()) {
            return own;
        }
        Duration figure = serverDelay.compareTo(MAX_DELAY) > 0 ? MAX_DELAY : serverDelay;
        Duration server = figure.plus(millis(0.1 * figure.toMillis() * random.nextDouble()));
        return own.compareTo(server) >= 0 ? own : server;
    }

    private static Duration millis(double millis) {
        return Duration.ofMillis(Math.round(millis));
    }
}
