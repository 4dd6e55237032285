package io.github.genaistreams.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MinuteLimitsTest {

    private final AtomicLong now = new AtomicLong();
    private final TimeMeter clock = new TimeMeter() {
        @Override
        public long currentTimeNanos() {
            return now.get();
        }

        @Override
        public boolean isWallClockBased() {
            return false;
        }
    };

    @Test
    void refusesTheRequestAfterTheLastOneAndSaysWhenToComeAgain() {
        var limits = new MinuteLimits(60, 0, clock);
        for (int i = 0; i < 60; i++) {
            assertThat(limits.take(1)).isEmpty();
        }

        var refusal = limits.take(1).orElseThrow();

        assertThat(refusal.kind()).isEqualTo("requests");
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(refusal.isForGood()).isFalse();
        assertThat(refusal.used()).isEqualTo(60);
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(limits.take(1)).isEmpty();
        assertThat(limits.take(1)).isPresent();
    }

    @Test
    void chargesTokensOnlyForWhatItLetsThrough() {
        var limits = new MinuteLimits(0, 6_000, clock);
        assertThat(limits.take(5_000)).isEmpty();

        var refusal = limits.take(2_000).orElseThrow();

        assertThat(refusal.kind()).isEqualTo("tokens");
        assertThat(refusal.retryAfter()).isEqualTo(Duration.ofSeconds(10));
        assertThat(limits.take(1_000)).isEmpty();
        assertThat(limits.headers())
                .containsEntry("x-ratelimit-limit-tokens", "6000")
                .containsEntry("x-ratelimit-remaining-tokens", "0")
                .containsEntry("x-ratelimit-reset-tokens", "1m0s")
                .doesNotContainKey("x-ratelimit-limit-requests");
    }

    @Test
    void refusesARequestThatAloneExceedsTheLimit() {
        assertThat(new MinuteLimits(0, 100, clock).take(101).orElseThrow().isForGood())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({"0, 0s", "120, 120ms", "1000, 1s", "8640, 8.64s", "60000, 1m0s", "61500, 1m1.5s"})
    void writesDurationsAsGoDoes(long millis, String text) {
        assertThat(MinuteLimits.goDuration(Duration.ofMillis(millis))).isEqualTo(text);
    }
}
