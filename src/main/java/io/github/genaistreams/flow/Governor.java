package io.github.genaistreams.flow;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Knows the state of one credential, and decides for all lanes of a worker whether a call with it may start now. It
 * learns from how calls end. Thread-safe. Times are in epoch milliseconds.
 */
public final class Governor {

    private final CallLimits limits;
    private final Hold hold;

    /** Never held. */
    public Governor(CallLimits limits) {
        this(limits, Hold.never());
    }

    /**
     * @param key      the present key, compared by identity: a new one ends a hold
     * @param listener is told about holds
     */
    public Governor(CallLimits limits, HoldSettings settings, Supplier<?> key, HoldListener listener) {
        this(limits, new Hold(settings, key, listener));
    }

    private Governor(CallLimits limits, Hold hold) {
        this.limits = limits;
        this.hold = hold;
    }

    /** Lets a call start if nothing is in its way; null otherwise. */
    public synchronized Permit tryAcquire(Demand demand, long now) {
        return hold.mayStart(now) && limits.tryAcquire(demand.pages())
                ? new Permit(this, demand, hold.started(now))
                : null;
    }

    /** Lets a call continue whatever its state is: another process has started it. */
    public Permit acquire(Demand demand) {
        limits.acquire(demand.pages());
        return new Permit(this, demand, 0);
    }

    Verdict settle(CallReport report, int startedIn, long now) {
        return hold.ended(report, startedIn, now);
    }

    void giveBack(Demand demand) {
        limits.giveBack(demand.pages());
    }

    /** Why nothing starts but probes; empty if calls may start. */
    public Optional<HoldStatus> hold() {
        return hold.status();
    }

    /** Ends a hold, as a person wants. */
    public void resume(long now) {
        hold.resume(now);
    }

    /** The limits of its calls, for figures. */
    public CallLimits limits() {
        return limits;
    }
}
