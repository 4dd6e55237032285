package io.github.genaistreams.topology.batch;

import static io.github.genaistreams.topology.batch.CountedBatch.result;
import static io.github.genaistreams.topology.batch.IndexChunk.NONE;
import static io.github.genaistreams.topology.batch.IndexChunk.SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.topology.batch.ResultTally.Occurrence;
import io.github.genaistreams.topology.batch.ResultTally.Taken;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultTallyTest {

    private final ResultTally tally = new ResultTally();

    @Test
    void countsTheFirstResultOfEachIndex() {
        assertThat(tally.isEmpty()).isTrue();

        assertThat(tally.take(result(7, null, null), NONE, false)).isEqualTo(new Taken(Occurrence.FIRST, SUCCEEDED));
        Taken failure = tally.take(result(3, null, "rate_limit"), NONE, true);

        assertThat(failure.occurrence()).isEqualTo(Occurrence.FIRST);
        assertThat(failure.index()).isNotIn(NONE, SUCCEEDED);
        assertThat(tally.received()).isEqualTo(2);
        assertThat(tally.succeeded).isEqualTo(1);
        assertThat(tally.failures.byCode()).isEqualTo(Map.of("rate_limit", 1L));
        assertThat(tally.highest).isEqualTo(7);
        assertThat(tally.isEmpty()).isFalse();
    }

    @Test
    void countsAFurtherResultOfAnIndexOnlyForItsCost() {
        tally.take(result(0, null, null), NONE, false);

        assertThat(tally.take(result(0, null, "rate_limit"), SUCCEEDED, false))
                .isEqualTo(new Taken(Occurrence.DUPLICATE, SUCCEEDED));
        assertThat(tally.take(result(0, null, null), SUCCEEDED, false).occurrence())
                .isEqualTo(Occurrence.DUPLICATE);
        assertThat(tally.received()).isEqualTo(1);
        assertThat(tally.failures.byCode()).isEmpty();
        assertThat(tally.duplicates).isEqualTo(2);
        assertThat(tally.spent.attempts()).isEqualTo(3);
        assertThat(tally.spent.cost().usd()).isEqualByComparingTo("0.000003");
    }

    @Test
    void replacesAResultThatWasSubmittedAgainWhateverItWas() {
        byte failed = tally.take(result(0, null, "rate_limit"), NONE, false).index();
        Taken other = tally.take(result(0, null, "server_error"), failed, true);
        assertThat(other.occurrence()).isEqualTo(Occurrence.REPLACEMENT);
        assertThat(tally.failures.byCode()).isEqualTo(Map.of("server_error", 1L));

        assertThat(tally.take(result(0, null, null), other.index(), true).index())
                .isEqualTo(SUCCEEDED);
        assertThat(tally.take(result(0, null, null), SUCCEEDED, true).occurrence())
                .isEqualTo(Occurrence.REPLACEMENT);

        assertThat(tally.succeeded).isEqualTo(1);
        assertThat(tally.failed).isZero();
        assertThat(tally.replaced).isEqualTo(3);
        assertThat(tally.failures.byCode()).isEmpty();
    }

    @Test
    void neverReplacesASuccessWithAFailure() {
        tally.take(result(0, null, null), NONE, false);

        assertThat(tally.take(result(0, null, "rate_limit"), SUCCEEDED, true).occurrence())
                .isEqualTo(Occurrence.DUPLICATE);
        assertThat(tally.succeeded).isEqualTo(1);
    }

    @Test
    void keepsTheEarliestAndTheLatestTimeInWhateverOrderResultsCome() {
        for (int index : new int[] {5, 9, 2}) {
            tally.take(result(index, null, null), NONE, false);
        }

        assertThat(tally.submittedAt).isEqualTo(1_000);
        assertThat(tally.firstAt).isEqualTo(2_002);
        assertThat(tally.lastAt).isEqualTo(2_009);
    }

    @Test
    void countsAFailureByItsCodeOrElseByItsTypeOrElseAsOther() {
        var untyped = new CallError("It went wrong", "server_error", null, null, true, 500);
        tally.take(result(0, null, "x").toBuilder().error(untyped).build(), NONE, false);
        tally.take(result(1, null, "x").toBuilder().error(null).build(), NONE, false);

        assertThat(tally.failures.byCode()).isEqualTo(Map.of("server_error", 1L, FailureCodes.OTHER, 1L));
    }
}
