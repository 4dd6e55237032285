package io.github.genaistreams.flow;

import static io.github.genaistreams.flow.Sign.ANSWERED;
import static io.github.genaistreams.flow.Sign.FAILING;
import static io.github.genaistreams.flow.Sign.KEY_REFUSED;
import static io.github.genaistreams.flow.Sign.NONE;
import static io.github.genaistreams.flow.Sign.UNREACHED;
import static io.github.genaistreams.flow.Verdict.AS_IT_ENDED;
import static io.github.genaistreams.flow.Verdict.SPARED;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In an outage a call now and then tells whether it is over. */
class ProbeTest {

    private final HoldCase test = new HoldCase();

    @Test
    void probesAtMostOnceASecondInAnOutageAndSparesEachProbe() {
        test.open();
        test.fail();
        long begun = test.now;
        List<Long> probes = new ArrayList<>();
        for (; test.now < begun + 60_000; test.now += 10) {
            if (test.hold.mayStart(true, test.now)) {
                probes.add(test.now - begun);
                assertThat(test.call(UNREACHED)).isEqualTo(SPARED);
            }
        }
        assertThat(probes).startsWith(1_000L, 3_000L, 7_000L, 12_000L, 17_000L).hasSize(13);
        assertThat(test.told).containsExactly("held outage words");
    }

    @Test
    void sparesWhatWasInFlightWhenTheOutageBegan() {
        test.open();
        int inFlight = test.hold.started(test.now);
        test.fail();

        assertThat(test.end(UNREACHED, inFlight, test.now)).isEqualTo(SPARED);
        assertThat(test.end(ANSWERED, inFlight, test.now)).isEqualTo(AS_IT_ENDED);
        assertThat(test.hold.status(test.now))
                .as("an answer to an older call opens nothing")
                .isPresent();
    }

    @Test
    void sendsFewProbesThatHang() {
        test.open();
        test.fail();
        long begun = test.now;
        List<Long> probes = new ArrayList<>();
        for (; test.now < begun + 600_000; test.now += 10) {
            if (test.hold.mayStart(true, test.now)) {
                probes.add(test.now - begun);
                test.hold.started(test.now);
            }
        }
        assertThat(probes).containsExactly(1_000L, 16_000L, 31_000L, 46_000L, 61_000L);
    }

    @Test
    void probesAgainSoonOnceAHangingProbeHasFailed() {
        test.open();
        test.fail();
        test.now += 1_000;
        int probe = test.hold.started(test.now);
        test.now += 4_000;
        test.end(FAILING, probe, test.now);

        assertThat(test.hold.mayStart(true, test.now + 1_999)).isFalse();
        assertThat(test.hold.mayStart(true, test.now + 2_000)).isTrue();
    }

    @Test
    void doesNotUseUpAProbeThatWasNoCall() {
        assertThat(test.call(KEY_REFUSED)).isEqualTo(SPARED);
        test.now += 60_000;
        test.hold.notMade(test.hold.started(test.now));
        assertThat(test.hold.mayStart(true, test.now)).isTrue();
        test.end(NONE, test.hold.started(test.now), test.now);
        assertThat(test.hold.mayStart(true, test.now)).isTrue();
    }

    @Test
    void probesWithACallThatMustNotBeRepeatedOnlyIfThereIsNoOther() {
        test.open();
        test.fail();
        test.now += 1_000;
        assertThat(test.hold.mayStart(false, test.now)).isFalse();
        assertThat(test.hold.mayStart(true, test.now)).isTrue();
        assertThat(test.hold.mayStart(false, test.now + 60_000)).isTrue();
    }
}
