package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.flow.LimitSettings.Adaptive;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** The limits of a credential without holds, as its {@link Governor} applies them. */
class CallLimitsTest {

    private long now;

    @Test
    void allowsSoManyCallsAtOnceWhoeverHasStartedThem() {
        var limits = limits(2, 0, 0);

        Permit elsewhere = limits.acquire(pages(0));
        assertThat(start(limits, 0)).isNotNull();
        assertThat(start(limits, 0)).isNull();
        elsewhere.giveBack();
        assertThat(start(limits, 0)).isNotNull();
        assertThat(limits.atWork()).isEqualTo(2);
    }

    @Test
    void tellsHowMuchMayStartAndForHowLongWhatWasReadyHadToWait() {
        var limits = new Governor(new LimitSettings(1, 10, 60, 6_000, Adaptive.ON));
        assertThat(limits.configured())
                .containsExactly(
                        Bound.CONCURRENT_REQUESTS,
                        Bound.REQUESTS_PER_MINUTE,
                        Bound.TOKENS_PER_MINUTE,
                        Bound.PAGES_IN_FLIGHT);
        assertThat(limits.bounds()).containsExactly(Bound.values());
        assertThat(limits.remaining(Bound.PAGES_IN_FLIGHT, now)).isEqualTo(10);
        assertThat(limits.remaining(Bound.REQUESTS_PER_MINUTE, now)).isEqualTo(1);

        Permit first = start(limits, 4);
        assertThat(first).isNotNull();
        assertThat(limits.remaining(Bound.CONCURRENT_REQUESTS, now)).isZero();
        assertThat(limits.remaining(Bound.PAGES_IN_FLIGHT, now)).isEqualTo(6);
        assertThat(limits.remaining(Bound.REQUESTS_PER_MINUTE, now)).isZero();
        now += 1_000;
        assertThat(start(limits, 4)).isNull();
        now += 200;
        assertThat(start(limits, 4)).as("asked again, by whomever").isNull();
        now += 30;
        first.giveBack();
        assertThat(start(limits, 4)).as("the minute's tokens").isNull();
        now += 700;
        assertThat(start(limits, 4)).isNull();

        assertThat(limits.waited(Bound.CONCURRENT_REQUESTS)).isEqualTo(Duration.ofMillis(230));
        assertThat(limits.waited(Bound.TOKENS_PER_MINUTE)).isEqualTo(Duration.ofMillis(700));
        assertThat(limits.waited(Bound.PAGES_IN_FLIGHT)).isZero();
        assertThat(limits.waited(Bound.REQUESTS_PER_MINUTE)).isZero();
    }

    @Test
    void doesNotCountAWaitThatNobodyWaitsAnyLonger() {
        var limits = limits(0, 0, 20);
        assertThat(limits.configured()).containsExactly(Bound.REQUESTS_PER_MINUTE);
        assertThat(start(limits, 0)).isNotNull();
        assertThat(start(limits, 0)).isNull();
        now += 60_000;

        assertThat(start(limits, 0)).isNotNull();

        assertThat(limits.waited(Bound.REQUESTS_PER_MINUTE)).isZero();
    }

    @Test
    void letsADocumentThatIsLargerThanTheLimitOfPagesGoAlone() {
        var limits = limits(0, 10, 0);

        Permit alone = start(limits, 500);
        assertThat(alone).isNotNull();
        assertThat(start(limits, 1)).isNull();
        alone.giveBack();
        Permit small = start(limits, 9);
        assertThat(small).isNotNull();
        assertThat(start(limits, 500)).isNull();
        small.giveBack();
        assertThat(start(limits, 500)).isNotNull();
        assertThat(limits.atWork()).isEqualTo(1);
    }

    @Test
    void letsSmallDocumentsWaitForALargeOneThatHasFoundNoRoom() {
        var limits = limits(0, 100, 0);

        Permit half = start(limits, 50);
        assertThat(start(limits, 80)).isNull();
        assertThat(start(limits, 10)).as("there is room, but it is kept").isNull();
        half.giveBack();
        assertThat(start(limits, 10)).isNull();
        assertThat(start(limits, 80)).isNotNull();
        assertThat(start(limits, 10)).isNotNull();
        assertThat(start(limits, 0)).as("a call without pages").isNotNull();
    }

