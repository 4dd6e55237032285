package io.github.genaistreams.flow;

import io.github.genaistreams.flow.HoldPhase.First;
import io.github.genaistreams.flow.HoldPhase.Held;
import io.github.genaistreams.flow.HoldPhase.Open;
import io.github.genaistreams.flow.HoldPhase.Opening;
import io.github.genaistreams.model.CallError;
import java.util.Objects;
import java.util.Optional;
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
 * {@link HoldPhase} says what each phase means, and {@link HoldSigns} which ends of calls hold the credential.
 *
 * <p>If a call fails for the reason of a hold, its attempt does not count. This includes a call that started before the
 * present phase or with another key. The end of such a call does not change the phase. Thread-safe; times are in epoch
 * milliseconds.
 */
final class Hold {

    /** How long it takes until calls start freely. */
    private static final long PROVEN_MILLIS = 6_000;

    private final HoldSettings settings;
    private final Supplier<?> key;
    private final HoldListener listener;

    private final HoldSigns signs;

    private HoldPhase phase;
    private long phaseSince;

    /** Grows when a hold begins or ends. The end of a call says something about the era in which the call started. */
    private int era;

    /** Calls started in this era, and those of them in flight. */
    private int starts;

    private int inFlight;

    /** The wait between two probes. */
    private long wait;

    /** The key of the latest call. */
    private @Nullable Object usedKey;

    /** @param key the present key, compared by identity; a new one ends a hold */
    Hold(HoldSettings settings, Supplier<?> key, HoldListener listener) {
        this.settings = settings;
        this.key = key;
        this.listener = listener;
        signs = new HoldSigns(settings);
        usedKey = key.get();
        phase = firstPhase();
    }

    private HoldPhase firstPhase() {
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
        if (phase instanceof Held held) {
            return held.mayProbe(inFlight, isRepeatable, now);
        }
        // Before the first call, no time has passed.
        return starts < phase.maxStarts(starts == 0 ? 0 : now - phaseSince);
    }

    /** A call starts. Returns what {@link #ended} needs to know of it. */
    synchronized int started(long now) {
        if (phase instanceof First && starts == 0) {
            phaseSince = now;
        }
        starts++;
        inFlight++;
        if (phase instanceof Held held) {
            phase = held.withProbeAt(now + held.hold().reason().patience());
        }
        return era;
    }

    private void lookAtTime(long now) {
        if (key.get() != usedKey) {
            keyChanged(now);
        } else if (phase instanceof First && starts > 0 && now - phaseSince >= PROVEN_MILLIS) {
            starts = 0;
            phase = signs.isAlive() ? new Open() : phase;
        } else if (phase instanceof Opening opening && now - phaseSince >= PROVEN_MILLIS) {
            phase = new Open();
            listener.opened(opening.hold(), phaseSince);
        } else if (phase instanceof Held held
                && held.hold().reason() == HoldReason.OUTAGE
                && now - held.hold().since() >= settings.maxOutage().toMillis()) {
            signs.giveUp();
            listener.gaveUp(held.hold());
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
                listener.opened(opening.hold(), phaseSince);
            }
            signs.forgetKey();
            begin(firstPhase(), now);
        }
    }

    /** A person, or another key, ends the hold. */
    synchronized void resume(long now) {
        if (phase instanceof Held held) {
            listener.opened(held.hold(), now);
            signs.forgetKey();
            begin(firstPhase(), now);
        }
    }

    private void begin(HoldPhase next, long now) {
        phase = next;
        phaseSince = now;
        era++;
        starts = 0;
        inFlight = 0;
        signs.forget(now);
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
                phase = held.withProbeAt(held.hold().since());
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
        HoldReason reason = signs.reason(report.sign());
        if (startedIn != era) {
            return reason == null ? Verdict.AS_IT_ENDED : Verdict.SPARED;
        }
        if (report.sign() == Sign.NONE) {
            notMade(startedIn);
            return Verdict.AS_IT_ENDED;
        }
        inFlight--;
        if (reason != null) {
            return failed(reason, report, now);
        }
        if (HoldSigns.isOfLife(report.sign())) {
            answered(now);
        }
        return Verdict.AS_IT_ENDED;
    }

    private Verdict failed(HoldReason reason, CallReport report, long now) {
        boolean isEnough = signs.isEnough(reason, report, phase instanceof First, phase instanceof Open, inFlight, now);
        String words = Objects.requireNonNullElse(report.words(), CallError.NO_REASON);
        if (phase instanceof Held held && reason == held.hold().reason()) {
            wait = reason.nextWait(wait);
            phase = held.probeFailed(words, now + wait);
        } else if (isEnough) {
            hold(reason, words, now);
        }
        if (phase.hold() != null) {
            return Verdict.SPARED;
        }
        // One refusal may be wrong, so its item is called again. A failure counts as what it is until it is an outage.
        return reason == HoldReason.OUTAGE ? Verdict.AS_IT_ENDED : Verdict.AGAIN;
    }

    private void answered(long now) {
        signs.alive(now);
        if (phase instanceof Held held) {
            begin(new Opening(held.hold()), now);
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
        return phase instanceof Held held ? Optional.of(held.hold()) : Optional.empty();
    }
}
