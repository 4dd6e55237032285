package io.github.genaistreams.flow;

import java.util.HashSet;
import java.util.Set;

/**
 * Judges from the ends of calls whether the API is away for everybody.
 *
 * <p>The API is away when all calls that ended since the last sign of life failed, at least {@value #MIN_RUN} of them
 * over at least 5 s ({@value #MIN_FIRST_RUN} at any time, if they are the first calls), or when {@value #MIN_FAILURES}
 * failed within 10 s and at most a fifth as many did not. A failure that may be the fault of its request counts if
 * {@value #MIN_ITEMS} items had one; an answer that the API cannot work now, if {@value #MIN_TURNED_AWAY} had one.
 *
 * <p>Not thread-safe. Times are in epoch milliseconds.
 */
final class OutageSigns {

    static final int MIN_FIRST_RUN = 3;
    static final int MIN_RUN = 5;
    static final int MIN_FAILURES = 20;
    static final int MIN_TURNED_AWAY = 3;
    static final int MIN_ITEMS = 10;

    private static final long MIN_RUN_MILLIS = 5_000;
    private static final long WINDOW_MILLIS = 10_000;

    /** In a window, the API is away if there are at least this many failures for each other end. */
    private static final int MIN_FAILURE_RATIO = 5;

    /** Failures since the last sign of life, and when the first of them came. */
    private int run;

    private long runSince;

    private long windowSince;
    private int failures;
    private int others;

    /** Failures of calls that have not reached the API, in this window or since the last sign of life. */
    private int unreached;

    /** Items that were turned away, and items that had any failure, in the same time. */
    private final Set<Object> turnedAway = new HashSet<>();

    private final Set<Object> suspects = new HashSet<>();

    /** Whether no call has failed since the last sign of life. */
    boolean isAlive() {
        return run == 0;
    }

    /** A call has ended without a failure. */
    void ended(long now) {
        turnWindowIfDue(now);
        others++;
        run = 0;
    }

    /** A call has failed. */
    void failed(CallReport report, long now) {
        turnWindowIfDue(now);
        failures++;
        if (run++ == 0) {
            runSince = now;
        }
        switch (report.sign()) {
            case UNREACHED -> unreached++;
            case TURNED_AWAY -> turnedAway.add(report.item());
            default -> {}
        }
        if (suspects.size() < MIN_ITEMS) {
            suspects.add(report.item());
        }
    }

    /**
     * Whether the API is away. For use after a failure.
     *
     * @param isFirst  whether these are the first calls
     * @param isSteady whether calls start freely, so that a few quick failures say little
     * @param inFlight calls whose ends are not known
     */
    boolean isAway(boolean isFirst, boolean isSteady, int inFlight, long now) {
        int wanted = isFirst ? MIN_FIRST_RUN : MIN_RUN;
        boolean isNobodysFault =
                unreached >= wanted || turnedAway.size() >= MIN_TURNED_AWAY || suspects.size() >= MIN_ITEMS;
        boolean isRun = run >= wanted && (!isSteady || now - runSince >= MIN_RUN_MILLIS);
        boolean isMost = failures >= MIN_FAILURES && failures >= MIN_FAILURE_RATIO * others;
        return isNobodysFault && Math.max(run, failures) >= inFlight && (isRun || isMost);
    }

    /** Forgets what has happened so far. It says nothing about the time to come. */
    void forget(long now) {
        run = 0;
        turnWindow(now);
    }

    private void turnWindowIfDue(long now) {
        if (now - windowSince >= WINDOW_MILLIS) {
            turnWindow(now);
        }
    }

    private void turnWindow(long now) {
        windowSince = now;
        failures = 0;
        others = 0;
        if (run == 0) {
            unreached = 0;
            turnedAway.clear();
            suspects.clear();
        }
    }
}
