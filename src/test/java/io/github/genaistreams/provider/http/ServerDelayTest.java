package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerDelayTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "20 | 20000",
                "1.5 | 1500",
                "0 | 0",
                "-3 | 0",
                "soon | 0",
                "NaN | 0",
                "1e9 | 0",
                "'' | 0",
                "Sun, 22 Nov 2026 10:00:30 GMT | 30000",
                "Sun, 22 Nov 2026 09:59:30 GMT | 0",
                "Sun, 99 Nov 2026 09:59:30 GMT | 0",
            })
    void readsRetryAfter(String value, long millis) {
        assertThat(delay(429, Map.of("retry-after", value))).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void prefersMillisecondsAndFallsBackIfTheyAreUnusable() {
        assertThat(delay(503, Map.of("retry-after-ms", "250", "retry-after", "20")))
                .isEqualTo(Duration.ofMillis(250));
        assertThat(delay(503, Map.of("retry-after-ms", "-1", "retry-after", "20")))
                .isEqualTo(Duration.ofSeconds(20));
        assertThat(delay(503, Map.of("retry-after-ms", "x", "retry-after", "20")))
                .isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void takesTheLongestResetOfTheLimitsThatAreUsedUp() {
        var headers = new HashMap<>(Map.of(
                "x-ratelimit-remaining-requests",
                "0",
                "x-ratelimit-reset-requests",
                "120ms",
                "x-ratelimit-remaining-tokens",
                "0",
                "x-ratelimit-reset-tokens",
                "6m0s"));
        assertThat(delay(429, headers)).isEqualTo(Duration.ofMinutes(6));

        headers.put("x-ratelimit-remaining-tokens", "17");
        assertThat(delay(429, headers)).isEqualTo(Duration.ofMillis(120));

        headers.put("x-ratelimit-remaining-requests", "1");
        assertThat(delay(429, headers)).isEqualTo(Duration.ZERO);
    }

    @Test
    void looksAtResetsForA429WithoutRetryAfterOnly() {
        var headers =
                new HashMap<>(Map.of("x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-requests", "6m0s"));
        assertThat(delay(503, headers)).isEqualTo(Duration.ZERO);

        headers.put("retry-after", "2");
        assertThat(delay(429, headers)).isEqualTo(Duration.ofSeconds(2));
    }

    private static Duration delay(int status, Map<String, String> headers) {
        return ServerDelay.of(status, name -> headers.get(name.toLowerCase(Locale.ROOT)), NOW);
    }
}
