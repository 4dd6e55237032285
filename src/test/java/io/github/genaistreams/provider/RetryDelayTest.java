package io.github.genaistreams.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallPolicy;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.random.RandomGenerator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class RetryDelayTest {

    @Property
    void staysBetweenMinAndMaxWithoutServerFigure(
            @ForAll @IntRange(min = 1, max = 200) int attempt,
            @ForAll @IntRange(min = 0, max = 1_000_000) int min,
            @ForAll @IntRange(min = 0, max = Integer.MAX_VALUE - 1_000_000) int extra,
            @ForAll long seed) {
        var delay = RetryDelay.after(attempt, policy(min, min + extra), Duration.ZERO, new Random(seed));

        assertThat(delay).isBetween(Duration.ofMillis(min), Duration.ofMillis((long) min + extra));
    }

    @Property
    void neverFallsBelowTheServersFigureNorFarAboveIt(
            @ForAll @IntRange(min = 1, max = 200) int attempt,
            @ForAll @LongRange(min = 1, max = 86_400_000) long serverMillis,
            @ForAll long seed) {
        var server = Duration.ofMillis(serverMillis);
        var delay = RetryDelay.after(attempt, policy(1_000, 60_000), server, new Random(seed));

        assertThat(delay).isGreaterThanOrEqualTo(server);
        assertThat(delay.toMillis()).isLessThanOrEqualTo(Math.max(60_000, Math.round(serverMillis * 1.1) + 1));
    }

    @Property
    void firstDelayIsBetweenMinAndOneAndAHalfMin(@ForAll @IntRange(min = 1, max = 10_000) int min, @ForAll long seed) {
        var delay = RetryDelay.after(1, policy(min, 60_000), Duration.ZERO, new Random(seed));

        assertThat(delay.toMillis()).isBetween((long) min, Math.round(1.5 * min));
    }

    @Test
    void doublesFromAttemptToAttemptUpToTheLongest() {
        RandomGenerator highest = fixed(0.999999);
        for (int attempt = 1; attempt <= 12; attempt++) {
            long expected = Math.min(60_000, 1_500L << (attempt - 1));
            assertThat(RetryDelay.after(attempt, policy(1_000, 60_000), Duration.ZERO, highest)
                            .toMillis())
                    .isEqualTo(expected);
        }
    }

    @Test
    void longestDelayAndServersFigureHaveJitterToo() {
        var random = new Random(7);
        var longest = new HashSet<Duration>();
        var server = new HashSet<Duration>();
        for (int i = 0; i < 100; i++) {
            longest.add(RetryDelay.after(20, policy(1_000, 60_000), Duration.ZERO, random));
            server.add(RetryDelay.after(1, policy(1_000, 60_000), Duration.ofSeconds(20), random));
        }
        assertThat(longest).hasSizeGreaterThan(30);
        assertThat(server).hasSizeGreaterThan(90);
    }

    @Test
    void doesNotOverflowAtAttempt100OrMore() {
        for (int attempt : new int[] {100, 1_000, 100_000, Integer.MAX_VALUE}) {
            assertThat(RetryDelay.after(
                            attempt, policy(Integer.MAX_VALUE, Integer.MAX_VALUE), Duration.ZERO, fixed(0.5)))
                    .isEqualTo(Duration.ofMillis(Integer.MAX_VALUE));
            assertThat(RetryDelay.after(attempt, policy(0, 60_000), Duration.ZERO, fixed(0.5)))
                    .isEqualTo(Duration.ZERO);
        }
    }

    @Test
    void takesMoreThanADayForADayAndANegativeFigureForNone() {
        assertThat(RetryDelay.after(1, policy(0, 0), Duration.ofDays(4_000), fixed(0)))
                .isEqualTo(Duration.ofDays(1));
        assertThat(RetryDelay.after(1, policy(0, 0), Duration.ofSeconds(-5), fixed(0)))
                .isEqualTo(Duration.ZERO);
    }

    private static CallPolicy policy(int min, int max) {
        return new CallPolicy(Duration.ofSeconds(1), 5, Duration.ofMillis(min), Duration.ofMillis(max), 50);
    }

    private static RandomGenerator fixed(double value) {
        return new RandomGenerator() {
            @Override
            public long nextLong() {
                return 0;
            }

            @Override
            public double nextDouble() {
                return value;
            }
        };
    }
}
