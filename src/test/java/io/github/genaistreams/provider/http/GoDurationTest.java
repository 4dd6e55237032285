package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {

    @ParameterizedTest
    @CsvSource({
        "1s, 1000",
        "6m0s, 360000",
        "120ms, 120",
        "50.529s, 50529",
        "1h2m3s, 3723000",
        "12, 12000",
        "0.5, 500",
        "0, 0",
        "0s, 0",
        "' 2s ', 2000",
        "1.5h, 5400000",
        "2000us, 2",
        "2000µs, 2",
        "3000000ns, 3",
        "48h0m0s, 172800000"
    })
    void readsWhatServersSend(String text, long millis) {
        assertThat(GoDuration.parse(text)).contains(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-1", "-1s", "s", "1s!", "1 s", "1x", "soon", "1e3", "NaN", "1s2", "1..5s", "+1s"})
    void refusesAnythingElse(String text) {
        assertThat(GoDuration.parse(text)).isEmpty();
    }

    @Test
    void knowsNoneBeyondAllBounds() {
        assertThat(GoDuration.parse("999999999999999h".repeat(4))).isEmpty();
        assertThat(GoDuration.parse("1h".repeat(51))).isEmpty();
    }

    @Test
    void refusesNull() {
        assertThat(GoDuration.parse(null)).isEmpty();
    }

    @Property
    void readsBackWhatGoPrints(
            @ForAll @IntRange(min = 0, max = 1_000) int hours,
            @ForAll @IntRange(min = 0, max = 59) int minutes,
            @ForAll @IntRange(min = 0, max = 59) int seconds,
            @ForAll @IntRange(min = 0, max = 999) int millis) {
        String text = "%dh%dm%d.%03ds".formatted(hours, minutes, seconds, millis);

        assertThat(GoDuration.parse(text))
                .contains(Duration.ofHours(hours)
                        .plusMinutes(minutes)
                        .plusSeconds(seconds)
                        .plusMillis(millis));
    }

    @Property
    void readsPlainSecondsOfAnySize(@ForAll @LongRange(min = 0, max = 999_999_999_999_999L) long seconds) {
        assertThat(GoDuration.parse(String.valueOf(seconds))).contains(Duration.ofSeconds(seconds));
    }

    @Property
    void neverThrows(@ForAll String text) {
        assertThat(GoDuration.parse(text)).isNotNull();
    }
}
