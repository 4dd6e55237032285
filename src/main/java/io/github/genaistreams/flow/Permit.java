package io.github.genaistreams.flow;

import io.github.genaistreams.model.ApiLimits;
import org.jspecify.annotations.Nullable;

/**
 * What a call takes of the limits of its credential, until it is given back. Giving it back twice has no effect. For
 * one thread.
 */
public final class Permit {

    private final Demand demand;
    private final int startedIn;
    private final long reserved;

    /** Whether the end of its call is known, or nobody waits for it. */
    private boolean isSettled;

    /** Null if there are no limits, or after the permit was given back. */
    private @Nullable Governor governor;

    /**
     * @param governor  null for a call without limits
     * @param startedIn what {@link Hold#started} has returned
     * @param reserved  what {@link CallPaces#start} has returned
     */
    Permit(@Nullable Governor governor, Demand demand, int startedIn, long reserved) {
        this.governor = governor;
        this.demand = demand;
        this.startedIn = startedIn;
        this.reserved = reserved;
    }

    /**
     * The call has ended. The permit is still held.
     *
     * @param now epoch milliseconds
     */
    public Verdict settle(CallReport report, long now) {
        isSettled = true;
        return governor == null ? Verdict.AS_IT_ENDED : governor.settle(demand, reserved, report, startedIn, now);
    }

    /**
     * The API has said this about its limits in the answer to a poll of the job that the call became.
     *
     * @param saidAt when the poll was sent, epoch milliseconds
     */
    public void heard(ApiLimits limits, long saidAt, long now) {
        if (governor != null && !limits.isEmpty()) {
            governor.heard(demand, limits, saidAt, now);
        }
    }

    /** The API has ended the job that the call became. The permit is still held. */
    public void settleJob(CallReport report, long now) {
        if (governor != null) {
            governor.settleJob(demand, reserved, report, now);
        }
    }

    /** Gives it back, after any end. */
    public void giveBack() {
        if (governor != null) {
            governor.giveBack(demand, isSettled ? Governor.SETTLED : startedIn);
            governor = null;
        }
    }
}
