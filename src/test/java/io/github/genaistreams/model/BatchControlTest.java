package io.github.genaistreams.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

class BatchControlTest {

    private static final BatchControl NOTHING = BatchControl.of("b");

    @Test
    void takesNothingBackByLeavingItOut() {
        BatchControl all =
                NOTHING.and(budget("5", 100L)).and(NOTHING.withCancel()).and(NOTHING.withBatchSize(7));

        assertThat(all).isEqualTo(new BatchControl("b", 7, true, null, new BigDecimal("5"), 100L));
        assertThat(all.stopped()).contains("cancelled");
    }

    @Test
    void takesACancellationBackOnlyByName() {
        BatchControl back = new BatchControl("b", null, false, null, null, null);

        assertThat(NOTHING.withCancel().and(back).stopped()).isEmpty();
        assertThat(NOTHING.withCancel().and(back).and(NOTHING.withCancel()).stopped())
                .contains("cancelled");
    }

    @Test
    void goesOnWhenABoundThatWasReachedIsRaisedAndOnlyThen() {
        BatchControl spent =
                NOTHING.and(budget("5", null)).and(budget("5", null).withBudgetExceeded());
        assertThat(spent.stopped()).contains("budget_exceeded");

        assertThat(spent.and(budget("5.00", null)).stopped()).contains("budget_exceeded");
        assertThat(spent.and(budget("4", null)).stopped()).contains("budget_exceeded");
        assertThat(spent.and(NOTHING.withBatchSize(3)).stopped()).contains("budget_exceeded");
        assertThat(spent.and(budget("6", null)).stopped()).isEmpty();
    }

    @Test
    void doesNotHearAWorkerThatHasStoppedForABoundThatIsHigherByNow() {
        BatchControl raised = NOTHING.and(budget("5", null)).and(budget("6", null));

        assertThat(raised.and(budget("5", null).withBudgetExceeded())).isEqualTo(raised);
        assertThat(raised.and(budget("6", null).withBudgetExceeded()).stopped()).contains("budget_exceeded");
    }

    @Test
    void keepsTheLargestSize() {
        assertThat(NOTHING.withBatchSize(5).and(NOTHING.withBatchSize(3)).batchSize())
                .isEqualTo(5);
        assertThat(NOTHING.withBatchSize(5).and(NOTHING.withBatchSize(8)).batchSize())
                .isEqualTo(8);
    }

    @Test
    void namesWhatIsWrong() {
        assertThat(NOTHING.withBatchSize(0).fault())
                .hasValueSatisfying(fault -> assertThat(fault).contains("batch_size"));
        assertThat(budget("-1", null).fault())
                .hasValueSatisfying(fault -> assertThat(fault).contains("max_cost_usd"));
        assertThat(budget("1e70000", null).fault())
                .hasValueSatisfying(fault -> assertThat(fault).contains("digits"));
        assertThat(budget(null, 0L).fault())
                .hasValueSatisfying(fault -> assertThat(fault).contains("max_total_tokens"));
        assertThat(new BatchControl(" ", null, null, null, null, null).fault()).isPresent();
        assertThat(budget("0.01", 1L).fault()).isEmpty();
    }

    private static BatchControl budget(String usd, Long tokens) {
        return NOTHING.withBudget(usd == null ? null : new BigDecimal(usd), tokens);
    }
}
