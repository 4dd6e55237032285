package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LimitSettings.Adaptive;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one credential allows; {@link CallLimitsTest} has more of its limits, and {@link HoldTest} of its holds. */
class GovernorTest {

    private static final long NOW = 1_000_000;
    private static final Demand CALL = new Demand("default", "m", 0, 100, 0, true, false);
    private static final Demand URGENT = new Demand("default", "m", 0, 100, 0, true, true);

    private final List<String> told = new ArrayList<>();
    private Object key = "first";
    private double share = 1;

    private Governor governor(LimitSettings limits) {
        return new Governor(
                limits, () -> share, new HoldSettings(Duration.ofHours(1), true, true), () -> key, new HoldListener() {
                    @Override
                    public void held(HoldStatus hold) {
                        told.add("held " + hold.reason().label());
                    }

                    @Override
                    public void opened(HoldStatus hold, long at) {
                        told.add("opened");
                    }
                });
    }

    private static LimitSettings concurrent(int calls) {
        return new LimitSettings(calls, 0, 0, 0, Adaptive.OFF);
    }

    private static void end(Permit permit, Sign sign) {
        permit.settle(new CallReport(sign, "item", sign == Sign.ANSWERED ? null : "words"), NOW);
        permit.giveBack();
    }

    @Test
    void refusesCallsWhileTheCredentialIsHeldAndCountsNoWaitForALimit() {
        Governor governor = governor(concurrent(1));
        end(governor.tryAcquire(CALL, NOW), Sign.KEY_REFUSED);

        assertThat(governor.tryAcquire(CALL, NOW + 100)).isNull();
        assertThat(governor.tryAcquire(CALL, NOW + 900)).isNull();
        assertThat(governor.hold(NOW + 900))
                .hasValueSatisfying(hold -> assertThat(hold.reason()).isEqualTo(HoldReason.KEY_REFUSED));
        assertThat(governor.waited(Bound.CONCURRENT_REQUESTS)).isZero();
        assertThat(told).containsExactly("held key_refused");
    }

    @Test
    void allowsCallsAgainWhenAPersonResumesThemOrTheKeyIsAnother() {
        Governor governor = governor(LimitSettings.NONE);
        end(governor.tryAcquire(CALL, NOW), Sign.KEY_REFUSED);
        governor.resume(NOW);
        Permit resumed = governor.tryAcquire(CALL, NOW);
        assertThat(resumed).isNotNull();

        end(resumed, Sign.KEY_REFUSED);
        assertThat(governor.tryAcquire(CALL, NOW)).isNull();
        key = "second";
        assertThat(governor.tryAcquire(CALL, NOW)).isNotNull();
        assertThat(told).containsExactly("held key_refused", "opened", "held key_refused", "opened");
    }

    @Test
    void letsACallContinueWhateverIsInItsWay() {
        Governor governor = governor(concurrent(1));
        end(governor.tryAcquire(CALL, NOW), Sign.KEY_REFUSED);

        governor.acquire(CALL);
        governor.acquire(CALL);

        assertThat(governor.atWork()).isEqualTo(2);
    }

    @Test
    void keepsToItsShareOfTheAccount() {
        share = 0.5;
        Governor governor = governor(new LimitSettings(0, 0, 60, 0, Adaptive.OFF));
        end(governor.tryAcquire(CALL, NOW), Sign.ANSWERED);

        assertThat(governor.tryAcquire(CALL, NOW + 1_500)).isNull();
        assertThat(governor.tryAcquire(CALL, NOW + 2_000)).isNotNull();
        assertThat(governor.waited(Bound.REQUESTS_PER_MINUTE)).isEqualTo(Duration.ofMillis(500));
    }

    @Test
    void takesNothingForACallThatItRefuses() {
        Governor governor = governor(new LimitSettings(1, 10, 0, 0, Adaptive.OFF));
        governor.acquire(CALL);
        governor.tryAcquire(new Demand("default", "m", 4, 100, 0, true, false), NOW);

        assertThat(governor.atWork()).isEqualTo(1);
        assertThat(governor.remaining(Bound.PAGES_IN_FLIGHT, NOW)).isEqualTo(10);
    }

    @Test
    void keepsWhatBecomesFreeForAnUrgentCallAsLongAsItIsAskedFor() {
        Governor governor = governor(concurrent(1));
        Permit first = governor.tryAcquire(CALL, NOW);
        assertThat(governor.tryAcquire(URGENT, NOW)).isNull();
        end(first, Sign.ANSWERED);

        assertThat(governor.tryAcquire(CALL, NOW + 199)).isNull();
        assertThat(governor.tryAcquire(CALL, NOW + 200)).isNotNull();
    }

    @Test
    void tellsWhichBoundsAreSetAndWhichMayBeInTheWay() {
        Governor none = governor(LimitSettings.NONE);
        assertThat(none.configured()).isEmpty();
        assertThat(none.bounds())
                .containsExactlyInAnyOrder(Bound.REQUESTS_PER_MINUTE, Bound.TOKENS_PER_MINUTE, Bound.API_WAIT);

        Governor all = governor(new LimitSettings(1, 2, 3, 4, Adaptive.ON));
        assertThat(all.configured())
                .containsExactlyInAnyOrder(
                        Bound.CONCURRENT_REQUESTS,
                        Bound.PAGES_IN_FLIGHT,
                        Bound.REQUESTS_PER_MINUTE,
                        Bound.TOKENS_PER_MINUTE);
        assertThat(all.bounds()).contains(Bound.ADAPTIVE);
        assertThat(all.limits().pages()).isEqualTo(2);
    }
}
