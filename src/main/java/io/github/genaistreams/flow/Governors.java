package io.github.genaistreams.flow;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The governors of an API's credentials. A credential without one may do anything. Thread-safe: the lanes of several
 * threads share it.
 */
public final class Governors {

    /** No limits other than those of the lanes. */
    public static final Governors NONE = new Governors(Map.of());

    private final Map<String, Governor> byCredential;

    private Governors(Map<String, Governor> byCredential) {
        this.byCredential = byCredential;
    }

    /** The governors by the alias of their credential. */
    public static Governors of(Map<String, Governor> byCredential) {
        return new Governors(Map.copyOf(byCredential));
    }

    /** A permit for a call to start; null if a bound or a hold prevents it. {@code now} is in epoch milliseconds. */
    public @Nullable Permit tryAcquire(Demand demand, long now) {
        Governor own = byCredential.get(demand.credential());
        return own == null ? new Permit(null, demand, 0, 0) : own.tryAcquire(demand, now);
    }

    /** A permit for a call that another process has started. It is always given. */
    public Permit acquire(Demand demand) {
        Governor own = byCredential.get(demand.credential());
        return own == null ? new Permit(null, demand, 0, 0) : own.acquire(demand);
    }

    /** A person ends the hold of a credential, if it is held. {@code now} is in epoch milliseconds. */
    public void resume(String credential, long now) {
        Governor own = byCredential.get(credential);
        if (own != null) {
            own.resume(now);
        }
    }

    /** Why calls with this credential do not start now (epoch milliseconds), except for probes; empty if they may. */
    public Optional<HoldStatus> hold(String credential, long now) {
        Governor own = byCredential.get(credential);
        return own == null ? Optional.empty() : own.hold(now);
    }
}
