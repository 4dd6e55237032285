package io.github.genaistreams.flow;

import java.util.Map;

/**
 * What each credential may do, over all lanes of a worker; one that has no limits here may do anything. Thread-safe: the lanes of
 * several threads ask the same one.
 */
public final class Limits {

    /** No bound beside those of the lanes. */
    public static final Limits NONE = new Limits(Map.of());

    private final Map<String, CallLimits> byCredential;

    private Limits(Map<String, CallLimits> byCredential) {
        this.byCredential = byCredential;
    }

    /** Those of several credentials. */
    public static Limits of(Map<String, CallLimits> byCredential) {
        return new Limits(Map.copyOf(byCredential));
    }

    /**
     * Lets a call with this credential through, if it may start now; else null.
     *
     * @param pages of its document; 0 for a call without
     */
    public Permit tryAcquire(String credential, int pages) {
        CallLimits own = byCredential.get(credential);
        return own == null ? new Permit(null, 0) : own.tryAcquire(pages);
    }

    /** Lets a call through whatever the limits are: another process has started it, and it goes on. */
    public Permit acquire(String credential, int pages) {
        CallLimits own = byCredential.get(credential);
        return own == null ? new Permit(null, 0) : own.acquire(pages);
    }
}
