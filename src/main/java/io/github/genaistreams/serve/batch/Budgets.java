package io.github.genaistreams.serve.batch;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredResponse;
import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Caller;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the batches of a key may cost on a day (UTC). A batch counts on the day on which it was created. Calls that are
 * in flight when the bound is reached still cost something. Thread-safe.
 */
final class Budgets {

    /** A bound must be above 0. */
    private static final BigDecimal LEAST = new BigDecimal("0.000001");

    private final ObjectTable table;
    private final BatchClient client;
    private final Clock clock;

    Budgets(ObjectTable table, BatchClient client, Clock clock) {
        this.table = table;
        this.client = client;
        this.clock = clock;
    }

    /** @throws ApiException 429 if the caller's batches of today have cost as much as they may */
    void requireLeft(Caller caller) {
        caller.budgetPerDayUsd().ifPresent(budget -> {
            if (spent(caller.name(), day(clock.instant())).compareTo(budget) >= 0) {
                throw ApiException.tooMany(
                        "insufficient_quota",
                        "insufficient_quota",
                        "The key \"" + caller.name() + "\" has used its budget of " + budget.toPlainString()
                                + " USD for today (UTC).");
            }
        });
    }

    /** Whether the batches of the same owner and day have cost as much as they may. */
    boolean isSpent(StoredBatch batch) {
        BigDecimal budget = batch.order().budgetPerDayUsd();
        return budget != null && spent(batch.owner(), dayOf(batch.createdAt())).compareTo(budget) >= 0;
    }

    /** Stops a batch for its budget. */
    BatchControl stop(StoredBatch batch) {
        return BatchControl.of(batch.id())
                .withBudget(cost(batch.id()).max(LEAST), null)
                .withBudgetExceeded();
    }

    private BigDecimal spent(String owner, LocalDate day) {
        return Stream.concat(table.all(StoredBatch.class), table.all(StoredResponse.class))
                .filter(object -> object.owner().equals(owner)
                        && dayOf(object.createdAt()).equals(day))
                .map(object -> cost(object.id()))
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private BigDecimal cost(String batchId) {
        Optional<BatchStatus> status = client.reattach(batchId).status();
        return status.map(BatchStatus::cost).filter(Objects::nonNull).orElse(BigDecimal.ZERO);
    }

    private static LocalDate dayOf(long seconds) {
        return day(Instant.ofEpochSecond(seconds));
    }

    private static LocalDate day(Instant instant) {
        return LocalDate.ofInstant(instant, ZoneOffset.UTC);
    }
}
