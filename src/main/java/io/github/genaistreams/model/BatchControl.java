package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Optional;

/**
 * What is to hold for a batch as a whole. All that was said of a batch holds together ({@link #and}): a record that leaves a field
 * out takes nothing back.
 *
 * @param batchId        the batch; never blank
 * @param batchSize      how many items it has, for a producer that knows it only at the end; null if not said here
 * @param cancel         true: nothing more of it is to be called; false: takes that back; null if not said here
 * @param budgetExceeded the same, since one of its bounds was reached; written by workers, together with the bounds that they know.
 *                       Ends when a higher bound is set
 * @param maxCostUsd     what its calls may cost together in USD before the rest is not made; null if not said here
 * @param maxTotalTokens tokens that its calls may use together before the rest is not made; null if not said here
 */
public record BatchControl(
        String batchId,
        Integer batchSize,
        Boolean cancel,
        Boolean budgetExceeded,
        BigDecimal maxCostUsd,
        Long maxTotalTokens) {

    /** Type and code of the failed results of a batch that was cancelled. */
    public static final String CANCELLED = "cancelled";

    /** Type and code of the failed results of a batch that has reached one of its bounds. */
    public static final String BUDGET_EXCEEDED = "budget_exceeded";

    /** More digits than this is no amount of money. */
    private static final int MAX_DIGITS = 30;

    /** Says nothing yet. */
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
    public BatchControl withBudget(BigDecimal maxCostUsd, Long maxTotalTokens) {
        return new BatchControl(batchId, batchSize, cancel, budgetExceeded, maxCostUsd, maxTotalTokens);
    }

    /** What holds when {@code later} was said after this. A worker that has stopped for a bound that is higher by now is not heard. */
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

    private static <N extends Comparable<N>> boolean isHigher(N bound, N than) {
        return bound != null && than != null && bound.compareTo(than) > 0;
    }

    /** Why nothing more is to be called, as an error's code; empty if calls go on. */
    @JsonIgnore
    public Optional<String> stopped() {
        return Boolean.TRUE.equals(cancel)
                ? Optional.of(CANCELLED)
                : Boolean.TRUE.equals(budgetExceeded) ? Optional.of(BUDGET_EXCEEDED) : Optional.empty();
    }

    /** What is wrong with it, naming the field; empty if nothing is. */
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
