package io.github.genaistreams.flow;

import io.github.genaistreams.model.CallError;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether one credential may make calls, from how its calls end.
 *
 * <pre>
 *       first answer, or 6 s without failure         all calls fail, key refused, quota exhausted
 *   FIRST ───────────────────────▶ OPEN ────────────────────────────────▶ HELD ◀─┐
 *     ▲                             ▲                                      │ │   │ fails
 *     │                             └────────── 6 s ────── OPENING ◀───────┘ │   │
 *     │                                                       └──────────────┼───┘
 *     └──────────────────── another key, or a person resumes ────────────────┘
 * </pre>
 *
 * <ul>
 * <li>FIRST: {@value #FIRST_CALLS} calls start, and after 2 s without an answer twice as many each half second, so that
 * a wrong key or address costs few calls.
 * <li>OPEN: calls start. {@link OutageSigns} says when failures are an outage; there must also be as many failures as
 * calls in flight, since failures may end sooner than good calls. A refused key or an exhausted quota holds it if no
 * call has succeeded so far, or after {@value #MIN_REFUSALS} refusals in a row of as many items: one refusal alone may
 * be about its request.
 * <li>HELD: probes go out, which are real calls. The wait between them doubles, from 1 to 5 s in an outage and from 1
 * to 15 minutes otherwise. In an outage, while a probe has not ended, the next one waits 15 s, and there are at most
 * {@value #MAX_PROBES}. A call that must not be repeated is a probe only if nothing else has been for a minute.
 * <li>OPENING: calls start, in all at most 2^(t / 0.5 s).
 * </ul>
 *
 * The attempt of a call that fails for the reason of a hold does not count. A call that started before the present
 * phase, or with another key, is spared likewise, but changes nothing. Thread-safe; times are in epoch milliseconds.
 */
final class Hold {

    static final int FIRST_CALLS = 4;
    static final int MIN_REFUSALS = 3;
    static final int MAX_PROBES = 5;

    private static final long FIRST_MILLIS = 2_000;

    private static final long OPENING_MILLIS = 6_000;
    private static final double DOUBLING_MILLIS = 500;

    /** Until a call that must not be repeated may be a probe. */
    private static final long LAST_RESORT_MILLIS = Duration.ofMinutes(1).toMillis();

    private sealed interface Phase {

        /** The hold that is on or is ending. Null if there is none. */
        default @Nullable HoldStatus hold() {
            return null;
        }
    }

    private record First() implements Phase {}

    private record Open() implements Phase {}

    private record Held(HoldStatus hold) implements Phase {}

    private record Opening(HoldStatus hold) implements Phase {}

    private final HoldSettings settings;
    private final Supplier<?> key;
    private final HoldListener listener;

    private final OutageSigns outage = new OutageSigns();

    private Phase phase;
    private long phaseSince;

    /** Number of phases so far that began or ended a hold. A call's failure is about the phase that it started in. */
    private int era;

    /** Calls started in this era, and those of them in flight. */
    private int starts;

    private int inFlight;

    /** The wait between two probes. */
    private long wait;

    /** The key of the latest call. */
    private @Nullable Object usedKey;

    /** An outage has lasted too long; it ends with the next sign of life. */
    private boolean gaveUp;

    /** Whether a call with this key has been answered. */
    private boolean hasSucceeded;

    /** Items that were refused since the last sign of life. */
    private final Set<Object> refused = new HashSet<>();

    /** @param key the present key, compared by identity; a new one ends a hold */
    Hold(HoldSettings settings, Supplier<?> key, HoldListener listener) {
        this.settings = settings;
        this.key = key;
        this.listener = listener;
        usedKey = key.get();
        phase = firstPhase();
    }

    private Phase firstPhase() {
        return settings.onKey() || settings.onQuota() ? new First() : new Open();
    }

    /** Nothing holds it. */
    static Hold never() {
        return new Hold(HoldSettings.NEVER, () -> HoldSettings.NEVER, HoldListener.NONE);
    }

    /**
     * Whether a call may start now. The caller reports a start with {@link #started}.
     *
     * @param isRepeatable whether it may be made again if it fails
     */
    synchronized boolean mayStart(boolean isRepeatable, long now) {
        lookAtTime(now);
        if (phase instanceof First) {
            return starts < FIRST_CALLS * growth(now - phaseSince - FIRST_MILLIS);
        }
        if (phase instanceof Held held) {
            long probeAt = held.hold.probeAt() + (isRepeatable ? 0 : LAST_RESORT_MILLIS);
            return inFlight < MAX_PROBES && now >= probeAt;
        }
        return phase instanceof Open || starts < growth(now - phaseSince);
    }

    private double growth(long millis) {
        // Before the first call, no time has passed.
        return starts == 0 ? 1 : Math.pow(2, Math.max(0, millis) / DOUBLING_MILLIS);
    }

    /** A call starts. Returns what {@link #ended} needs to know of it. */
    synchronized int started(long now) {
        if (phase instanceof First && starts == 0) {
            phaseSince = now;
        }
        starts++;
        inFlight++;
        if (phase instanceof Held held) {
            phase = new Held(held.hold.withProbeAt(now + held.hold.reason().patience()));
        }
        return era;
    }

    private void lookAtTime(long now) {
        if (key.get() != usedKey) {
            keyChanged(now);
        } else if (phase instanceof First && starts > 0 && now - phaseSince >= OPENING_MILLIS) {
            starts = 0;
            phase = outage.isAlive() ? new Open() : phase;
        } else if (phase instanceof Opening opening && now - phaseSince >= OPENING_MILLIS) {
            phase = new Open();
            listener.opened(opening.hold, phaseSince);
        } else if (phase instanceof Held held
                && held.hold.reason() == HoldReason.OUTAGE
                && now - held.hold.since() >= settings.maxOutage().toMillis()) {
            gaveUp = true;
            listener.gaveUp(held.hold);
            begin(new Open(), now);
        }
    }

    /** Nothing is known of the new key. */
    private void keyChanged(long now) {
        usedKey = key.get();
        if (phase instanceof Held) {
            resume(now);
        } else {
            if (phase instanceof Opening opening) {
                listener.opened(opening.hold, phaseSince);
            }
            hasSucceeded = false;
            begin(firstPhase(), now);
        }
    }

    /** A person, or another key, ends the hold. */
    synchronized void resume(long now) {
        if (phase instanceof Held held) {
            listener.opened(held.hold, now);
            hasSucceeded = false;
            begin(firstPhase(), now);
        }
    }

    private void begin(Phase next, long now) {
        phase = next;
        phaseSince = now;
        era++;
        starts = 0;
        inFlight = 0;
        refused.clear();
        outage.forget(now);
    }

    /**
     * A call has not been made after all.
     *
     * @param startedIn the value of {@link #started}
     */
    synchronized void notMade(int startedIn) {
        if (startedIn == era) {
            inFlight--;
            starts = Math.max(0, starts - 1);
            if (phase instanceof Held held) {
                phase = new Held(held.hold.withProbeAt(held.hold.since()));
            }
        }
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
        if (sign == Sign.NONE) {
            notMade(startedIn);
            return Verdict.AS_IT_ENDED;
        }
        inFlight--;
        if (reason == null) {
            if (!isFailure(sign)) {
                answered(now);
            }
            return Verdict.AS_IT_ENDED;
        }
        boolean holds = isHeldBy(reason, report, now);
        String words = Objects.requireNonNullElse(report.words(), CallError.NO_REASON);
        if (phase instanceof Held held && reason == held.hold.reason()) {
            wait = reason.nextWait(wait);
            long probeAt = Math.min(held.hold.probeAt(), now + wait);
            phase = new Held(new HoldStatus(reason, held.hold.since(), probeAt, words));
        } else if (holds) {
            hold(reason, words, now);
        }
        return holds || phase instanceof Held || phase instanceof Opening
                ? Verdict.SPARED
                : reason == HoldReason.OUTAGE ? Verdict.AS_IT_ENDED : Verdict.AGAIN;
    }

    private static boolean isFailure(Sign sign) {
        return sign == Sign.UNREACHED || sign == Sign.TURNED_AWAY || sign == Sign.FAILING;
    }

    /** The reason for a hold that this sign may be. Null if it never holds the credential. */
    private @Nullable HoldReason reason(Sign sign) {
        if (isFailure(sign)) {
            return settings.maxOutage().isZero() || gaveUp ? null : HoldReason.OUTAGE;
        }
        return switch (sign) {
            case KEY_REFUSED -> settings.onKey() ? HoldReason.KEY_REFUSED : null;
            case QUOTA_EXHAUSTED -> settings.onQuota() ? HoldReason.QUOTA_EXHAUSTED : null;
            default -> null;
        };
    }

    private boolean isHeldBy(HoldReason reason, CallReport report, long now) {
        if (reason == HoldReason.OUTAGE) {
            outage.failed(report, now);
            return outage.isAway(phase instanceof First, phase instanceof Open, inFlight, now);
        }
        refused.add(report.item());
        return refused.size() >= MIN_REFUSALS || !hasSucceeded;
    }

    private void answered(long now) {
        outage.ended(now);
        refused.clear();
        gaveUp = false;
        hasSucceeded = true;
        if (phase instanceof Held held) {
            begin(new Opening(held.hold), now);
        } else if (phase instanceof First) {
            phase = new Open();
        }
    }

    private void hold(HoldReason reason, String words, long now) {
        HoldStatus before = phase.hold();
        boolean isNew = before == null || before.reason() != reason;
        long since = before == null || isNew ? now : before.since();
        if (isNew) {
            wait = reason.firstWait();
        }
        var hold = new HoldStatus(reason, since, now + wait, words);
        begin(new Held(hold), now);
        if (isNew) {
            listener.held(hold);
        }
    }

    /** The present hold; empty if there is none, or if it is ending. */
    synchronized Optional<HoldStatus> status(long now) {
        lookAtTime(now);
        return phase instanceof Held held ? Optional.of(held.hold) : Optional.empty();
    }
}
