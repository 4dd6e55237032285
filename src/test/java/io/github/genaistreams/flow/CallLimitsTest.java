package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.bucket4j.TimeMeter;
import io.github.genaistreams.flow.CallLimits.Bound;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CallLimitsTest {

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();

    private final Clock clock = new Clock();

    @Test
    void shouldAllowSoManyCallsAtOnceWhoeverHasStartedThem() {
        var limits = new CallLimits(2, 0, 0, clock);

        Permit elsewhere = limits.acquire(0);
        assertThat(limits.tryAcquire(0)).isNotNull();
        assertThat(limits.tryAcquire(0)).isNull();
        elsewhere.giveBack();
        assertThat(limits.tryAcquire(0)).isNotNull();
        assertThat(limits.atWork()).isEqualTo(2);
    }

    @Test
    void shouldTellHowMuchMayStartAndForHowLongWhatWasReadyHadToWait() {
        var limits = new CallLimits(1, 10, 60, clock);
        assertThat(limits.bounds()).containsExactly(Bound.values());
        assertThat(limits.remaining(Bound.PAGES_IN_FLIGHT)).isEqualTo(10);
        assertThat(limits.remaining(Bound.REQUESTS_PER_MINUTE)).isEqualTo(3);

        Permit first = limits.tryAcquire(4);
        assertThat(first).isNotNull();
        assertThat(limits.remaining(Bound.CONCURRENT_REQUESTS)).isZero();
        assertThat(limits.remaining(Bound.PAGES_IN_FLIGHT)).isEqualTo(6);
        assertThat(limits.remaining(Bound.REQUESTS_PER_MINUTE)).isEqualTo(2);
        clock.nanos += 1_000;
        assertThat(limits.tryAcquire(4)).isNull();
        clock.nanos += 20;
        assertThat(limits.tryAcquire(4)).as("asked again, by whomever").isNull();
        clock.nanos += 3;
        first.giveBack();
        Permit second = limits.tryAcquire(4);
        assertThat(second).isNotNull();
        clock.nanos += 500;
        second.giveBack();

        assertThat(limits.waited(Bound.CONCURRENT_REQUESTS)).isEqualTo(Duration.ofNanos(23));
        assertThat(limits.waited(Bound.PAGES_IN_FLIGHT)).isZero();
        assertThat(limits.waited(Bound.REQUESTS_PER_MINUTE)).isZero();
    }

    @Test
    void shouldNotCountAWaitThatNobodyWaitsAnyLonger() {
        var limits = new CallLimits(0, 0, 20, clock);
        assertThat(limits.bounds()).containsExactly(Bound.REQUESTS_PER_MINUTE);
        assertThat(limits.tryAcquire(0)).isNotNull();
        assertThat(limits.tryAcquire(0)).isNull();
        clock.nanos += MINUTE;

        assertThat(limits.tryAcquire(0)).isNotNull();

        assertThat(limits.waited(Bound.REQUESTS_PER_MINUTE)).isZero();
    }

    @Test
    void shouldLetADocumentThatIsLargerThanTheLimitOfPagesGoAlone() {
        var limits = new CallLimits(0, 10, 0, clock);

        Permit alone = limits.tryAcquire(500);
        assertThat(alone).isNotNull();
        assertThat(limits.tryAcquire(1)).isNull();
        alone.giveBack();
        Permit small = limits.tryAcquire(9);
        assertThat(small).isNotNull();
        assertThat(limits.tryAcquire(500)).isNull();
        small.giveBack();
        assertThat(limits.tryAcquire(500)).isNotNull();
        assertThat(limits.atWork()).isEqualTo(1);
    }

    @Test
    void shouldLetSmallDocumentsWaitForALargeOneThatHasFoundNoRoom() {
        var limits = new CallLimits(0, 100, 0, clock);

        Permit first = limits.tryAcquire(50);
        assertThat(first).isNotNull();
        assertThat(limits.tryAcquire(80)).isNull();
        assertThat(limits.tryAcquire(10)).as("there is room, but it is kept").isNull();
        first.giveBack();
        assertThat(limits.tryAcquire(10)).isNull();
        assertThat(limits.tryAcquire(80)).isNotNull();
        assertThat(limits.tryAcquire(10)).isNotNull();
        assertThat(limits.tryAcquire(0)).as("a call without pages").isNotNull();
    }

    @Test
    void shouldKeepRoomForALargeDocumentOnlyWhileItIsAskedFor() {
        var limits = new CallLimits(0, 100, 0, clock);
        limits.acquire(50);
        assertThat(limits.tryAcquire(80)).isNull();

        clock.nanos += Duration.ofSeconds(1).toNanos();
        assertThat(limits.tryAcquire(80)).isNull();
        clock.nanos += Duration.ofMillis(1_500).toNanos();
        assertThat(limits.tryAcquire(10)).isNull();
        clock.nanos += Duration.ofSeconds(1).toNanos();
        assertThat(limits.tryAcquire(10)).isNotNull();
    }

    @Test
    void shouldNotHoldUpOthersForASmallDocument() {
        var limits = new CallLimits(0, 1_000, 0, clock);
        limits.acquire(985);

        assertThat(limits.tryAcquire(20)).isNull();
        assertThat(limits.tryAcquire(10)).isNotNull();
    }

    @Property(tries = 300)
    void neverMorePagesAtOnceThanAllowedAndNothingIsLost(
            @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 1, max = 400) Integer> documents) {
        int most = 200;
        var time = new Clock();
        var limits = new CallLimits(0, most, 0, time);
        List<Integer> waiting = new ArrayList<>(documents);
        List<Integer> atWork = new ArrayList<>();
        List<Permit> permits = new ArrayList<>();
        for (int turn = 0; !waiting.isEmpty(); turn++) {
            assertThat(turn).as("every turn starts or ends something").isLessThan(10 * documents.size());
            waiting.removeIf(pages -> {
                Permit permit = limits.tryAcquire(pages);
                return permit != null && permits.add(permit) && atWork.add(pages);
            });
            assertThat(atWork.size() == 1 ? 0 : atWork.stream().mapToInt(p -> p).sum())
                    .isLessThanOrEqualTo(most);
            time.nanos += 10_000_000;
            atWork.remove(0);
            permits.remove(0).giveBack();
        }
    }

    @Test
    void shouldCountAPermitThatIsGivenBackTwiceOnce() {
        var limits = new CallLimits(0, 10, 0, clock);
        Permit permit = limits.tryAcquire(6);
        limits.acquire(4);

        permit.giveBack();
        permit.giveBack();

        assertThat(limits.atWork()).isEqualTo(1);
        assertThat(limits.remaining(Bound.PAGES_IN_FLIGHT)).isEqualTo(6);
    }

    @Test
    void shouldHaveNoBoundWhenNoneIsSet() {
        var limits = new CallLimits(0, 0, 0, clock);
        for (int i = 0; i < 10_000; i++) {
            assertThat(limits.tryAcquire(0)).isNotNull();
        }
    }

    @Test
    void shouldNotCountACallThatTheMinuteRefusesAmongThoseAtOnce() {
        var limits = new CallLimits(5, 0, 1, clock);

        assertThat(limits.tryAcquire(0)).isNotNull();
        assertThat(limits.tryAcquire(0)).isNull();
        assertThat(limits.atWork()).isEqualTo(1);
    }

    @Test
    void shouldReachTheFigureOfAMinute() {
        var limits = new CallLimits(0, 0, 200, clock);
        int started = 0;
        for (int tenths = 0; tenths < 10 * 60 * 10; tenths++) {
            clock.nanos += MINUTE / 600;
            started += limits.tryAcquire(0) != null ? 1 : 0;
        }
        assertThat(started).isBetween(1_890, 2_000);
    }

    @Property(tries = 200)
    void noMinuteSeesMoreStartsThanAllowed(
            @ForAll @IntRange(min = 2, max = 300) int perMinute,
            @ForAll @Size(min = 1, max = 40) List<@IntRange(max = 20_000) Integer> pauses) {
        var time = new Clock();
        var limits = new CallLimits(0, 0, perMinute, time);
        List<Long> starts = new ArrayList<>();
        for (int pause : pauses) {
            time.nanos += pause * 1_000_000L;
            while (limits.tryAcquire(0) != null) {
                starts.add(time.nanos);
            }
        }
        for (long start : starts) {
            assertThat(starts.stream()
                            .filter(s -> s >= start && s < start + MINUTE)
                            .count())
                    .isLessThanOrEqualTo(perMinute);
        }
    }

    @Test
    void shouldRefuseANegativeFigure() {
        assertThatThrownBy(() -> new CallLimits(-1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static final class Clock implements TimeMeter {
        private long nanos;

        @Override
        public long currentTimeNanos() {
            return nanos;
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    }
}
