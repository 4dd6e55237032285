package io.github.genaistreams.flow;

import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Decides whether one credential may make calls, from how its calls end.
 *
 * <pre>
 *       first answer, or 5 s without failure         all calls fail, key refused, quota exhausted
 *   FIRST ───────────────────────▶ OPEN ────────────────────────────────▶ HELD ◀─┐
 *     ▲                             ▲                                      │ │   │ fails
 *     │                             └────────── 6 s ────── OPENING ◀───────┘ │   │
 *     │                                                       └──────────────┼───┘
 *     └──────────────────── another key, or a person resumes ────────────────┘
 * </pre>
 *
 * <ul>
 * <li>FIRST: at most {@value #FIRST_CALLS} calls start in 5 s, so that a wrong key or address costs few calls.
 * {@value #MIN_FIRST_RUN} failures are an outage.
 * <li>OPEN: calls start. It is an outage when all calls since the last sign of life failed, at least {@value #MIN_RUN}
 * of them over at least 5 s, or when {@value #MIN_FAILURES} failed within 10 s and at most a fifth as many did not. A
 * failure that may be the fault of its request counts if {@value #MIN_ITEMS} items had one. A refused key or an exhausted quota holds it if no call has succeeded so far, or after
 * {@value #MIN_REFUSALS} refusals in a row: one refusal alone may be about its request.
 * <li>HELD: one probe at a time, a real call, after a wait that doubles: 1 s to 5 s in an outage, 1 to 15 minutes
 * otherwise.
 * <li>OPENING: calls start, in all at most 2^(t / 0.5 s).
 * </ul>
 *
 * The attempt of a call that fails for the reason of a hold does not count. A call that started before the present
 * phase is spared likewise, but changes nothing. Thread-safe; times are in epoch milliseconds.
 */
final class Hold {

    static final int FIRST_CALLS = 4;
    static final int MIN_FIRST_RUN = 3;
    static final int MIN_RUN = 5;
    static final int MIN_FAILURES = 20;
    static final int MIN_REFUSALS = 3;
    static final int MIN_ITEMS = 10;

    private static final long FIRST_MILLIS = 5_000;
    private static final long MIN_RUN_MILLIS = 5_000;
    private static final long WINDOW_MILLIS = 10_000;

    /** Failures per other end, from which the API counts as away. */
    private static final int MIN_FAILURE_RATIO = 5;

    private static final long OPENING_MILLIS = 6_000;
    private static final double DOUBLING_MILLIS = 500;
    private static final long MIN_OUTAGE_WAIT = 1_000;
    private static final long MAX_OUTAGE_WAIT = 5_000;
    private static final long MIN_WAIT = Duration.ofMinutes(1).toMillis();
    private static final long MAX_WAIT = Duration.ofMinutes(15).toMillis();

    private enum Phase {
        FIRST,
        OPEN,
        HELD,
        OPENING
    }

    private final HoldSettings settings;
    private final Supplier<?> key;
    private final HoldListener listener;

    private Phase phase;
    private long phaseSince;

    /** Number of phases so far that began or ended a hold. A call's failure is about the phase that it started in. */
    private int era;

    /** Calls started in this phase. */
    private int starts;

    private HoldStatus hold;
    private long wait;
    private Object heldKey;

    /** An outage has lasted too long; it ends with the next sign of life. */
    private boolean gaveUp;

    /** Failures since the last sign of life, and when the first of them came. */
    private int run;

    private long runSince;

    /** Refusals of the key, or for the quota, in a row. */
    private int refusals;

    /** Whether a call with this key has been answered. */
    private boolean hasSucceeded;

    private long windowSince;
    private int failures;
    private int others;

    /** Failures that are nobody's fault, and items with others, in this window or since the last sign of life. */
    private int surely;

    private final Set<Object> suspects = new HashSet<>();

    /** @param key the present key, compared by identity; a new one ends a hold */
    Hold(HoldSettings settings, Supplier<?> key, HoldListener listener) {
        this.settings = settings;
        this.key = key;
        this.listener = listener;
        phase = settings.onKey() || settings.onQuota() ? Phase.FIRST : Phase.OPEN;
    }

    /** Nothing holds it. */
    static Hold never() {
        return new Hold(HoldSettings.NEVER, () -> null, HoldListener.NONE);
    }

    /** Whether a call may start now. The caller reports a start with {@link #started}. */
    synchronized boolean mayStart(long now) {
        lookAtTime(now);
        return switch (phase) {
            case FIRST -> starts < FIRST_CALLS;
            case OPEN -> true;
            case HELD -> now >= hold.probeAt();
            case OPENING -> starts < Math.pow(2, (now - phaseSince) / DOUBLING_MILLIS);
        };
    }

    /** A call starts. Returns what {@link #ended} needs to know of it. */
    synchronized int started(long now) {
        if (phase == Phase.FIRST && starts == 0) {
            phaseSince = now;
        }
        starts++;
        if (phase == Phase.HELD) {
            wait = Math.min(2 * wait, maxWait(hold.reason()));
            hold = new HoldStatus(hold.reason(), hold.since(), now + wait, hold.words());
        }
        return era;
    }

    private void lookAtTime(long now) {
        if (phase == Phase.FIRST && starts > 0 && now - phaseSince >= FIRST_MILLIS) {
            starts = 0;
            phase = run == 0 ? Phase.OPEN : Phase.FIRST;
        } else if (phase == Phase.OPENING && now - phaseSince >= OPENING_MILLIS) {
            phase = Phase.OPEN;
            listener.opened(hold, now);
            hold = null;
        } else if (phase == Phase.HELD && key.get() != heldKey) {
            resume(now);
        } else if (phase == Phase.HELD
                && hold.reason() == HoldReason.OUTAGE
                && now - hold.since() >= settings.maxOutage().toMillis()) {
            gaveUp = true;
            listener.gaveUp(hold);
            hold = null;
            begin(Phase.OPEN, now);
        }
    }

    /** A person, or another key, ends the hold. */
    synchronized void resume(long now) {
        if (phase == Phase.HELD) {
            listener.opened(hold, now);
            hold = null;
            hasSucceeded = false;
            begin(Phase.FIRST, now);
        }
    }

    private void begin(Phase next, long now) {
        phase = next;
        phaseSince = now;
        era++;
        starts = 0;
        run = 0;
        refusals = 0;
        windowSince = now;
        failures = 0;
        others = 0;
        surely = 0;
        suspects.clear();
    }

    /**
     * A call has ended.
     *
     * @param startedIn the value of {@link #started}
     */
    synchronized Verdict ended(CallReport report, int startedIn, long now) {
        lookAtTime(now);
        Sign sign = report.sign();
        HoldReason reason = reason(sign);
        if (startedIn != era) {
            return reason == null ? Verdict.AS_IT_ENDED : Verdict.SPARED;
        }
        if (reason == null) {
            if (sign != Sign.NONE && sign != Sign.AWAY && sign != Sign.FAILING) {
                isAlive(now);
            }
            return Verdict.AS_IT_ENDED;
        }
        boolean holds = isHeldBy(reason, report, now);
        if (phase == Phase.HELD && reason == hold.reason()) {
            hold = new HoldStatus(reason, hold.since(), hold.probeAt(), report.words());
        } else if (holds) {
            hold(reason, report.words(), now);
        }
        return holds || phase == Phase.HELD || phase == Phase.OPENING
                ? Verdict.SPARED
                : reason == HoldReason.OUTAGE ? Verdict.AS_IT_ENDED : Verdict.AGAIN;
    }

    /** The reason that this sign would be; null if it never holds the credential. */
    private HoldReason reason(Sign sign) {
        return switch (sign) {
            case AWAY, FAILING -> settings.maxOutage().isZero() || gaveUp ? null : HoldReason.OUTAGE;
            case KEY_REFUSED -> settings.onKey() ? HoldReason.KEY_REFUSED : null;
            case QUOTA_EXHAUSTED -> settings.onQuota() ? HoldReason.QUOTA_EXHAUSTED : null;
            case ANSWERED, LIMITED, CROWDED, NONE -> null;
        };
    }

    private boolean isHeldBy(HoldReason reason, CallReport report, long now) {
        return switch (reason) {
            case OUTAGE -> isAway(report, now);
            case KEY_REFUSED, QUOTA_EXHAUSTED -> ++refusals >= MIN_REFUSALS || !hasSucceeded;
        };
    }

    private boolean isAway(CallReport report, long now) {
        turnWindow(now);
        failures++;
        if (run++ == 0) {
            runSince = now;
        }
        if (report.sign() == Sign.AWAY) {
            surely++;
        } else if (suspects.size() < MIN_ITEMS) {
            suspects.add(report.item());
        }
        int wanted = phase == Phase.FIRST ? MIN_FIRST_RUN : MIN_RUN;
        boolean isNobodysFault = surely >= wanted || suspects.size() >= MIN_ITEMS;
        boolean isRun = run >= wanted && (phase != Phase.OPEN || now - runSince >= MIN_RUN_MILLIS);
        boolean isMost = failures >= MIN_FAILURES && failures >= MIN_FAILURE_RATIO * others;
        return isNobodysFault && (isRun || isMost);
    }

    private void isAlive(long now) {
        turnWindow(now);
        others++;
        run = 0;
        refusals = 0;
        gaveUp = false;
        hasSucceeded = true;
        if (phase == Phase.HELD) {
            begin(Phase.OPENING, now);
        } else if (phase == Phase.FIRST) {
            phase = Phase.OPEN;
        }
    }

    private void turnWindow(long now) {
        if (now - windowSince >= WINDOW_MILLIS) {
            windowSince = now;
            failures = 0;
            others = 0;
            if (run == 0) {
                surely = 0;
                suspects.clear();
            }
        }
    }

    private void hold(HoldReason reason, String words, long now) {
        long since = hold != null && hold.reason() == reason ? hold.since() : now;
        if (phase != Phase.OPENING || hold.reason() != reason) {
            wait = reason == HoldReason.OUTAGE ? MIN_OUTAGE_WAIT : MIN_WAIT;
        }
        boolean isNew = hold == null || hold.reason() != reason;
        hold = new HoldStatus(reason, since, now + wait, words);
        heldKey = key.get();
        begin(Phase.HELD, now);
        if (isNew) {
            listener.held(hold);
        }
    }

    private static long maxWait(HoldReason reason) {
        return reason == HoldReason.OUTAGE ? MAX_OUTAGE_WAIT : MAX_WAIT;
    }

    /** The present hold; empty if there is none, or if it is ending. */
    synchronized Optional<HoldStatus> status() {
        return phase == Phase.HELD ? Optional.of(hold) : Optional.empty();
    }
}
