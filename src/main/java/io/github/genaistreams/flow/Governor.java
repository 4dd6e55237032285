package io.github.genaistreams.flow;

import io.github.genaistreams.model.ApiLimits;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Knows the state of one credential, and decides for all lanes of a worker whether a call with it may start now. It
 * learns from how calls end. Thread-safe. Times are in epoch milliseconds.
 */
public final class Governor {

    /** Replaces the value of {@link Hold#started} for a call that does not matter to the hold. */
    static final int SETTLED = -1;

    /** An urgent call that was refused asks again within this time, or nobody waits for it any more. */
    private static final long URGENT_MILLIS = 200;

    private static final long NEVER = -URGENT_MILLIS;

    private final LimitSettings settings;
    private final CallLimits limits;
    private final CallPaces paces;
    private final WaitTimes waits = new WaitTimes();
    private final Hold hold;

    /** When an urgent call was last refused for a limit; {@link #NEVER} if one has started since. */
    private long urgentRefusedAt = NEVER;

    /** For a credential that is never held, on a worker that has the whole account. */
    public Governor(LimitSettings settings) {
        this(settings, () -> 1, Hold.never());
    }

    /**
     * @param shares   the present share of the account, from 0 to 1
     * @param key      the present key, compared by identity: a new one ends a hold
     * @param listener is told about holds
     */
    public Governor(
            LimitSettings settings, DoubleSupplier shares, HoldSettings holds, Supplier<?> key, HoldListener listener) {
        this(settings, shares, new Hold(holds, key, listener));
    }

    private Governor(LimitSettings settings, DoubleSupplier shares, Hold hold) {
        this.settings = settings;
        this.limits = new CallLimits(settings.concurrent(), settings.pages());
        this.paces = new CallPaces(settings, shares, new Random());
        this.hold = hold;
    }

    /** A permit for a call to start; null if a bound or a hold prevents it. */
    public synchronized @Nullable Permit tryAcquire(Demand demand, long now) {
        if (!hold.mayStart(demand.isRepeatable(), now)) {
            waits.asked(demand.model(), null, now);
            return null;
        }
        Bound refusal = limits.refusal(demand.pages(), now);
        if (refusal == null) {
            refusal = paces.refusal(demand.model(), now);
        }
        waits.asked(demand.model(), refusal, now);
        if (refusal != null) {
            if (demand.isUrgent()) {
                urgentRefusedAt = now;
            }
            return null;
        }
        if (demand.isUrgent()) {
            urgentRefusedAt = NEVER;
        } else if (now - urgentRefusedAt < URGENT_MILLIS) {
            // The free permit is for the urgent call. Another lane asks again for it in a moment.
            return null;
        }
        limits.start(demand.pages());
        return new Permit(this, demand, hold.started(now), paces.start(demand, now));
    }

    /** A permit for a call that another process has started. It is always given. */
    public synchronized Permit acquire(Demand demand) {
        limits.join(demand.pages());
        paces.join(demand.model());
        return new Permit(this, demand, SETTLED, 0);
    }

    synchronized Verdict settle(Demand demand, long reserved, CallReport report, int startedIn, long now) {
        Verdict verdict = hold.ended(report, startedIn, now);
        paces.ended(demand, reserved, report, verdict == Verdict.SPARED, now);
        return verdict;
    }

    synchronized void settleJob(Demand demand, long reserved, CallReport report, long now) {
        paces.jobEnded(demand, reserved, report, now);
    }

    synchronized void heard(Demand demand, ApiLimits limits, long saidAt, long now) {
        paces.heard(demand.model(), limits, saidAt, now);
    }

    /** @param startedIn set if the call was not made, or nobody has seen its end; else {@link #SETTLED} */
    synchronized void giveBack(Demand demand, int startedIn) {
        if (startedIn != SETTLED) {
            hold.notMade(startedIn);
        }
        limits.leave(demand.pages());
        paces.leave(demand.model());
    }

    /** The limits as they are set, those of the whole account among them. */
    public LimitSettings limits() {
        return settings;
    }

    /** Why only probes start; empty if calls may start. */
    public Optional<HoldStatus> hold(long now) {
        return hold.status(now);
    }

    /** Ends a hold at a person's request. */
    public void resume(long now) {
        hold.resume(now);
    }

    /** The bounds for which a call may have to wait. The API can name limits of requests and tokens at any time. */
    public Set<Bound> bounds() {
        Set<Bound> bounds = configured();
        bounds.add(Bound.REQUESTS_PER_MINUTE);
        bounds.add(Bound.TOKENS_PER_MINUTE);
        bounds.add(Bound.API_WAIT);
        if (settings.adaptive() == LimitSettings.Adaptive.ON) {
            bounds.add(Bound.ADAPTIVE);
        }
        return bounds;
    }

    /** The bounds that are set. */
    public Set<Bound> configured() {
        Set<Bound> bounds = EnumSet.noneOf(Bound.class);
        if (settings.concurrent() > 0) {
            bounds.add(Bound.CONCURRENT_REQUESTS);
        }
        if (settings.requestsPerMinute() > 0) {
            bounds.add(Bound.REQUESTS_PER_MINUTE);
        }
        if (settings.tokensPerMinute() > 0) {
            bounds.add(Bound.TOKENS_PER_MINUTE);
        }
        if (settings.pages() > 0) {
            bounds.add(Bound.PAGES_IN_FLIGHT);
        }
        return bounds;
    }

    /** How much more can start now within this bound, which is a {@link #configured} one; at least 0. */
    public synchronized long remaining(Bound bound, long now) {
        return switch (bound) {
            case CONCURRENT_REQUESTS -> limits.remainingCalls();
            case PAGES_IN_FLIGHT -> limits.remainingPages();
            default -> paces.remaining(bound, now);
        };
    }

    /** How long a ready call was held back by this bound. Time in which several calls waited counts once. */
    public synchronized Duration waited(Bound bound) {
        return waits.waited(bound);
    }

    /**
     * Models with more calls in flight than their server handles well. Empty unless the adaptive limit is only
     * observed.
     */
    public synchronized List<OverloadedModel> overloadedModels() {
        return paces.overloadedModels();
    }

    /** Calls in flight. */
    public synchronized int atWork() {
        return limits.atWork();
    }
}
