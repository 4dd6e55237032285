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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x-ratelimit-reset-tokens: 12 | 12000",
                "x-ratelimit-reset-tokens: 0.5; x-ratelimit-remaining-tokens: -1 | 500",
                "x-ratelimit-reset-requests: 1m0s; x-ratelimit-remaining-requests: unknown | 60000",
                "x-ratelimit-reset-requests: 12; x-ratelimit-remaining-requests: 3 | 0",
                "x-ratelimit-reset-requests: 2; x-ratelimit-remaining-requests: 0; x-ratelimit-reset-tokens: 90 | 2000",
                "x-ratelimit-reset-requests: 0; x-ratelimit-remaining-requests: 0; x-ratelimit-reset-tokens: 9 | 9000",
                "x-ratelimit-reset: 7 | 7000",
                "x-ratelimit-reset: 1795341630 | 30000",
                "x-ratelimit-reset: 1795341630000 | 30000",
                "x-ratelimit-reset: 1795341500 | 0",
                "x-ratelimit-reset-tokens: 2026-11-22T10:00:30Z | 30000",
                "ratelimit-reset: 7; ratelimit-remaining: 0 | 7000",
                "RateLimit-Reset: 7 | 7000",
                "ratelimit-reset: 7; ratelimit-remaining: 1 | 0",
                "x-rate-limit-reset: 7 | 7000",
                "ratelimit: limit=100, remaining=0, reset=50 | 50000",
                "ratelimit: limit=100, remaining=4, reset=50 | 0",
                "ratelimit: 'minute';r=0;t=90, 'day';r=17;t=3600 | 90000",
                "ratelimit: 'minute';t=90 | 90000",
                "ratelimit: 'minute' | 0",
                "x-ratelimit-reset-tokens: soon | 0",
                "x-ratelimit-reset-tokens: -3 | 0",
            })
    void waitsForAResetInWhicheverFormItIsSaid(String lines, long millis) {
        var headers = new HashMap<String, String>();
        for (String line : lines.split("; ")) {
            int colon = line.indexOf(": ");
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 2).replace('\'', '"'));
        }

        assertThat(delay(429, headers)).isEqualTo(Duration.ofMillis(millis));
        headers.put("retry-after", "3");
        assertThat(delay(429, headers)).isEqualTo(Duration.ofSeconds(3));
    }

    private static Duration delay(int status, Map<String, String> headers) {
        return ServerDelay.of(status, name -> headers.get(name.toLowerCase(Locale.ROOT)), NOW);
    }
}
