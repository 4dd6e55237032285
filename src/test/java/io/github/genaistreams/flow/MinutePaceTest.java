package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.genaistreams.model.ApiLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class MinutePaceTest {

    private static final long MINUTE = 60_000;

    private final Random random = new Random(1);
    private long now = 1_000_000;

    @Property(tries = 200)
    void startsNoMoreThanTheShareInAnyMinute(
            @ForAll @IntRange(min = 1, max = 2_000) int limit,
            @ForAll @IntRange(min = 1, max = 6) int partitions,
            @ForAll @Size(min = 50, max = 200) List<@IntRange(max = 3_000) Integer> pauses) {
        double share = 1.0 / partitions;
        MinutePace pace = pace(limit);
        pace.share(share, now);
        List<Long> starts = new ArrayList<>();
        for (int pause : pauses) {
            now += pause;
            while (pace.isOpen(now)) {
                pace.take(1);
                starts.add(now);
            }
        }

        for (int first = 0; first < starts.size(); first++) {
            int last = first;
            while (last < starts.size() && starts.get(last) < starts.get(first) + MINUTE) {
                last++;
            }
            assertThat(last - first).isLessThanOrEqualTo((int) Math.ceil(limit * share));
        }
    }

    @Property(tries = 200)
    void usesTheWholeLimitWhateverTheAmounts(
            @ForAll @IntRange(min = 5_000, max = 100_000) int limit,
            @ForAll @Size(30) List<@IntRange(min = 1, max = 5_000) Integer> amounts) {
        MinutePace pace = pace(limit);
        long begin = now;
        long taken = 0;
        for (int i = 0; now < begin + 10 * MINUTE; now += 5) {
            while (pace.isOpen(now)) {
                int amount = amounts.get(i++ % amounts.size());
                pace.take(amount);
                taken += amount;
            }
        }

        assertThat(taken / 10.0).isBetween(0.98 * limit - 5_000 / 10.0, limit + 5_000 / 10.0);
    }

    @Test
    void givesANewShareNothingForThePast() {
        MinutePace pace = pace(6_000);
        pace.share(0, now);
        pace.take(1);
        now += 10 * MINUTE;
        assertThat(pace.isOpen(now)).isFalse();

        pace.share(0.5, now);

        assertThat(pace.isOpen(now)).isFalse();
        assertThat(pace.isOpen(now + 30)).isTrue();
    }

    @Test
    void takesBackWhatACallHasNotUsed() {
        MinutePace pace = pace(6_000);
        pace.take(601);
        assertThat(pace.isOpen(now + 5_000)).isFalse();

        pace.settle(601, 1);

        assertThat(pace.isOpen(now + 5_000)).isTrue();
    }

    @Test
    void paysADebtOfFiveMinutesAtMost() {
        MinutePace pace = pace(60_000);
        pace.share(0.01, now);
        pace.take(60_000);

        assertThat(pace.isOpen(now += 5 * MINUTE - 1_000)).isFalse();
        assertThat(pace.isOpen(now += 5_000)).isTrue();
    }

    @Test
    void forgetsALongDebtThatTheApiHasNotCharged() {
        MinutePace pace = pace(6_000);
        pace.share(0.3, now);
        pace.take(6_000);
        now += 1_000;

        pace.correct(figure(6_000, 4_000, 20), 6_000, now - 1_001, now);
        assertThat(pace.isOpen(now + 1_000)).as("told by an earlier call").isFalse();
        pace.correct(figure(6_000, 2_000, 40), 6_000, now - 900, now);
        assertThat(pace.isOpen(now + 1_000)).as("charged").isFalse();
        pace.correct(figure(7_000, 6_000, 10), 7_000, now - 800, now);
        assertThat(pace.isOpen(now + 1_000)).as("the API has a higher limit").isFalse();
        pace.correct(figure(6_000, 4_000, 20), 6_000, now - 700, now);
        assertThat(pace.isOpen(now + 1_000)).isTrue();
    }

    @Test
    void knowsNoLimitUntilTheApiNamesOne() {
        MinutePace pace = pace(0);
        pace.take(1_000_000);
        assertThat(pace.isOpen(now)).isTrue();

        pace.correct(figure(600, 600, 0), 600, now, now);

        assertThat(pace.perMinute(now)).isCloseTo(600, within(1.0));
        pace.take(2);
        assertThat(pace.isOpen(now)).isFalse();
        assertThat(pace.isOpen(now + 210)).isTrue();
    }

    @Test
    void spreadsWhatIsLeftUntilTheReset() {
        MinutePace pace = pace(0);
        pace.correct(figure(600, 300, 30), 600, now, now);
        assertThat(pace.perMinute(now)).isEqualTo(600);

        pace.correct(figure(600, 20, 60), 600, now, now);

        assertThat(pace.perMinute(now)).as("at least a twentieth").isEqualTo(30);
        assertThat(pace.perMinute(now + MINUTE)).isEqualTo(600);
        pace.correct(figure(600, 20, 10), 600, now + 1, now + 1);
        assertThat(pace.perMinute(now + 1)).isEqualTo(120);
    }

    @Test
    void doesNotGoByAFigureThatIsOlderThanAnother() {
        MinutePace pace = pace(0);
        pace.correct(figure(600, 0, 60), 600, now, now);

        pace.correct(figure(600, 600, 0), 600, now - 10, now);

        assertThat(pace.perMinute(now)).isEqualTo(30);
    }

    @Test
    void borrowsWhileMoreThanHalfIsLeftAndGivesItBack() {
        MinutePace pace = pace(600);
        pace.share(1 / 3.0, now);
        hear(pace, figure(600, 400, 20), 60);
        assertThat(pace.perMinute(now)).as("all of it").isCloseTo(600, within(1.0));

        hear(pace, figure(600, 200, 40), 60);
        assertThat(pace.perMinute(now)).as("kept").isCloseTo(600, within(1.0));

        hear(pace, figure(600, 100, 50), 60);
        assertThat(pace.perMinute(now)).as("its own").isCloseTo(200, within(5.0));
    }

    @Test
    void borrowsInSteps() {
        MinutePace pace = pace(600);
        pace.share(1 / 3.0, now);

        hear(pace, figure(600, 600, 0), 2);
        assertThat(pace.perMinute(now)).isEqualTo(200);
        hear(pace, figure(600, 600, 0), 6);

        assertThat(pace.perMinute(now)).isBetween(239.0, 289.0);
    }

    @Test
    void waitsForTheEffectOfAStep() {
        MinutePace pace = pace(60_000);
        pace.share(0.01, now);

        for (int second = 0; second < 60; second++) {
            now += 1_000;
            pace.correct(figure(60_000, 60_000, 0), 60_000, now - 10_000, now);
        }

        assertThat(pace.perMinute(now))
                .as("six steps, with answers that take ten seconds")
                .isBetween(700.0, 1_800.0);
    }

    @Test
    void borrowsNothingOfALimitThatIsBelowTheApisOwn() {
        MinutePace pace = pace(600);
        pace.share(1 / 3.0, now);

        hear(pace, figure(1_000, 1_000, 0), 60);

        assertThat(pace.perMinute(now)).isEqualTo(200);
    }

    @Test
    void givesBackAllAtARefusalAndThenGetsSlower() {
        MinutePace pace = pace(600);
        pace.share(1 / 3.0, now);
        hear(pace, figure(600, 600, 0), 60);

        pace.refused(now + 1, now + 2);
        assertThat(pace.perMinute(now + 2)).isEqualTo(200);
        pace.refused(now + 1, now + 3);
        assertThat(pace.perMinute(now + 3)).as("it started before the change").isEqualTo(200);
        pace.refused(now + 3, now + 4);
        assertThat(pace.perMinute(now + 4)).isEqualTo(160);

        now += 30_000;
        pace.isOpen(now);
        assertThat(pace.perMinute(now)).as("recovers").isEqualTo(200);
        hear(pace, figure(600, 600, 0), 20);
        assertThat(pace.perMinute(now)).as("borrows nothing for a minute").isEqualTo(200);
        hear(pace, figure(600, 600, 0), 30);
        assertThat(pace.perMinute(now)).isGreaterThan(200);
    }

    /** Hears it once a second. */
    private void hear(MinutePace pace, ApiLimits.Figure figure, int seconds) {
        for (int i = 0; i < seconds; i++) {
            now += 1_000;
            pace.correct(figure, figure.limit(), now, now);
        }
    }

    private MinutePace pace(long limit) {
        var pace = new MinutePace(limit, 1, random);
        pace.isOpen(now);
        return pace;
    }

    private static ApiLimits.Figure figure(long limit, long remaining, long resetSeconds) {
        return new ApiLimits.Figure(limit, remaining, Duration.ofSeconds(resetSeconds));
    }
}
