package io.github.genaistreams.flow;

import static io.github.genaistreams.flow.HoldCase.SETTINGS;
import static io.github.genaistreams.flow.Sign.ACCEPTED;
import static io.github.genaistreams.flow.Sign.ANSWERED;
import static io.github.genaistreams.flow.Sign.FAILING;
import static io.github.genaistreams.flow.Sign.LIMITED;
import static io.github.genaistreams.flow.Sign.TURNED_AWAY;
import static io.github.genaistreams.flow.Sign.UNREACHED;
import static io.github.genaistreams.flow.Verdict.AS_IT_ENDED;
import static io.github.genaistreams.flow.Verdict.SPARED;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** When calls are held back, and how they start again. */
class HoldTest {

    private final HoldCase test = new HoldCase();

    @Test
    void startsFewCallsUntilTheFirstAnswer() {
        for (int i = 0; i < HoldPhase.FIRST_CALLS; i++) {
            assertThat(test.hold.mayStart(true, test.now)).isTrue();
            test.hold.started(test.now);
        }
        assertThat(test.hold.mayStart(true, test.now + 2_000)).isFalse();

        test.end(ANSWERED, 0, test.now + 2_000);

        assertThat(test.startsAt(test.now + 2_000)).isEqualTo(1_000);
    }

    @Test
    void takesAnAcceptedJobForASignOfLife() {
        test.open();
        test.fail();
        test.now += 1_000;

        assertThat(test.call(ACCEPTED)).isEqualTo(AS_IT_ENDED);

        assertThat(test.hold.status(test.now)).isEmpty();
    }

    @Test
    void startsMoreAndMoreCallsIfTheFirstAnswerIsSlow() {
        assertThat(test.startsAt(test.now)).isEqualTo(4);
        assertThat(test.startsAt(test.now + 2_500)).isEqualTo(4);
        assertThat(test.startsAt(test.now + 3_000)).isEqualTo(8);
        assertThat(test.startsAt(test.now + 4_000)).isEqualTo(48);
        assertThat(test.startsAt(test.now + 6_000)).isEqualTo(1_000);
    }

    @Test
    void isHeldAtOnceIfNoFirstCallReachesTheApi() {
        assertThat(test.call(UNREACHED)).isEqualTo(AS_IT_ENDED);
        assertThat(test.call(UNREACHED)).isEqualTo(AS_IT_ENDED);
        assertThat(test.call(UNREACHED)).isEqualTo(SPARED);

        assertThat(test.hold.status(test.now))
                .hasValue(new HoldStatus(HoldReason.OUTAGE, test.now, test.now + 1_000, "words"));
        assertThat(test.told).containsExactly("held outage words");
    }

    @Test
    void startsNoMoreThanAFewCallsWhileTheFirstOnesFail() {
        test.end(UNREACHED, test.hold.started(test.now), test.now);
        test.hold.started(test.now);
        test.hold.started(test.now);
        test.hold.started(test.now);

        assertThat(test.hold.mayStart(true, test.now + 2_000)).isFalse();
        assertThat(test.startsAt(test.now + 6_000)).isEqualTo(HoldPhase.FIRST_CALLS);
    }

    @Test
    void doesNotTakeAFewFailuresForAnOutage() {
        test.open();
        for (int i = 0; i < 100; i++) {
            for (int j = 0; j < 4; j++) {
                assertThat(test.call(UNREACHED)).isEqualTo(AS_IT_ENDED);
            }
            test.call(i % 2 == 0 ? ANSWERED : LIMITED);
            test.now += 100;
        }
        assertThat(test.told).isEmpty();
    }

    @Test
    void takesAShareOfFailuresForAnOutage() {
        test.open();
        for (int i = 0; i < 3; i++) {
            test.call(ANSWERED);
        }
        for (int i = 0; i < 19; i++) {
            test.call(UNREACHED);
        }
        assertThat(test.call(UNREACHED)).isEqualTo(SPARED);
    }

    @Test
    void takesFiveFailuresInARowForAnOutageIfTheyTakeSeconds() {
        test.open();
        for (int i = 0; i < 4; i++) {
            assertThat(test.call(UNREACHED)).isEqualTo(AS_IT_ENDED);
            test.now += 30_000;
        }
        assertThat(test.call(UNREACHED)).isEqualTo(SPARED);
    }

    /** A request that the API cannot answer must fail in the end, not wait for ever. */
    @Test
    void doesNotTakeTheFailuresOfAFewItemsForAnOutage() {
        test.open();
        for (int i = 0; i < 500; i++) {
            assertThat(test.hold.ended(new CallReport(FAILING, i % 9, "words"), test.hold.started(test.now), test.now))
                    .isEqualTo(AS_IT_ENDED);
            test.now += 100;
        }
        assertThat(test.hold.ended(new CallReport(FAILING, 9, "words"), test.hold.started(test.now), test.now))
                .isEqualTo(SPARED);
    }

    @Test
    void remembersItemsThatTimedOutOneAfterTheOtherWithoutAnyAnswer() {
        test.open();
        for (int i = 0; i < 9; i++) {
            assertThat(test.call(FAILING)).isEqualTo(AS_IT_ENDED);
            test.now += 60_000;
        }
        assertThat(test.call(FAILING)).isEqualTo(SPARED);
    }

