package io.github.genaistreams.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MinuteLimitsTest {

    @Test
    void shouldRefuseTheRequestAfterTheLastOneAndSayWhenToComeAgain() {
        var limits = new MinuteLimits(60, 0, 0);
        for (int i = 0; i < 60; i++) {
            assertThat(limits.take(1, 0)).isEmpty();
        }

        var refusal = limits.take(1, 0).orElseThrow();

        assertThat(refusal.kind()).isEqualTo("requests");
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(refusal.isForGood()).isFalse();
        assertThat(limits.take(1, Duration.ofSeconds(1).toNanos())).isEmpty();
    }

    @Test
    void shouldChargeTokensOnlyForWhatItLetsThrough() {
        var limits = new MinuteLimits(0, 6_000, 0);
        assertThat(limits.take(5_000, 0)).isEmpty();

        var refusal = limits.take(2_000, 0).orElseThrow();

        assertThat(refusal.kind()).isEqualTo("tokens");
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(10));
        assertThat(limits.take(1_000, 0)).isEmpty();
        assertThat(limits.headers(0))
                .containsEntry("x-ratelimit-limit-tokens", "6000")
                .containsEntry("x-ratelimit-remaining-tokens", "0")
                .containsEntry("x-ratelimit-reset-tokens", "1m0s")
                .doesNotContainKey("x-ratelimit-limit-requests");
    }

    @Test
    void shouldRefuseForGoodWhatAloneExceedsTheLimit() {
        assertThat(new MinuteLimits(0, 100, 0).take(101, 0).orElseThrow().isForGood())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0, 0s", "120, 120ms", "1000, 1s", "8640, 8.64s", "60000, 1m0s", "61500, 1m1.5s"})
    void shouldWriteDurationsAsGoDoes(long millis, String text) {
        assertThat(MinuteLimits.goDuration(Duration.ofMillis(millis))).isEqualTo(text);
    }
}
