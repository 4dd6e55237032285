package io.github.genaistreams.flow;

import java.util.Map;

/**
 * The limits of each credential over all lanes of a worker. A credential without limits here may do anything.
 * Thread-safe: the lanes of several threads share it.
 */
public final class Limits {

    /** No limits other than those of the lanes. */
    public static final Limits NONE = new Limits(Map.of());

    private final Map<String, CallLimits> byCredential;

    private Limits(Map<String, CallLimits> byCredential) {
        this.byCredential = byCredential;
    }

    /** The limits of several credentials. */
    public static Limits of(Map<String, CallLimits> byCredential) {
        return new Limits(Map.copyOf(byCredential));
    }

    /**
     * Lets a call with this credential start if the limits allow it; null otherwise.
     *
     * @param pages of its document; 0 for a call without one
     */
    public Permit tryAcquire(String credential, int pages) {
        CallLimits own = byCredential.get(credential);
        return own == null ? new Permit(null, 0) : own.tryAcquire(pages);
    }

    /** Lets a call continue whatever the limits are: another process has started it. */
    public Permit acquire(String credential, int pages) {
        CallLimits own = byCredential.get(credential);
        return own == null ? new Permit(null, 0) : own.acquire(pages);
    }
}