    @Test
    void forgetsItemsThatFailedBeforeAnAnswer() {
        test.open();
        for (int i = 0; i < 50; i++) {
            test.call(FAILING);
            test.now += 6_000;
            test.call(ANSWERED);
            test.now += 6_000;
        }
        assertThat(test.told).isEmpty();
    }

    @Test
    void opensSlowlyAfterASuccessAndIsAtFullPaceWithinSeconds() {
        test.open();
        test.fail();
        test.now += 1_000;
        test.call(ANSWERED);

        assertThat(test.hold.status(test.now)).isEmpty();
        assertThat(test.callsIn(1_000, LIMITED)).isBetween(3, 4);
        assertThat(test.callsIn(2_000, LIMITED)).isBetween(55, 65);
        test.now += 3_000;
        assertThat(test.callsIn(10, LIMITED)).isEqualTo(10);
        for (int i = 0; i < 10_000; i++) {
            assertThat(test.hold.mayStart(true, test.now)).isTrue();
            test.hold.started(test.now);
        }
        assertThat(test.told).hasSize(2).last().isEqualTo("opened after 1000");
    }

    @Test
    void isHeldAgainIfItFailsWhileItOpens() {
        test.open();
        test.fail();
        test.now += 1_000;
        test.call(ANSWERED);
        test.now += 3_000;
        for (int i = 0; i < OutageSigns.MIN_RUN; i++) {
            assertThat(test.call(UNREACHED)).isEqualTo(SPARED);
        }
        assertThat(test.hold.status(test.now)).isPresent();
        assertThat(test.told).as("it is the same outage").hasSize(1);
    }

    @Test
    void givesUpAfterTheLongestOutageUntilTheApiAnswers() {
        test.open();
        test.fail();
        test.now += Duration.ofHours(1).toMillis();

        for (int i = 0; i < 100; i++) {
            assertThat(test.call(UNREACHED)).isEqualTo(AS_IT_ENDED);
        }
        assertThat(test.told).containsExactly("held outage words", "gave up");
        test.call(ANSWERED);
        test.fail();
    }

    /** Failures come at once and good answers take a minute, so the first ends say little. */
    @Test
    void doesNotTakeFewFailuresAmongManyCallsInFlightForAnOutage() {
        test.open();
        List<Integer> inFlight = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            inFlight.add(test.hold.started(test.now));
        }
        for (int i = 0; i < 200; i++) {
            test.now += 300;
            assertThat(test.end(TURNED_AWAY, inFlight.remove(0), test.now)).isEqualTo(AS_IT_ENDED);
            inFlight.add(test.hold.started(test.now));
        }
        assertThat(test.told).isEmpty();

        while (inFlight.size() > 1) {
            test.end(TURNED_AWAY, inFlight.remove(0), test.now);
        }
        assertThat(test.told).containsExactly("held outage words");
    }

    @Test
    void takesAnswersThatItCannotWorkForAnOutageIfSeveralItemsHaveOne() {
        test.open();
        for (int i = 0; i < 20; i++) {
            test.now += 2_000;
            var same = new CallReport(TURNED_AWAY, "item " + i % 2, "words");
            assertThat(test.hold.ended(same, test.hold.started(test.now), test.now))
                    .isEqualTo(AS_IT_ENDED);
        }
        assertThat(test.end(TURNED_AWAY, test.hold.started(test.now), test.now)).isEqualTo(SPARED);
    }

    @Test
    void neverHoldsIfHoldsAreOff() {
        test.hold = test.hold(HoldSettings.NEVER);
        for (int i = 0; i < 100; i++) {
            for (Sign sign : Sign.values()) {
                assertThat(test.call(sign)).isEqualTo(AS_IT_ENDED);
            }
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(test.call(UNREACHED)).isEqualTo(AS_IT_ENDED);
        }
        assertThat(test.told).isEmpty();
    }

    /** Whatever happens before, it opens again when the API works. */
    @Property(tries = 300)
    void alwaysOpensAgainOnceTheApiWorks(
            @ForAll @Size(max = 200) List<Sign> signs, @ForAll @IntRange(max = 30_000) int pause) {
        test.hold = test.hold(SETTINGS);
        for (Sign sign : signs) {
            if (test.hold.mayStart(true, test.now)) {
                test.end(sign, test.hold.started(test.now), test.now);
            }
            test.now += pause;
        }
        long end = test.now + Duration.ofMinutes(30).toMillis();
        while (test.now < end) {
            if (test.hold.mayStart(true, test.now)) {
                test.end(ANSWERED, test.hold.started(test.now), test.now);
            }
            test.now += 1_000;
        }
        assertThat(test.hold.status(test.now)).isEmpty();
        for (int i = 0; i < 10_000; i++) {
            assertThat(test.hold.mayStart(true, test.now)).isTrue();
            test.hold.started(test.now);
        }
    }

    /** A spared call costs its item nothing, so there must be few of them. */
    @Property(tries = 100)
    void makesFewCallsWhileTheApiIsAway(@ForAll @IntRange(min = 1, max = 500) int millisBetweenAsks) {
        test.hold = test.hold(SETTINGS);
        int calls = 0;
        for (long end = test.now + 180_000; test.now < end; test.now += millisBetweenAsks) {
            if (test.hold.mayStart(true, test.now)) {
                test.end(UNREACHED, test.hold.started(test.now), test.now);
                calls++;
            }
        }
        assertThat(calls).isLessThanOrEqualTo(45);
    }
}
