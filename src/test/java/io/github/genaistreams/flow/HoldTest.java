package io.github.genaistreams.flow;

import static io.github.genaistreams.flow.Sign.ACCEPTED;
import static io.github.genaistreams.flow.Sign.ANSWERED;
import static io.github.genaistreams.flow.Sign.FAILING;
import static io.github.genaistreams.flow.Sign.KEY_REFUSED;
import static io.github.genaistreams.flow.Sign.LIMITED;
import static io.github.genaistreams.flow.Sign.NONE;
import static io.github.genaistreams.flow.Sign.QUOTA_EXHAUSTED;
import static io.github.genaistreams.flow.Sign.TURNED_AWAY;
import static io.github.genaistreams.flow.Sign.UNREACHED;
import static io.github.genaistreams.flow.Verdict.AGAIN;
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

class HoldTest {

    private static final HoldSettings SETTINGS = new HoldSettings(Duration.ofHours(1), true, true);

    private final List<String> told = new ArrayList<>();
    private Object key = "first";
    private long now = 1_000_000;
    private int items;
    private Hold hold = hold(SETTINGS);

    private Hold hold(HoldSettings settings) {
        return new Hold(settings, () -> key, new HoldListener() {
            @Override
            public void held(HoldStatus hold) {
                told.add("held " + hold.reason().label() + " " + hold.words());
            }

            @Override
            public void opened(HoldStatus hold, long at) {
                told.add("opened after " + (at - hold.since()));
            }

            @Override
            public void gaveUp(HoldStatus hold) {
                told.add("gave up");
            }
        });
    }

    /** A call that ends at once. */
    private Verdict call(Sign sign) {
        assertThat(hold.mayStart(true, now)).isTrue();
        return end(sign, hold.started(now), now);
    }

    /** Each call is of another item. */
    private Verdict end(Sign sign, int startedIn, long at) {
        return hold.ended(new CallReport(sign, items++, "words"), startedIn, at);
    }

    private void open() {
        call(ANSWERED);
    }

    /** Calls start for so long; each ends at once with this sign. */
    private int callsIn(long millis, Sign sign) {
        int calls = 0;
        for (long end = now + millis; now < end; now++) {
            if (hold.mayStart(true, now)) {
                end(sign, hold.started(now), now);
                calls++;
            }
        }
        return calls;
    }

    /** An outage with {@link Hold#MIN_FAILURES} failures at once. */
    private void fail() {
        for (int i = 1; i < Hold.MIN_FAILURES; i++) {
            assertThat(call(UNREACHED)).isEqualTo(AS_IT_ENDED);
        }
        assertThat(call(UNREACHED)).isEqualTo(SPARED);
    }

    @Test
    void shouldStartFewCallsUntilTheFirstAnswer() {
        for (int i = 0; i < Hold.FIRST_CALLS; i++) {
            assertThat(hold.mayStart(true, now)).isTrue();
            hold.started(now);
        }
        assertThat(hold.mayStart(true, now + 2_000)).isFalse();

        end(ANSWERED, 0, now + 2_000);

        assertThat(startsAt(now + 2_000)).isEqualTo(1_000);
    }

    /** Up to 1,000. */
    private int startsAt(long at) {
        int starts = 0;
        for (; starts < 1_000 && hold.mayStart(true, at); starts++) {
            hold.started(at);
        }
        return starts;
    }

    @Test
    void shouldTakeAnAcceptedJobForASignOfLife() {
        open();
        fail();
        now += 1_000;

        assertThat(call(ACCEPTED)).isEqualTo(AS_IT_ENDED);

        assertThat(hold.status(now)).isEmpty();
    }

    @Test
    void shouldStartMoreAndMoreCallsIfTheFirstAnswerIsSlow() {
        assertThat(startsAt(now)).isEqualTo(4);
        assertThat(startsAt(now + 2_500)).isEqualTo(4);
        assertThat(startsAt(now + 3_000)).isEqualTo(8);
        assertThat(startsAt(now + 4_000)).isEqualTo(48);
        assertThat(startsAt(now + 6_000)).isEqualTo(1_000);
    }

    @Test
    void shouldBeHeldAtOnceIfNoFirstCallReachesTheApi() {
        assertThat(call(UNREACHED)).isEqualTo(AS_IT_ENDED);
        assertThat(call(UNREACHED)).isEqualTo(AS_IT_ENDED);
        assertThat(call(UNREACHED)).isEqualTo(SPARED);

        assertThat(hold.status(now)).hasValue(new HoldStatus(HoldReason.OUTAGE, now, now + 1_000, "words"));
        assertThat(told).containsExactly("held outage words");
    }

