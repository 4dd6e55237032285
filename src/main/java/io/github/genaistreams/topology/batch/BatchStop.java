package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.Spent;
import java.math.BigDecimal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether the calls of one batch go on: its bounds, and why they have stopped. Not thread-safe. Times are arguments, in
 * epoch milliseconds.
 */
final class BatchStop {

    /** Bound of the cost; null if there is none. */
    @Nullable
    BigDecimal maxCostUsd;

    /** Bound of the tokens; null if there is none. */
    @Nullable
    Long maxTotalTokens;
    /** Whether a present bound was reached and that was announced. */
    boolean budgetSpent;
    /** Why no more calls are made, as an error code. Null if calls continue. */
    @Nullable
    String code;
    /** When the stop was first seen. */
    long since;

    /**
     * Applies all controls of the batch.
     *
     * @return whether calls go on or stop for another reason than before
     */
    boolean take(BatchControl control, long now) {
        if (!Objects.equals(maxCostUsd, control.maxCostUsd())
                || !Objects.equals(maxTotalTokens, control.maxTotalTokens())) {
            maxCostUsd = control.maxCostUsd();
            maxTotalTokens = control.maxTotalTokens();
            budgetSpent = false;
        }
        return becomes(control.stopped().orElse(budgetSpent ? BatchControl.BUDGET_EXCEEDED : null), now);
    }

    /**
     * A bound is reached, and that is announced.
     *
     * @return whether that has stopped the calls
     */
    boolean budgetSpent(long now) {
        budgetSpent = true;
        return code == null && becomes(BatchControl.BUDGET_EXCEEDED, now);
    }

    private boolean becomes(@Nullable String why, long now) {
        if (Objects.equals(why, code)) {
            return false;
        }
        since = code == null ? now : since;
        code = why;
        return true;
    }

    boolean isCancelled() {
        return BatchControl.CANCELLED.equals(code);
    }

    /** Whether the calls have reached a present bound that was not announced yet. */
    boolean isOverBudget(Spent spent) {
        return !budgetSpent
                && code == null
                && (maxTotalTokens != null && spent.usage().totalTokens() >= maxTotalTokens
                        || maxCostUsd != null && spent.cost().usd().compareTo(maxCostUsd) >= 0);
    }
}
