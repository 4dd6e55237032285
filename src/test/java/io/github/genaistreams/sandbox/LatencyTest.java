package io.github.genaistreams.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LatencyTest {

    private static final int DRAWS = 5_000;

    @ParameterizedTest
    @ValueSource(strings = {"fixed:200ms", "fixed:0ms", "uniform:100ms-2s", "lognormal:500ms,0.5"})
    void writesWhatItReads(String text) {
        assertThat(Latency.parse(text)).hasToString(text);
    }

    @Test
    void readsUnitsAndBareDurations() {
        assertThat(Latency.parse("1.5s")).isEqualTo(Latency.fixed(Duration.ofMillis(1_500)));
        assertThat(Latency.parse("fixed: 2m")).isEqualTo(Latency.fixed(Duration.ofMinutes(2)));
        assertThat(Latency.parse("0")).isEqualTo(Latency.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "soon",
                "fixed:200",
                "uniform:2s",
                "uniform:2s-1s",
                "lognormal:1s",
                "lognormal:1s,x",
                "lognormal:1s,-1",
                "normal:1s",
                "fixed:-1s"
            })
    void saysWhatItExpectedInstead(String text) {
        assertThatThrownBy(() -> Latency.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'" + text + "'", "uniform:100ms-2s");
    }

    @Test
    void drawsTheSameForTheSameAttemptAndOthersForOthers() {
        var settings = SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:0ms-1000s"));
        Duration drawn = settings.latencyFor("b", 7, 1);

        assertThat(settings.latencyFor("b", 7, 1)).isEqualTo(drawn);
        assertThat(settings.latencyFor("b", 7, 2)).isNotEqualTo(drawn);
        assertThat(settings.latencyFor("b", 8, 1)).isNotEqualTo(drawn);
        assertThat(settings.latencyFor("c", 7, 1)).isNotEqualTo(drawn);
        assertThat(settings.withSeed(2).latencyFor("b", 7, 1)).isNotEqualTo(drawn);
    }

    @Test
    void centresALogNormalOnItsMedian() {
        long[] sorted = drawn("lognormal:500ms,0.5");

        assertThat(sorted[DRAWS / 2]).isCloseTo(500, within(25L));
        // 95 % lie below median · e^(1.645 · sigma).
        assertThat(sorted[DRAWS * 95 / 100]).isCloseTo(1_138, within(90L));
    }

    @Test
    void spreadsAUniformEvenly() {
        long[] sorted = drawn("uniform:100ms-300ms");

        assertThat(sorted[0]).isBetween(100L, 102L);
        assertThat(sorted[DRAWS - 1]).isBetween(298L, 300L);
        assertThat(sorted[DRAWS / 2]).isCloseTo(200, within(8L));
    }

    private static long[] drawn(String latency) {
        var settings = SandboxSettings.DEFAULTS.withLatency(Latency.parse(latency));
        return IntStream.range(0, DRAWS)
                .mapToLong(index -> settings.latencyFor("batch", index, 1).toMillis())
                .sorted()
                .toArray();
    }
}
