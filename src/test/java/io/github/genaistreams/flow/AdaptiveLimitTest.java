package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ApiLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What makes it smaller, and what does not. {@link SharedLimitsTest} shows where it ends. */
class AdaptiveLimitTest {

    private final AdaptiveLimit limit = new AdaptiveLimit(true);
    private long now = 1_000_000;

    @Test
    void getsSmallerWhenItIsUsedAndCallsAreRefused() {
        refuse(10, 8);

        assertThat(limit.limit()).isEqualTo(6);
    }

    /** Fewer calls at once than there are would not help. */
    @Test
    void staysWhenCallsAreRefusedOfWhichThereAreFew() {
        refuse(1_000, 1);

        assertThat(limit.limit()).isEqualTo(8);
    }

    /** A server that cannot work refuses all calls, however few they are. */
    @Test
    void learnsNothingFromWhatHoldsTheCredential() {
        var settings = new LimitSettings(0, 0, 0, 0, LimitSettings.Adaptive.ON);
        var holds = new HoldSettings(Duration.ofDays(1), false, false);
        var governor = new Governor(settings, () -> 1, holds, () -> null, HoldListener.NONE);
        List<Permit> permits = start(governor);
        assertThat(permits).hasSize(8);

        for (int i = 0; i < permits.size(); i++) {
            now += 2_000;
            var report = new CallReport(Sign.TURNED_AWAY, i, "503", Duration.ofSeconds(1), null, false, ApiLimits.NONE);
            permits.get(i).settle(report, now);
        }
        assertThat(governor.hold(now)).isPresent();
        permits.forEach(Permit::giveBack);
        governor.resume(now);

        assertThat(start(governor)).hasSize(8);
    }

    private void refuse(int calls, int inFlight) {
        for (int i = 0; i < calls; i++) {
            now += 10;
            limit.refused(now - 5, inFlight, now);
        }
    }

    private List<Permit> start(Governor governor) {
        List<Permit> started = new ArrayList<>();
        var demand = new Demand("default", "m", 0, 100, 0, true, false);
        for (Permit next = governor.tryAcquire(demand, now); next != null; next = governor.tryAcquire(demand, now)) {
            started.add(next);
        }
        return started;
    }
}
