package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LimitSettings.Adaptive;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.ApiLimits.Figure;
import io.github.genaistreams.model.Usage;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PermitTest {

    private static final Demand CALL = new Demand("default", "m", 3, 400, 0, true, false);
    private static final long NOW = 1_000_000;
    private static final CallReport ANSWERED = new CallReport(Sign.ANSWERED, "item", null);

    private final Governor governor = governor(new LimitSettings(2, 10, 0, 6_000, Adaptive.OFF));
    private final Governor unlimited = governor(LimitSettings.NONE);

    private static Governor governor(LimitSettings limits) {
        var holds = new HoldSettings(Duration.ofHours(1), true, true);
        return new Governor(limits, () -> 1, holds, () -> "key", HoldListener.NONE);
    }

    private Permit permit(long at) {
        return governor.tryAcquire(CALL, at);
    }

    @Test
    void isHeldAfterTheEndOfItsCallUntilItIsGivenBack() {
        Permit permit = permit(NOW);
        assertThat(permit.settle(ANSWERED, NOW)).isEqualTo(Verdict.AS_IT_ENDED);
        assertThat(governor.atWork()).isEqualTo(1);
        assertThat(governor.remaining(Bound.PAGES_IN_FLIGHT, NOW)).isEqualTo(7);

        permit.giveBack();

        assertThat(governor.atWork()).isZero();
        assertThat(governor.remaining(Bound.PAGES_IN_FLIGHT, NOW)).isEqualTo(10);
    }

    @Test
    void isGivenBackOnce() {
        Permit first = permit(NOW);
        governor.acquire(CALL);
        first.giveBack();
        first.giveBack();

        assertThat(governor.atWork()).isEqualTo(1);
    }

    @Test
    void doesNothingForACallWithoutLimits() {
        var permit = new Permit(null, CALL, 0, 0);
        permit.heard(new ApiLimits(new Figure(1, 0, Duration.ZERO), null), NOW, NOW);
        permit.settleJob(ANSWERED, NOW);

        assertThat(permit.settle(new CallReport(Sign.KEY_REFUSED, "item", "401"), NOW))
                .isEqualTo(Verdict.AS_IT_ENDED);
        permit.giveBack();
    }

    @Test
    void saysThatItsItemIsSparedWhenTheCredentialIsHeld() {
        Permit permit = permit(NOW);

        assertThat(permit.settle(new CallReport(Sign.KEY_REFUSED, "item", "401"), NOW))
                .isEqualTo(Verdict.SPARED);
        assertThat(governor.hold(NOW)).isPresent();
    }

    /** Otherwise calls that were never made would count among the first ones, which are few. */
    @Test
    void takesBackTheStartOfACallThatWasNotMade() {
        for (int i = 0; i < 2 * HoldPhase.FIRST_CALLS; i++) {
            Permit permit = unlimited.tryAcquire(CALL, NOW);
            assertThat(permit).as("call %s", i).isNotNull();
            permit.giveBack();
        }
    }

    @Test
    void keepsTheStartOfACallThatHasEnded() {
        for (int i = 0; i < HoldPhase.FIRST_CALLS; i++) {
            Permit permit = unlimited.tryAcquire(CALL, NOW);
            if (i < 2) {
                permit.settle(new CallReport(Sign.UNREACHED, i, "refused"), NOW);
                permit.giveBack();
            }
        }

        assertThat(unlimited.tryAcquire(CALL, NOW)).isNull();
    }

    @Test
    void returnsTheTokensThatItsCallDidNotNeed() {
        assertThat(permit(NOW)).isNotNull();
        assertThat(permit(NOW)).as("600 tokens are reserved").isNull();
        var usage = new Usage(3, Map.of(), 2, Map.of(), 5);
        Permit other = new Permit(governor, CALL, Governor.SETTLED, 600);

        other.settle(new CallReport(Sign.ANSWERED, "item", null, Duration.ZERO, usage, false, ApiLimits.NONE), NOW);

        assertThat(permit(NOW + 100)).isNotNull();
    }

    @Test
    void passesOnWhatTheApiSaysInAnswerToAPoll() {
        Permit permit = unlimited.acquire(CALL);
        permit.settle(
                new CallReport(
                        Sign.ACCEPTED,
                        "item",
                        null,
                        Duration.ZERO,
                        null,
                        false,
                        new ApiLimits(new Figure(600, 599, Duration.ofSeconds(60)), null)),
                NOW);
        assertThat(unlimited.tryAcquire(CALL, NOW + 1)).isNotNull();

        var usedUp = new ApiLimits(new Figure(600, 0, Duration.ofSeconds(30)), null);
        permit.heard(usedUp, NOW + 2, NOW + 2);

        assertThat(unlimited.tryAcquire(CALL, NOW + 500)).isNull();
    }
}
