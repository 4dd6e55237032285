package io.github.genaistreams.flow;

/**
 * What a call takes of the limits of its credential, until it is given back. Giving it back twice has no effect. For
 * one thread.
 */
public final class Permit {

    private final int pages;

    /** Null if there are no limits, or after the permit was given back. */
    private CallLimits limits;

    /** @param limits null for a call without limits */
    Permit(CallLimits limits, int pages) {
        this.limits = limits;
        this.pages = pages;
    }

    /** The call has ended, with any outcome. */
    public void giveBack() {
        if (limits != null) {
            limits.giveBack(pages);
            limits = null;
        }
    }
}
