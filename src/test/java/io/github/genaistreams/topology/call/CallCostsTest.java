package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.CallCase.answer;
import static io.github.genaistreams.topology.call.CallCase.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a result says of its cost and of repeats that may have been billed. */
class CallCostsTest {

    @RegisterExtension
    final CallCase test = new CallCase();

    @Test
    void addsUpWhatEarlierAttemptsWereBilledAndSaysIfOneMayHaveBeenDoneTwice() {
        test.send(request(0));
        test.call(0).retry(answer(5), false);
        test.tick();
        test.driver.advanceWallClockTime(Duration.ofMinutes(2));
        test.call(0).retry(null, true);
        test.tick();
        test.driver.advanceWallClockTime(Duration.ofMinutes(2));
        test.call(0).succeed(answer(7).repairing(List.of(answer(11), answer(13))));
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.success()).isTrue();
        assertThat(result.attempts()).isEqualTo(3);
        assertThat(result.repairs()).isEqualTo(2);
        assertThat(result.usage().totalTokens()).isEqualTo(5 + 7 + 11 + 13);
        assertThat(result.cost()).isEqualByComparingTo("1.00"); // four answers at 0.25
        assertThat(result.costUnknownReason()).as("the second attempt").contains("got no answer");
        assertThat(result.possibleDuplicate()).isTrue();
    }

    @Test
    void keepsWhatAnEarlierAttemptCostWhenTheLastOneCostsNothing() {
        test.send(request(0).toBuilder().maxRetries(1).build());
        test.call(0).retry(answer(5), false);
        test.tick();
        test.driver.advanceWallClockTime(Duration.ofMinutes(2));
        test.call(0).retry(Duration.ZERO); // a 429
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.usage().totalTokens()).isEqualTo(5);
        assertThat(result.cost()).isEqualByComparingTo("0.25");
        assertThat(result.costUnknownReason()).isNull();
        assertThat(result.possibleDuplicate()).isNull();
    }

    @Test
    void saysWhatIsKnownOfTheCostWhenTheLastAttemptMayHaveBeenBilledUnseen() {
        test.send(request(0).toBuilder().maxRetries(1).build());
        test.call(0).retry(answer(5), false);
        test.tick();
        test.driver.advanceWallClockTime(Duration.ofMinutes(2));
        test.call(0).retry(null, true); // a time-out
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.cost()).isEqualByComparingTo("0.25");
        assertThat(result.costUnknownReason()).contains("got no answer");
    }

    @Test
    void costsNothingToBeRefusedByTheApi() {
        test.send(request(0));
        test.call(0).fail(null);
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.cost()).isZero();
        assertThat(result.costUnknownReason()).isNull();
    }

    @Test
    void doesNotKnowTheCostOfAFailureIfTheApiMayHaveDoneTheWork() {
        test.send(request(0));
        test.call(0).failUnknown();
        test.tick();

        assertThat(test.onlyResult().cost()).isNull();
    }

    @Test
    void keepsWhatAttemptsCostThatCameBeforeTheBatchWasCancelled() {
        test.send(request(0));
        test.send(request(1));
        test.send(request(2));
        test.call(0).retry(answer(5), false);
        test.call(1).retry(Duration.ZERO);
        test.tick();
        test.say(BatchControl.of("b").withCancel());
        test.driver.advanceWallClockTime(Duration.ofSeconds(1));
        test.tick();

        assertThat(test.resultsOf("b")).hasSize(3).allSatisfy(result -> {
            switch (result.index()) {
                case 0 -> assertThat(result.cost()).isEqualByComparingTo("0.25");
                case 1 -> assertThat(result.cost()).isZero();
                default -> assertThat(result.cost()).as("broken off").isNull();
            }
            assertThat(result.costUnknownReason() == null).isEqualTo(result.index() < 2);
        });
    }

    @Test
    void doesNotKnowTheCostOfAJobThatTheApiNoLongerKnows() {
        test.send(request(0).toBuilder().maxRetries(0).build());
        test.call(0).accept("resp_0");
        test.tick();
        test.driver.advanceWallClockTime(Duration.ofSeconds(2));
        test.call(0).lose();
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.cost()).isNull();
        assertThat(result.costUnknownReason()).contains("got no answer");
    }
}