    @Test
    void shouldStartNoMoreThanAFewCallsWhileTheFirstOnesFail() {
        end(UNREACHED, hold.started(now), now);
        hold.started(now);
        hold.started(now);
        hold.started(now);

        assertThat(hold.mayStart(true, now + 2_000)).isFalse();
        assertThat(startsAt(now + 6_000)).isEqualTo(Hold.FIRST_CALLS);
    }

    @Test
    void shouldNotTakeAFewFailuresForAnOutage() {
        open();
        for (int i = 0; i < 100; i++) {
            for (int j = 0; j < 4; j++) {
                assertThat(call(UNREACHED)).isEqualTo(AS_IT_ENDED);
            }
            call(i % 2 == 0 ? ANSWERED : LIMITED);
            now += 100;
        }
        assertThat(told).isEmpty();
    }

    @Test
    void shouldTakeAShareOfFailuresForAnOutage() {
        open();
        for (int i = 0; i < 3; i++) {
            call(ANSWERED);
        }
        for (int i = 0; i < 19; i++) {
            call(UNREACHED);
        }
        assertThat(call(UNREACHED)).isEqualTo(SPARED);
    }

    @Test
    void shouldTakeFiveFailuresInARowForAnOutageIfTheyTakeSeconds() {
        open();
        for (int i = 0; i < 4; i++) {
            assertThat(call(UNREACHED)).isEqualTo(AS_IT_ENDED);
            now += 30_000;
        }
        assertThat(call(UNREACHED)).isEqualTo(SPARED);
    }

    /** A request that the API cannot answer must fail in the end, not wait for ever. */
    @Test
    void shouldNotTakeTheFailuresOfAFewItemsForAnOutage() {
        open();
        for (int i = 0; i < 500; i++) {
            assertThat(hold.ended(new CallReport(FAILING, i % 9, "words"), hold.started(now), now))
                    .isEqualTo(AS_IT_ENDED);
            now += 100;
        }
        assertThat(hold.ended(new CallReport(FAILING, 9, "words"), hold.started(now), now))
                .isEqualTo(SPARED);
    }

    @Test
    void shouldRememberItemsThatTimedOutOneAfterTheOtherWithoutAnyAnswer() {
        open();
        for (int i = 0; i < 9; i++) {
            assertThat(call(FAILING)).isEqualTo(AS_IT_ENDED);
            now += 60_000;
        }
        assertThat(call(FAILING)).isEqualTo(SPARED);
    }

    @Test
    void shouldForgetItemsThatFailedBeforeAnAnswer() {
        open();
        for (int i = 0; i < 50; i++) {
            call(FAILING);
            now += 6_000;
            call(ANSWERED);
            now += 6_000;
        }
        assertThat(told).isEmpty();
    }

    @Test
    void shouldProbeAtMostOnceASecondInAnOutageAndSpareEachProbe() {
        open();
        fail();
        long begun = now;
        List<Long> probes = new ArrayList<>();
        for (; now < begun + 60_000; now += 10) {
            if (hold.mayStart(true, now)) {
                probes.add(now - begun);
                assertThat(call(UNREACHED)).isEqualTo(SPARED);
            }
        }
        assertThat(probes).startsWith(1_000L, 3_000L, 7_000L, 12_000L, 17_000L).hasSize(13);
        assertThat(told).containsExactly("held outage words");
    }

    @Test
    void shouldSpareWhatWasInFlightWhenTheOutageBegan() {
        open();
        int inFlight = hold.started(now);
        fail();

        assertThat(end(UNREACHED, inFlight, now)).isEqualTo(SPARED);
        assertThat(end(ANSWERED, inFlight, now)).isEqualTo(AS_IT_ENDED);
        assertThat(hold.status(now))
                .as("an answer to an older call opens nothing")
                .isPresent();
    }

    @Test
    void shouldOpenSlowlyAfterASuccessAndBeAtFullPaceWithinSeconds() {
        open();
        fail();
        now += 1_000;
        call(ANSWERED);

        assertThat(hold.status(now)).isEmpty();
        assertThat(callsIn(1_000, LIMITED)).isBetween(3, 4);
        assertThat(callsIn(2_000, LIMITED)).isBetween(55, 65);
        now += 3_000;
        assertThat(callsIn(10, LIMITED)).isEqualTo(10);
        for (int i = 0; i < 10_000; i++) {
            assertThat(hold.mayStart(true, now)).isTrue();
            hold.started(now);
        }
        assertThat(told).hasSize(2).last().isEqualTo("opened after 1000");
    }

