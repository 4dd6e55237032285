package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Controls for a batch as a whole. All controls of a batch apply together ({@link #and}): a record that omits a field
 * revokes nothing.
 *
 * @param batchId        the batch; never blank
 * @param batchSize      number of items, for a producer that knows it only at the end; null if not given here
 * @param cancel         true: no more items are called; false: revokes that; null if not given here
 * @param budgetExceeded true: no more items are called, because a bound is reached. Workers write it together with
 *     the bounds that they know. A higher bound revokes it. Null if not given here
 * @param maxCostUsd     total cost of its calls in USD after which no more are made; null if not given here
 * @param maxTotalTokens total tokens of its calls after which no more are made; null if not given here
 */
public record BatchControl(
        String batchId,
        @Nullable Integer batchSize,
        @Nullable Boolean cancel,
        @Nullable Boolean budgetExceeded,
        @Nullable BigDecimal maxCostUsd,
        @Nullable Long maxTotalTokens) {

    /** Error type and code of the failed results of a cancelled batch. */
    public static final String CANCELLED = "cancelled";

    /** Error type and code of the failed results of a batch that has reached a bound. */
    public static final String BUDGET_EXCEEDED = "budget_exceeded";

    /** An amount of money never has more digits. */
    private static final int MAX_DIGITS = 30;

    /** An empty control. */
    public static BatchControl of(String batchId) {
        return new BatchControl(Objects.requireNonNull(batchId, "batchId"), null, null, null, null, null);
    }

    public BatchControl withCancel() {
        return new BatchControl(batchId, batchSize, true, budgetExceeded, maxCostUsd, maxTotalTokens);
    }

    public BatchControl withBudgetExceeded() {
        return new BatchControl(batchId, batchSize, cancel, true, maxCostUsd, maxTotalTokens);
    }

    public BatchControl withBatchSize(int size) {
        return new BatchControl(batchId, size, cancel, budgetExceeded, maxCostUsd, maxTotalTokens);
    }

    /** Bounds of cost and tokens; null for none. */
    public BatchControl withBudget(@Nullable BigDecimal maxCostUsd, @Nullable Long maxTotalTokens) {
        return new BatchControl(batchId, batchSize, cancel, budgetExceeded, maxCostUsd, maxTotalTokens);
    }

    /** The combination with a later control. A worker's stop for a bound that has been raised meanwhile is ignored. */
    public BatchControl and(BatchControl later) {
        boolean stops = Boolean.TRUE.equals(later.budgetExceeded);
        if (stops && (isHigher(maxCostUsd, later.maxCostUsd) || isHigher(maxTotalTokens, later.maxTotalTokens))) {
            return this;
        }
        boolean isRaised = isHigher(later.maxCostUsd, maxCostUsd) || isHigher(later.maxTotalTokens, maxTotalTokens);
        return new BatchControl(
                batchId,
                batchSize == null || later.batchSize != null && later.batchSize > batchSize
                        ? later.batchSize
                        : batchSize,
                later.cancel == null ? cancel : later.cancel,
                stops ? Boolean.TRUE : isRaised ? null : budgetExceeded,
                later.maxCostUsd == null ? maxCostUsd : later.maxCostUsd,
                later.maxTotalTokens == null ? maxTotalTokens : later.maxTotalTokens);
    }

    private static <N extends Comparable<N>> boolean isHigher(@Nullable N bound, @Nullable N than) {
        return bound != null && than != null && bound.compareTo(than) > 0;
    }

    /** Why no more items are called, as an error code; empty if calls continue. */
    @JsonIgnore
    public Optional<String> stopped() {
        return Boolean.TRUE.equals(cancel)
                ? Optional.of(CANCELLED)
                : Boolean.TRUE.equals(budgetExceeded) ? Optional.of(BUDGET_EXCEEDED) : Optional.empty();
    }

    /** The first problem, naming the field; empty if there is none. */
    @JsonIgnore
    public Optional<String> fault() {
        if (batchId == null || batchId.isBlank()) {
            return Optional.of("batch_id is missing");
        }
        if (batchSize != null && batchSize <= 0) {
            return Optional.of("batch_size must be at least 1");
        }
        if (maxTotalTokens != null && maxTotalTokens <= 0) {
            return Optional.of("max_total_tokens must be at least 1");
        }
        if (maxCostUsd == null) {
            return Optional.empty();
        }
        if (maxCostUsd.signum() <= 0) {
            return Optional.of("max_cost_usd must be more than 0");
        }
        return maxCostUsd.precision() > MAX_DIGITS
                        || maxCostUsd.scale() > MAX_DIGITS
                        || maxCostUsd.scale() < -MAX_DIGITS
                ? Optional.of("max_cost_usd has too many digits")
                : Optional.empty();
    }
}
