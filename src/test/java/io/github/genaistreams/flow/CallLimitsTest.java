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

        limits.acquire(0);
        assertThat(limits.tryAcquire(0)).isTrue();
        assertThat(limits.tryAcquire(0)).isFalse();
        limits.giveBack(0);
        assertThat(limits.tryAcquire(0)).isTrue();
        assertThat(limits.atWork()).isEqualTo(2);
    }

    @Test
    void shouldTellHowMuchMayStartAndForHowLongWhatWasReadyHadToWait() {
        var limits = new CallLimits(1, 10, 60, clock);
        assertThat(limits.bounds()).containsExactly(Bound.values());
        assertThat(limits.remaining(Bound.PAGES_IN_FLIGHT)).isEqualTo(10);
        assertThat(limits.remaining(Bound.REQUESTS_PER_MINUTE)).isEqualTo(3);

        assertThat(limits.tryAcquire(4)).isTrue();
        assertThat(limits.remaining(Bound.CONCURRENT_REQUESTS)).isZero();
        assertThat(limits.remaining(Bound.PAGES_IN_FLIGHT)).isEqualTo(6);
        assertThat(limits.remaining(Bound.REQUESTS_PER_MINUTE)).isEqualTo(2);
        clock.nanos += 1_000;
        assertThat(limits.tryAcquire(4)).isFalse();
        clock.nanos += 20;
        assertThat(limits.tryAcquire(4)).as("asked again, by whomever").isFalse();
        clock.nanos += 3;
        limits.giveBack(4);
        assertThat(limits.tryAcquire(4)).isTrue();
        clock.nanos += 500;
        limits.giveBack(4);

        assertThat(limits.waited(Bound.CONCURRENT_REQUESTS)).isEqualTo(Duration.ofNanos(23));
        assertThat(limits.waited(Bound.PAGES_IN_FLIGHT)).isZero();
        assertThat(limits.waited(Bound.REQUESTS_PER_MINUTE)).isZero();
    }

    @Test
    void shouldNotCountAWaitThatNobodyWaitsAnyLonger() {
        var limits = new CallLimits(0, 0, 20, clock);
        assertThat(limits.bounds()).containsExactly(Bound.REQUESTS_PER_MINUTE);
        assertThat(limits.tryAcquire(0)).isTrue();
        assertThat(limits.tryAcquire(0)).isFalse();
        clock.nanos += MINUTE;

        assertThat(limits.tryAcquire(0)).isTrue();

        assertThat(limits.waited(Bound.REQUESTS_PER_MINUTE)).isZero();
    }

    @Test
    void shouldLetADocumentThatIsLargerThanTheLimitOfPagesGoAlone() {
        var limits = new CallLimits(0, 10, 0, clock);

        assertThat(limits.tryAcquire(500)).isTrue();
        assertThat(limits.tryAcquire(1)).isFalse();
        limits.giveBack(500);
        assertThat(limits.tryAcquire(9)).isTrue();
        assertThat(limits.tryAcquire(500)).isFalse();
        limits.giveBack(9);
        assertThat(limits.tryAcquire(500)).isTrue();
        assertThat(limits.atWork()).isEqualTo(1);
    }

    @Test
    void shouldLetSmallDocumentsWaitForALargeOneThatHasFoundNoRoom() {
        var limits = new CallLimits(0, 100, 0, clock);

        assertThat(limits.tryAcquire(50)).isTrue();
        assertThat(limits.tryAcquire(80)).isFalse();
        assertThat(limits.tryAcquire(10)).as("there is room, but it is kept").isFalse();
        limits.giveBack(50);
        assertThat(limits.tryAcquire(10)).isFalse();
        assertThat(limits.tryAcquire(80)).isTrue();
        assertThat(limits.tryAcquire(10)).isTrue();
        assertThat(limits.tryAcquire(0)).as("a call without pages").isTrue();
    }

    @Test
    void shouldKeepRoomForALargeDocumentOnlyWhileItIsAskedFor() {
        var limits = new CallLimits(0, 100, 0, clock);
        limits.acquire(50);
        assertThat(limits.tryAcquire(80)).isFalse();

        clock.nanos += Duration.ofSeconds(1).toNanos();
        assertThat(limits.tryAcquire(80)).isFalse();
        clock.nanos += Duration.ofMillis(1_500).toNanos();
        assertThat(limits.tryAcquire(10)).isFalse();
        clock.nanos += Duration.ofSeconds(1).toNanos();
        assertThat(limits.tryAcquire(10)).isTrue();
    }

    @Test
    void shouldNotHoldUpOthersForASmallDocument() {
        var limits = new CallLimits(0, 1_000, 0, clock);
        limits.acquire(985);

        assertThat(limits.tryAcquire(20)).isFalse();
        assertThat(limits.tryAcquire(10)).isTrue();
    }

    @Property(tries = 300)
    void neverMorePagesAtOnceThanAllowedAndNothingIsLost(
            @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 1, max = 400) Integer> documents) {
        int most = 200;
        var time = new Clock();
        var limits = new CallLimits(0, most, 0, time);
        List<Integer> waiting = new ArrayList<>(documents);
        List<Integer> atWork = new ArrayList<>();
        for (int turn = 0; !waiting.isEmpty(); turn++) {
            assertThat(turn).as("every turn starts or ends something").isLessThan(10 * documents.size());
            waiting.removeIf(pages -> limits.tryAcquire(pages) && atWork.add(pages));
            assertThat(atWork.size() == 1 ? 0 : atWork.stream().mapToInt(p -> p).sum())
                    .isLessThanOrEqualTo(most);
            time.nanos += 10_000_000;
            limits.giveBack(atWork.remove(0));
        }
    }

    @Test
    void shouldCountAPermitThatIsGivenBackTwiceOnce() {
        var limits = new CallLimits(0, 10, 0, clock);
        Permit permit = new Governor(limits).tryAcquire(new Demand("a", null, 6, 1, 0), 0);
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
            assertThat(limits.tryAcquire(0)).isTrue();
        }
    }

    @Test
    void shouldNotCountACallThatTheMinuteRefusesAmongThoseAtOnce() {
        var limits = new CallLimits(5, 0, 1, clock);

        assertThat(limits.tryAcquire(0)).isTrue();
        assertThat(limits.tryAcquire(0)).isFalse();
        assertThat(limits.atWork()).isEqualTo(1);
    }

    @Test
    void shouldReachTheFigureOfAMinute() {
        var limits = new CallLimits(0, 0, 200, clock);
        int started = 0;
        for (int tenths = 0; tenths < 10 * 60 * 10; tenths++) {
            clock.nanos += MINUTE / 600;
            started += limits.tryAcquire(0) ? 1 : 0;
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
            while (limits.tryAcquire(0)) {
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