    @Test
    void shouldBeHeldAgainIfItFailsWhileItOpens() {
        open();
        fail();
        now += 1_000;
        call(ANSWERED);
        now += 3_000;
        for (int i = 0; i < Hold.MIN_RUN; i++) {
            assertThat(call(UNREACHED)).isEqualTo(SPARED);
        }
        assertThat(hold.status(now)).isPresent();
        assertThat(told).as("it is the same outage").hasSize(1);
    }

    @Test
    void shouldGiveUpAfterTheLongestOutageUntilTheApiAnswers() {
        open();
        fail();
        now += Duration.ofHours(1).toMillis();

        for (int i = 0; i < 100; i++) {
            assertThat(call(UNREACHED)).isEqualTo(AS_IT_ENDED);
        }
        assertThat(told).containsExactly("held outage words", "gave up");
        call(ANSWERED);
        fail();
    }

    @Test
    void shouldHoldForARefusedKeyAndNotCallMoreThanThatAgain() {
        for (int i = 0; i < Hold.FIRST_CALLS; i++) {
            hold.started(now);
        }
        for (int i = 0; i < Hold.FIRST_CALLS; i++) {
            assertThat(end(KEY_REFUSED, 0, now)).isEqualTo(SPARED);
        }
        assertThat(callsIn(59_999, KEY_REFUSED)).isZero();
        assertThat(callsIn(1_000, KEY_REFUSED)).isEqualTo(1);
        assertThat(told).containsExactly("held key_refused words");
    }

    @Test
    void shouldCallAtOnceWithAnotherKey() {
        int old = hold.started(now);
        call(KEY_REFUSED);
        assertThat(hold.mayStart(true, now + 1)).isFalse();

        key = "second";

        assertThat(hold.mayStart(true, now + 1)).isTrue();
        assertThat(end(KEY_REFUSED, old, now + 2))
                .as("a call with the old key says nothing about the new one")
                .isEqualTo(SPARED);
        assertThat(hold.status(now)).isEmpty();
    }

    @Test
    void shouldNotTakeOneRefusalForTheKeysOwnIfTheKeyWorks() {
        open();
        assertThat(call(KEY_REFUSED)).isEqualTo(AGAIN);
        assertThat(call(KEY_REFUSED)).isEqualTo(AGAIN);
        open();
        assertThat(call(KEY_REFUSED)).isEqualTo(AGAIN);
        assertThat(call(KEY_REFUSED)).isEqualTo(AGAIN);
        assertThat(call(KEY_REFUSED)).isEqualTo(SPARED);
        assertThat(hold.status(now)).isPresent();
    }

    @Test
    void shouldHoldForAnExhaustedQuotaUntilAProbeSucceedsOrAPersonResumes() {
        assertThat(call(QUOTA_EXHAUSTED)).isEqualTo(SPARED);
        assertThat(hold.mayStart(true, now + 59_999)).isFalse();
        now += 60_000;
        assertThat(call(QUOTA_EXHAUSTED)).isEqualTo(SPARED);
        assertThat(hold.mayStart(true, now + 119_999)).isFalse();
        now += 120_000;
        assertThat(call(ANSWERED)).isEqualTo(AS_IT_ENDED);
        assertThat(hold.status(now)).isEmpty();

        now += 10_000;
        assertThat(call(QUOTA_EXHAUSTED)).isEqualTo(AGAIN);
        assertThat(call(QUOTA_EXHAUSTED)).isEqualTo(AGAIN);
        assertThat(call(QUOTA_EXHAUSTED)).isEqualTo(SPARED);
        hold.resume(now);
        assertThat(hold.mayStart(true, now)).isTrue();
        assertThat(hold.status(now)).isEmpty();
    }

    /** Failures come at once and good answers take a minute, so the first ends say little. */
    @Test
    void shouldNotTakeFewFailuresAmongManyCallsInFlightForAnOutage() {
        open();
        List<Integer> inFlight = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            inFlight.add(hold.started(now));
        }
        for (int i = 0; i < 200; i++) {
            now += 300;
            assertThat(end(TURNED_AWAY, inFlight.remove(0), now)).isEqualTo(AS_IT_ENDED);
            inFlight.add(hold.started(now));
        }
        assertThat(told).isEmpty();

