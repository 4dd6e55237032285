package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class TokenEstimateTest {

    private final TokenEstimate estimate = new TokenEstimate();

    @Test
    void beginsWithAQuarterOfTheBytesAndRoomForAnAnswer() {
        assertThat(estimate.of(4_000, 0)).isEqualTo(1_500);
        assertThat(estimate.of(4_000, 50)).as("with the request's own bound").isEqualTo(1_050);
    }

    @Property(tries = 50)
    void learnsHowManyTokensAByteIs(@ForAll @DoubleRange(min = 0.05, max = 2) double tokensPerByte, @ForAll long seed) {
        var random = new Random(seed);
        var learning = new TokenEstimate();
        for (int i = 0; i < 600; i++) {
            long bytes = 2_000 + random.nextInt(20_000);
            learning.learn(bytes, Math.round(bytes * tokensPerByte), 1);
        }

        assertThat(learning.of(10_000, 7) - 7)
                .isCloseTo(Math.round(10_000 * tokensPerByte), Percentage.withPercentage(1));
    }

    @Property(tries = 50)
    void expectsAnOutputThatOneAnswerOfTwentyExceeds(
            @ForAll @IntRange(min = 20, max = 5_000) int longest, @ForAll long seed) {
        var random = new Random(seed);
        var learning = new TokenEstimate();
        for (int i = 0; i < 1_000; i++) {
            learning.learn(0, 0, random.nextInt(longest));
        }

        assertThat((double) learning.of(0, 0) / longest).isCloseTo(0.95, within(0.12));
    }

    @Property(tries = 100)
    void alwaysExpectsSomething(
            @ForAll @LongRange(min = 0, max = 1L << 31) long bytes,
            @ForAll @LongRange(min = 0, max = 1L << 40) long input,
            @ForAll @LongRange(min = 0, max = 1L << 40) long output) {
        var learning = new TokenEstimate();
        learning.learn(bytes, input, output);

        assertThat(learning.of(0, 0)).isPositive();
        assertThat(learning.of(bytes, output)).isPositive();
    }

    @Test
    void forgetsHowItWas() {
        for (int i = 0; i < 500; i++) {
            estimate.learn(1_000, 1_000, 3_000);
        }
        for (int i = 0; i < 1_000; i++) {
            estimate.learn(1_000, 100, 10);
        }

        assertThat(estimate.of(1_000, 0)).isBetween(110L, 112L);
    }
}
