package io.github.genaistreams.topology.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Spent;
import io.github.genaistreams.model.Usage;
import java.math.BigDecimal;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BatchStopTest {

    private static final BatchControl BOUND = BatchControl.of("b").withBudget(null, 3L);
    private static final Spent THREE_TOKENS =
            new Spent(1, 0, new Usage(1, Map.of(), 2, Map.of(), 3), CostTotal.NONE, 0);

    private final BatchStop stop = new BatchStop();

    @Test
    void isOverBudgetUntilThatIsAnnounced() {
        stop.take(BOUND, 10);
        assertThat(stop.isOverBudget(Spent.NOTHING)).isFalse();
        assertThat(stop.isOverBudget(THREE_TOKENS)).isTrue();

        assertThat(stop.budgetSpent(20)).isTrue();

        assertThat(stop.isOverBudget(THREE_TOKENS)).isFalse();
        assertThat(stop.code).isEqualTo(BatchControl.BUDGET_EXCEEDED);
        assertThat(stop.since).isEqualTo(20);
    }

    @Test
    void letsCallsGoOnWithAHigherBound() {
        stop.take(BOUND, 10);
        stop.budgetSpent(20);

        assertThat(stop.take(BOUND, 30)).as("the same bound").isFalse();
        assertThat(stop.take(BatchControl.of("b").withBudget(BigDecimal.ONE, 4L), 40))
                .isTrue();
        assertThat(stop.code).isNull();
    }

    @Test
    void keepsTheTimeOfTheFirstStopWhenItsReasonChanges() {
        stop.take(BOUND, 10);
        stop.budgetSpent(20);

        assertThat(stop.take(BOUND.withCancel(), 30)).isTrue();

        assertThat(stop.isCancelled()).isTrue();
        assertThat(stop.since).isEqualTo(20);
        assertThat(stop.budgetSpent(40)).as("announced after a cancellation").isFalse();
    }
}