        while (inFlight.size() > 1) {
            end(TURNED_AWAY, inFlight.remove(0), now);
        }
        assertThat(told).containsExactly("held outage words");
    }

    @Test
    void shouldSendFewProbesThatHang() {
        open();
        fail();
        long begun = now;
        List<Long> probes = new ArrayList<>();
        for (; now < begun + 600_000; now += 10) {
            if (hold.mayStart(true, now)) {
                probes.add(now - begun);
                hold.started(now);
            }
        }
        assertThat(probes).containsExactly(1_000L, 16_000L, 31_000L, 46_000L, 61_000L);
    }

    @Test
    void shouldProbeAgainSoonOnceAHangingProbeHasFailed() {
        open();
        fail();
        now += 1_000;
        int probe = hold.started(now);
        now += 4_000;
        end(FAILING, probe, now);

        assertThat(hold.mayStart(true, now + 1_999)).isFalse();
        assertThat(hold.mayStart(true, now + 2_000)).isTrue();
    }

    @Test
    void shouldNotUseUpAProbeThatWasNoCall() {
        assertThat(call(KEY_REFUSED)).isEqualTo(SPARED);
        now += 60_000;
        hold.notMade(hold.started(now));
        assertThat(hold.mayStart(true, now)).isTrue();
        end(NONE, hold.started(now), now);
        assertThat(hold.mayStart(true, now)).isTrue();
    }

    @Test
    void shouldProbeWithACallThatMustNotBeRepeatedOnlyIfThereIsNoOther() {
        open();
        fail();
        now += 1_000;
        assertThat(hold.mayStart(false, now)).isFalse();
        assertThat(hold.mayStart(true, now)).isTrue();
        assertThat(hold.mayStart(false, now + 60_000)).isTrue();
    }

    @Test
    void shouldNotHoldANewKeyForRefusalsOfTheOldOne() {
        open();
        int first = hold.started(now);
        int second = hold.started(now);
        int third = hold.started(now);
        key = "second";
        for (int old : new int[] {first, second, third}) {
            assertThat(end(KEY_REFUSED, old, now)).isEqualTo(SPARED);
        }
        assertThat(hold.status(now)).isEmpty();
        assertThat(hold.mayStart(true, now)).isTrue();
    }

    @Test
    void shouldNotTakeRefusalsOfOneItemForTheKeysOwn() {
        open();
        for (int i = 0; i < 10; i++) {
            var same = new CallReport(KEY_REFUSED, "item", "words");
            assertThat(hold.ended(same, hold.started(now), now)).isEqualTo(AGAIN);
        }
        assertThat(told).isEmpty();
    }

    @Test
    void shouldTakeAnswersThatItCannotWorkForAnOutageIfSeveralItemsHaveOne() {
        open();
        for (int i = 0; i < 20; i++) {
            now += 2_000;
            var same = new CallReport(TURNED_AWAY, "item " + i % 2, "words");
            assertThat(hold.ended(same, hold.started(now), now)).isEqualTo(AS_IT_ENDED);
        }
        assertThat(end(TURNED_AWAY, hold.started(now), now)).isEqualTo(SPARED);
    }

    @Test
    void shouldNeverHoldIfItIsNotWanted() {
        hold = hold(HoldSettings.NEVER);
        for (int i = 0; i < 100; i++) {
            for (Sign sign : Sign.values()) {
                assertThat(call(sign)).isEqualTo(AS_IT_ENDED);
            }
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(call(UNREACHED)).isEqualTo(AS_IT_ENDED);
        }
        assertThat(told).isEmpty();
    }

    /** Whatever happens before, it opens again when the API works. */
    @Property(tries = 300)
    void alwaysOpensAgainOnceTheApiWorks(
            @ForAll @Size(max = 200) List<Sign> signs, @ForAll @IntRange(max = 30_000) int pause) {
        hold = hold(SETTINGS);
        for (Sign sign : signs) {
            if (hold.mayStart(true, now)) {
                end(sign, hold.started(now), now);
            }
            now += pause;
        }
        long end = now + Duration.ofMinutes(30).toMillis();
        while (now < end) {
            if (hold.mayStart(true, now)) {
                end(ANSWERED, hold.started(now), now);
            }
            now += 1_000;
        }
        assertThat(hold.status(now)).isEmpty();
        for (int i = 0; i < 10_000; i++) {
            assertThat(hold.mayStart(true, now)).isTrue();
            hold.started(now);
        }
    }

    /** A spared call costs its item nothing, so there must be few of them. */
    @Property(tries = 100)
    void makesFewCallsWhileTheApiIsAway(@ForAll @IntRange(min = 1, max = 500) int millisBetweenAsks) {
        hold = hold(SETTINGS);
        int calls = 0;
        for (long end = now + 180_000; now < end; now += millisBetweenAsks) {
            if (hold.mayStart(true, now)) {
                end(UNREACHED, hold.started(now), now);
                calls++;
            }
        }
        assertThat(calls).isLessThanOrEqualTo(45);
    }
}
