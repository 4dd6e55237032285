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
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Limits what the batches of a key cost in a day (UTC). The cost of a batch counts for the day on which it was created.
 * Calls that are in flight when the limit is reached still add to the cost. For the thread of the {@link BatchRunner},
 * except for {@link #requireLeft}.
 */
final class Budgets {

    /** Workers refuse a bound of 0. */
    private static final BigDecimal MIN_BOUND = new BigDecimal("0.000001");

    private static final long ADD_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private final ObjectTable table;
    private final BatchClient client;
    private final Clock clock;
    private Map<Account, BigDecimal> sums = Map.of();
    private long addedUp = System.nanoTime() - ADD_UP_NANOS;

    /** All that one owner creates in one day. */
    private record Account(String owner, LocalDate day) {

        static Account of(Stored object) {
            return new Account(object.owner(), Budgets.day(Instant.ofEpochSecond(object.createdAt())));
        }
    }

    Budgets(ObjectTable table, BatchClient client, Clock clock) {
        this.table = table;
        this.client = client;
        this.clock = clock;
    }

    /** @throws ApiException 429 if the caller has spent today's budget */
    void requireLeft(Caller caller) {
        caller.budgetPerDayUsd().ifPresent(budget -> {
            var today = new Account(caller.name(), day(clock.instant()));
            BigDecimal spent = priced().filter(object -> Account.of(object).equals(today))
                    .map(object -> cost(object.id()))
                    .reduce(BigDecimal.ZERO, BigDecimal::add);
            if (spent.compareTo(budget) >= 0) {
                throw ApiException.tooMany(
                        "insufficient_quota",
                        "insufficient_quota",
                        "The key \"" + caller.name() + "\" has used its budget of " + budget.toPlainString()
                                + " USD for today (UTC).");
            }
        });
    }

    /**
     * Whether the owner of an object has spent the budget of the day on which the object was created. The sums may be a
     * moment old.
     *
     * @param budget the budget per day; null for no budget
     */
    boolean isSpent(Stored object, @Nullable BigDecimal budget) {
        if (budget == null) {
            return false;
        }
        if (System.nanoTime() - addedUp >= ADD_UP_NANOS) {
            sums = priced().collect(Collectors.toMap(Account::of, each -> cost(each.id()), BigDecimal::add));
            addedUp = System.nanoTime();
        }
        return sums.getOrDefault(Account.of(object), BigDecimal.ZERO).compareTo(budget) >= 0;
    }

    /**
     * The control record that stops a batch because of a budget.
     *
     * @param bound the bound that the batch already has. The new bound is never lower: a stop with a
     *     lower bound counts as older than the bound, and is ignored
     */
    BatchControl stop(String batchId, @Nullable BigDecimal bound) {
        BigDecimal reached = cost(batchId).max(MIN_BOUND);
        return BatchControl.of(batchId)
                .withBudget(bound == null ? reached : bound.max(reached), null)
                .withBudgetExceeded();
    }

    private Stream<Stored> priced() {
        return Stream.concat(table.all(StoredBatch.class), table.all(StoredResponse.class));
    }

    private BigDecimal cost(String batchId) {
        Optional<BatchStatus> status = client.reattach(batchId).status();
        return status.map(BatchStatus::cost).filter(Objects::nonNull).orElse(BigDecimal.ZERO);
    }

    private static LocalDate day(Instant instant) {
        return LocalDate.ofInstant(instant, ZoneOffset.UTC);
    }
}
