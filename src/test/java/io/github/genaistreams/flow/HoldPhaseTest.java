package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.HoldPhase.First;
import io.github.genaistreams.flow.HoldPhase.Held;
import io.github.genaistreams.flow.HoldPhase.Open;
import io.github.genaistreams.flow.HoldPhase.Opening;
import org.junit.jupiter.api.Test;

class HoldPhaseTest {

    private static final HoldStatus STATUS = new HoldStatus(HoldReason.OUTAGE, 1_000, 5_000, "words");

    private final Held held = new Held(STATUS);

    @Test
    void startsFourCallsAtFirstAndTwiceAsManyEachHalfSecondAfterTwoSeconds() {
        assertThat(new First().maxStarts(0)).isEqualTo(4);
        assertThat(new First().maxStarts(2_000)).isEqualTo(4);
        assertThat(new First().maxStarts(2_500)).isEqualTo(8);
        assertThat(new First().maxStarts(3_500)).isEqualTo(32);
    }

    @Test
    void startsOneCallWhenItOpensAndTwiceAsManyEachHalfSecond() {
        assertThat(new Opening(STATUS).maxStarts(0)).isEqualTo(1);
        assertThat(new Opening(STATUS).maxStarts(1_500)).isEqualTo(8);
    }

    @Test
    void startsAnyNumberOfCallsWhileItIsOpen() {
        assertThat(new Open().maxStarts(0)).isInfinite();
    }

    @Test
    void probesAtItsTimeWhileFewProbesAreInFlight() {
        assertThat(held.mayProbe(4, true, 4_999)).isFalse();
        assertThat(held.mayProbe(4, true, 5_000)).isTrue();
        assertThat(held.mayProbe(5, true, 5_000)).isFalse();
    }

    @Test
    void probesWithACallThatMustNotBeRepeatedOnlyAMinuteLater() {
        assertThat(held.mayProbe(0, false, 64_999)).isFalse();
        assertThat(held.mayProbe(0, false, 65_000)).isTrue();
    }

    @Test
    void delaysTheNextProbeButNotAfterTheTimeThatWasSetBefore() {
        assertThat(held.withProbeAt(9_000).hold()).isEqualTo(new HoldStatus(HoldReason.OUTAGE, 1_000, 9_000, "words"));
        assertThat(held.probeFailed("newer", 4_000).hold())
                .isEqualTo(new HoldStatus(HoldReason.OUTAGE, 1_000, 4_000, "newer"));
        assertThat(held.probeFailed("newer", 6_000).hold().probeAt()).isEqualTo(5_000);
    }

    @Test
    void tellsOfAHoldWhileItIsOnOrEnding() {
        assertThat(held.hold()).isEqualTo(STATUS);
        assertThat(new Opening(STATUS).hold()).isEqualTo(STATUS);
        assertThat(new First().hold()).isNull();
        assertThat(new Open().hold()).isNull();
    }
}
