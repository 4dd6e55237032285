package io.github.genaistreams.flow;

/**
 * What a call that was let through takes of the limits of its credential, until it is given back. It is given back once; again, and
 * nothing happens. For one thread.
 */
public final class Permit {

    private final int pages;

    /** Null if there are no limits, or none any more. */
    private CallLimits limits;

    /** @param limits null for a call that is under none */
    Permit(CallLimits limits, int pages) {
        this.limits = limits;
        this.pages = pages;
    }

    /** The call has come to its end, whichever. */
    public void giveBack() {
        if (limits != null) {
            limits.giveBack(pages);
            limits = null;
        }
    }
}