    @Test
    void keepsRoomForALargeDocumentOnlyWhileItIsAskedFor() {
        var limits = limits(0, 100, 0);
        limits.acquire(pages(50));
        assertThat(start(limits, 80)).isNull();

        now += 1_000;
        assertThat(start(limits, 80)).isNull();
        now += 1_500;
        assertThat(start(limits, 10)).isNull();
        now += 1_000;
        assertThat(start(limits, 10)).isNotNull();
    }

    @Test
    void doesNotHoldUpOthersForASmallDocument() {
        var limits = limits(0, 1_000, 0);
        limits.acquire(pages(985));

        assertThat(start(limits, 20)).isNull();
        assertThat(start(limits, 10)).isNotNull();
    }

    @Property(tries = 300)
    void neverMorePagesAtOnceThanAllowedAndNothingIsLost(
            @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 1, max = 400) Integer> documents) {
        int most = 200;
        var limits = limits(0, most, 0);
        List<Integer> waiting = new ArrayList<>(documents);
        List<Integer> pagesAtWork = new ArrayList<>();
        List<Permit> atWork = new ArrayList<>();
        for (int turn = 0; !waiting.isEmpty(); turn++) {
            assertThat(turn).as("every turn starts or ends something").isLessThan(10 * documents.size());
            waiting.removeIf(pages -> {
                Permit permit = start(limits, pages);
                return permit != null && atWork.add(permit) && pagesAtWork.add(pages);
            });
            assertThat(
                            pagesAtWork.size() == 1
                                    ? 0
                                    : pagesAtWork.stream().mapToInt(p -> p).sum())
                    .isLessThanOrEqualTo(most);
            now += 10;
            pagesAtWork.remove(0);
            atWork.remove(0).giveBack();
        }
    }

    @Test
    void countsAPermitThatIsGivenBackTwiceOnce() {
        var limits = limits(0, 10, 0);
        Permit permit = start(limits, 6);
        limits.acquire(pages(4));

        permit.giveBack();
        permit.giveBack();

        assertThat(limits.atWork()).isEqualTo(1);
        assertThat(limits.remaining(Bound.PAGES_IN_FLIGHT, now)).isEqualTo(6);
    }

    @Test
    void hasNoBoundWhenNoneIsSet() {
        var limits = new Governor(LimitSettings.NONE);
        assertThat(limits.configured()).isEqualTo(Set.of());
        for (int i = 0; i < 10_000; i++) {
            assertThat(start(limits, 0)).isNotNull();
        }
    }

    @Test
    void doesNotCountACallThatTheMinuteRefusesAmongThoseAtOnce() {
        var limits = limits(5, 0, 1);

        assertThat(start(limits, 0)).isNotNull();
        assertThat(start(limits, 0)).isNull();
        assertThat(limits.atWork()).isEqualTo(1);
    }

    @Test
    void refusesANegativeFigure() {
        assertThatThrownBy(() -> limits(-1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private Permit start(Governor limits, int pages) {
        return limits.tryAcquire(pages(pages), now);
    }

    /** Many lanes ask for what one call gives back. The urgent one asks as seldom as any of them. */
    @Test
    void keepsWhatBecomesFreeForAnUrgentCallThatWasRefused() {
        var governor = new Governor(new LimitSettings(1, 0, 0, 0, Adaptive.OFF));
        var bulk = new Demand("default", "m", 0, 100, 0, true, false);
        var urgent = new Demand("default", "m", 0, 100, 0, true, true);
        Permit first = governor.tryAcquire(bulk, 1_000);
        assertThat(governor.tryAcquire(urgent, 1_001)).isNull();
        first.giveBack();

        assertThat(governor.tryAcquire(bulk, 1_050)).as("it is kept").isNull();
        Permit second = governor.tryAcquire(urgent, 1_051);
        assertThat(second).isNotNull();
        second.giveBack();
        Permit third = governor.tryAcquire(bulk, 1_052);
        assertThat(third).isNotNull();

        assertThat(governor.tryAcquire(urgent, 1_053)).isNull();
        third.giveBack();
        assertThat(governor.tryAcquire(bulk, 1_253))
                .as("nobody asks for it any more")
                .isNotNull();
    }

    private static Demand pages(int pages) {
        return new Demand("default", "m", pages, 100, 0, true, false);
    }

    private static Governor limits(int concurrent, int pages, int requestsPerMinute) {
        return new Governor(new LimitSettings(concurrent, pages, requestsPerMinute, 0, Adaptive.OFF));
    }
}
