package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Optional;

/**
 * What is to hold for a batch as a whole. The control topic keeps the latest of each batch; one that leaves a bound or the size out
 * does not take back an earlier one that workers have seen.
 *
 * @param batchId        the batch; never blank
 * @param batchSize      how many items it has, for a producer that knows it only at the end; null if not said here
 * @param cancel         whether nothing more of it is to be called
 * @param budgetExceeded the same, since one of its bounds was reached; written by workers
 * @param maxCostUsd     what its calls may cost together in USD before the rest is not made; null for no bound
 * @param maxTotalTokens tokens that its calls may use together before the rest is not made; null for no bound
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

    /** Why nothing more is to be called, as an error's code; empty if calls go on. */
    @JsonIgnore
    public Optional<String> stopped() {
        return Boolean.TRUE.equals(cancel)
                ? Optional.of(CANCELLED)
                : Boolean.TRUE.equals(budgetExceeded) ? Optional.of(BUDGET_EXCEEDED) : Optional.empty();
    }
}
