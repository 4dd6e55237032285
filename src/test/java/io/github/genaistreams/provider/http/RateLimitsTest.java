package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.genaistreams.model.ApiLimits;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an answer tells about limits. {@link ServerDelayTest} has what an error asks to wait. */
class RateLimitsTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "60 | 59 | 1s | 60 | 59 | 1000",
                "150000 | 149984 | 6m0s | 150000 | 149984 | 360000",
                "60 | 0 | 12 | 60 | 0 | 12000",
                "60 | 1.5 | 120ms | 60 | 1 | 120",
                "60 | 70 | 0s | 60 | 60 | 0",
                "60 | 30 | -1 | 60 | 30 | 0",
                "60 | 30 | soon | 60 | 30 | 0",
                "60 | 30 | 2026-11-22T10:00:30Z | 60 | 30 | 30000",
                "60 | 30 | 2026-11-22T09:00:30Z | 60 | 30 | 0",
                "60 | 30 | | 60 | 30 | 0",
            })
    void readsEverySpellingOfAFigure(
            String limit, String remaining, String reset, long expected, long left, long millis) {
        assertThat(requests(limit, remaining, reset))
                .isEqualTo(new ApiLimits.Figure(expected, left, Duration.ofMillis(millis)));
    }

    @ParameterizedTest
    @CsvSource({"-1,-1", "0,0", ",5", "60,", "60,-1", "many,5", "60,few"})
    void leavesOutWhatMakesNoSense(String limit, String remaining) {
        assertThat(requests(limit, remaining, "1s")).isNull();
    }

    @Test
    void takesTheScarcerOfTheLimitsOfTokens() {
        var headers = Map.of(
                "x-ratelimit-limit-tokens", "1000",
                "x-ratelimit-remaining-tokens", "900",
                "x-ratelimit-limit-project-tokens", "500",
                "x-ratelimit-remaining-project-tokens", "50");

        assertThat(RateLimits.reported(headers::get, NOW))
                .isEqualTo(new ApiLimits(null, new ApiLimits.Figure(500, 50, Duration.ZERO)));
    }

    @Test
    void tellsForHowLongTheApiWantsNoCall() {
        assertThat(RateLimits.reported(Map.of("retry-after", "20")::get, NOW).retryAfter())
                .isEqualTo(Duration.ofSeconds(20));
        assertThat(RateLimits.reported(Map.of("retry-after-ms", "20")::get, NOW).retryAfter())
                .isEqualTo(Duration.ofMillis(20));
        // A reset is no demand.
        assertThat(RateLimits.reported(Map.of("x-ratelimit-reset-requests", "20")::get, NOW))
                .isSameAs(ApiLimits.NONE);
    }

    @Test
    void tellsNothingWithoutHeaders() {
        assertThat(RateLimits.reported(name -> null, NOW)).isSameAs(ApiLimits.NONE);
    }

    @Property(tries = 200)
    void readsAnything(
            @ForAll @NumericChars @AlphaChars @Chars({'.', '-', ':', ' ', 'µ'}) @StringLength(max = 25) String limit,
            @ForAll @NumericChars @Chars({'.', '-', ' '}) @StringLength(max = 25) String remaining,
            @ForAll @NumericChars @Chars({'m', 's', 'h', '.', '-', ' '}) @StringLength(max = 25) String reset) {
        assertThatCode(() -> {
                    ApiLimits.Figure figure = requests(limit, remaining, reset);
                    if (figure != null) {
                        assertThat(figure.rest()).isBetween(0.0, 1.0);
                        assertThat(figure.reset()).isGreaterThanOrEqualTo(Duration.ZERO);
                    }
                })
                .doesNotThrowAnyException();
    }

    private static ApiLimits.Figure requests(String limit, String remaining, String reset) {
        var headers = new HashMap<String, String>();
        headers.put("x-ratelimit-limit-requests", limit);
        headers.put("x-ratelimit-remaining-requests", remaining);
        headers.put("x-ratelimit-reset-requests", reset);
        return RateLimits.reported(headers::get, NOW).requests();
    }
}
