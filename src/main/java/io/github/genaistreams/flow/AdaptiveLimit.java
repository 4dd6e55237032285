package io.github.genaistreams.flow;

/**
 * Finds the number of calls in flight at which a server works best, from latencies and refusals. It works in rounds.
 * Each round waits for the calls of the previous one to end, and then measures at least as many calls as may be in
 * flight.
 *
 * <pre>
 *   at first    limit doubles each round, until refusals, or until the slope between two rounds is steep
 *   later       rounds at 0.8 × limit and at 1.25 × limit take turns; after each two of them
 *                 slope  = average over some turns of  Δ ln(latency) / Δ ln(calls in flight)
 *                 limit  = min(limit × e^((0.8 − slope) / 2), limit + √limit)
 *   refusals    limit = 0.8 × calls in flight, when {@value #MANY_REFUSALS} of the last calls were refused,
 *               at most once per round trip, and only if the limit is used;
 *               then limit + min(1, limit / 40) each round, for some rounds
 * </pre>
 *
 * Throughput is calls in flight / latency (Little's law). With a slope of 0, throughput grows with the calls in flight.
 * With 1, it stays the same. Averages are of logarithms, since a few latencies are far above the rest. The idea of a
 * gradient is from Netflix's concurrency-limits. That library compares with the minimum latency, and must be told how
 * much queueing is good.
 *
 * <p>Not thread-safe. Times are in epoch milliseconds.
 *
 * @see <a href="https://github.com/Netflix/concurrency-limits">concurrency-limits</a>
 */
final class AdaptiveLimit {

    private static final double FIRST = 8;

    /** Below 1, since the slope between two points around the limit has an error. */
    private static final double STEEP = 0.8;

    private static final double GAIN = 0.5;
    private static final double LOWER = 0.8;
    private static final double HIGHER = 1.25;

    /** Weight of the latest slope in the average. */
    private static final double WEIGHT = 0.3;

    private static final double AFTER_REFUSAL = 0.8;

    /** A gateway may refuse some calls whatever the load is. At its limit, a server refuses several in a row. */
    private static final double MANY_REFUSALS = 0.2;

    /** Weight of the latest call in the average of refusals. */
    private static final double REFUSAL_WEIGHT = 1.0 / 30;

    /** While less than this part of a limit is used, the limit has no effect on calls. */
    private static final double USED = 0.8;

    private static final int MIN_SAMPLES = 30;
    private static final int CAREFUL_ROUNDS = 20;
    private static final double CAREFUL_PART = 40;

    /** With a smaller difference of ln(calls in flight), the slope says nothing. */
    private static final double MIN_DIFFERENCE = 0.1;

    private final boolean isApplied;
    private double limit;
    private Round round = Round.FIRST;

    /** Rounds left of {@link Round#CAREFUL}. */
    private int careful;

    private long cutAt = Long.MIN_VALUE;
    private double slope;

    /** The fraction of recent calls that were refused. */
    private double refusals;

    private long roundFrom = Long.MIN_VALUE;
    private int samples;

    /** Whether the calls in flight still change after the last change of the limit. */
    private boolean isSettling = true;

    private double sumLogLatency;
    private double sumInFlight;

    /** Averages of the previous round. */
    private double lastLogInFlight = Double.NaN;

    private double lastLogLatency;

    private enum Round {
        FIRST,
        LOW,
        HIGH,
        CAREFUL
    }

    /** @param isApplied whether calls keep to the limit; if not, the limit is only reported */
    AdaptiveLimit(boolean isApplied) {
        this.isApplied = isApplied;
        limit = isApplied ? FIRST : Integer.MAX_VALUE;
    }

    /** How many calls may be in flight at once, at least 1. */
    int limit() {
        if (!isApplied) {
            return (int) Math.round(limit);
        }
        return (int) Math.round(
                switch (round) {
                    case LOW -> Math.max(1, limit * LOWER);
                    case HIGH -> Math.max(limit + 1, limit * HIGHER);
                    default -> limit;
                });
    }

    /**
     * A call was refused because too many are in flight.
     *
     * @param inFlight calls in flight when it ended
     */
    void refused(long startedAt, int inFlight, long now) {
        boolean isUnused = isApplied && inFlight < USED * limit();
        if (startedAt <= cutAt || isUnused) {
            return;
        }
        refusals += REFUSAL_WEIGHT * (1 - refusals);
        if (refusals >= MANY_REFUSALS) {
            refusals = 0;
            double bound = isApplied ? Math.min(limit(), inFlight) : inFlight;
            limit = Math.max(1, AFTER_REFUSAL * bound);
            cutAt = now;
            careful = CAREFUL_ROUNDS;
            round = Round.CAREFUL;
            begin(now);
        }
    }

    /**
     * A call was answered.
     *
     * @param inFlight calls in flight when it ended
     */
    void answered(long startedAt, int inFlight, long now) {
        refusals -= REFUSAL_WEIGHT * refusals;
        if (isApplied && inFlight > limit() + 1) {
            // Calls of a round with a higher limit are still in flight.
            begin(now);
        }
        if (startedAt < roundFrom) {
            return;
        }
        samples++;
        if (isSettling) {
            if (samples >= limit() / 2) {
                begin(now);
                isSettling = false;
            }
            return;
        }
        sumLogLatency += Math.log(Math.max(1, now - startedAt));
        sumInFlight += Math.max(1, inFlight);
        if (samples >= Math.max(MIN_SAMPLES, limit())) {
            endRound(now);
        }
    }

    private void endRound(long now) {
        double inFlight = sumInFlight / samples;
        double logInFlight = Math.log(inFlight);
        double logLatency = sumLogLatency / samples;
        boolean isUsed = !isApplied || inFlight >= USED * limit();
        if (!isApplied) {
            limit = inFlight;
        }
        double difference = logInFlight - lastLogInFlight;
        double found = Math.abs(difference) < MIN_DIFFERENCE || Double.isNaN(difference)
                ? Double.NaN
                : (logLatency - lastLogLatency) / difference;
        switch (round) {
            case FIRST -> first(found, isUsed);
            case LOW -> round = Round.HIGH;
            case HIGH -> turn(found, isUsed);
            case CAREFUL -> {
                limit += isUsed ? Math.min(1, limit / CAREFUL_PART) : 0;
                round = --careful > 0 ? Round.CAREFUL : Round.LOW;
            }
        }
        lastLogInFlight = logInFlight;
        lastLogLatency = logLatency;
        begin(now);
    }

    private void first(double found, boolean isUsed) {
        if (found >= STEEP) {
            limit = Math.max(1, Math.exp(lastLogInFlight));
            round = Round.LOW;
            slope = STEEP;
        } else if (isUsed) {
            limit *= 2;
        }
    }

    private void turn(double found, boolean isUsed) {
        round = Round.LOW;
        if (!Double.isNaN(found)) {
            slope += WEIGHT * (Math.max(-1, Math.min(2, found)) - slope);
        }
        double next = Math.max(1, Math.min(limit * Math.exp(GAIN * (STEEP - slope)), limit + Math.sqrt(limit)));
        limit = next > limit && !isUsed ? limit : next;
    }

    private void begin(long now) {
        isSettling = true;
        roundFrom = now;
        samples = 0;
        sumLogLatency = 0;
        sumInFlight = 0;
    }
}
