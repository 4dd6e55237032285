package io.github.genaistreams.flow;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges from the ends of calls whether their credential must be held, and why.
 *
 * <p>{@link OutageSigns} says when failures are an outage; there must also be as many failures as calls in flight, since
 * failures may end sooner than good calls. A refused key or an exhausted quota is a reason if no call has succeeded so
 * far, or after {@value #MIN_REFUSALS} refusals in a row of as many items: one refusal alone may be about its request.
 *
 * <p>Not thread-safe. Times are in epoch milliseconds.
 */
final class HoldSigns {

    static final int MIN_REFUSALS = 3;

    private final HoldSettings settings;
    private final OutageSigns outage = new OutageSigns();

    /** Items that were refused since the last sign of life. */
    private final Set<Object> refused = new HashSet<>();

    /** An outage has lasted too long; it ends with the next sign of life. */
    private boolean gaveUp;

    /** Whether a call with the present key has been answered. */
    private boolean hasSucceeded;

    HoldSigns(HoldSettings settings) {
        this.settings = settings;
    }

    /** The reason for a hold that this sign points to. Null if it points to none. */
    @Nullable
    HoldReason reason(Sign sign) {
        return switch (sign) {
            case UNREACHED, TURNED_AWAY, FAILING -> settings.maxOutage().isZero() || gaveUp ? null : HoldReason.OUTAGE;
            case KEY_REFUSED -> settings.onKey() ? HoldReason.KEY_REFUSED : null;
            case QUOTA_EXHAUSTED -> settings.onQuota() ? HoldReason.QUOTA_EXHAUSTED : null;
            case ANSWERED, ACCEPTED, LIMITED, CROWDED, NONE -> null;
        };
    }

    /** Whether such an end shows that the API works with this key, or would at a lower pace. */
    static boolean isOfLife(Sign sign) {
        return switch (sign) {
            case UNREACHED, TURNED_AWAY, FAILING, NONE -> false;
            default -> true;
        };
    }

    /**
     * A call has ended with a sign of this reason. Returns whether that is enough for a hold.
     *
     * @param isFirst  as in {@link OutageSigns#isAway}
     * @param isSteady as in {@link OutageSigns#isAway}
     * @param inFlight calls whose ends are not known
     */
    boolean isEnough(HoldReason reason, CallReport report, boolean isFirst, boolean isSteady, int inFlight, long now) {
        if (reason == HoldReason.OUTAGE) {
            outage.failed(report, now);
            return outage.isAway(isFirst, isSteady, inFlight, now);
        }
        refused.add(report.item());
        return refused.size() >= MIN_REFUSALS || !hasSucceeded;
    }

    /** A call has ended with a sign of life. */
    void alive(long now) {
        outage.ended(now);
        refused.clear();
        gaveUp = false;
        hasSucceeded = true;
    }

    /** Whether no call has failed since the last sign of life. */
    boolean isAlive() {
        return outage.isAlive();
    }

    /** From now on, failures are no outage until the next sign of life. */
    void giveUp() {
        gaveUp = true;
    }

    /** Nothing is known of the key any more. */
    void forgetKey() {
        hasSucceeded = false;
    }

    /** Forgets the ends so far: a hold begins or ends. */
    void forget(long now) {
        refused.clear();
        outage.forget(now);
    }
}
