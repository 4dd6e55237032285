package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.ApiLimits.Figure;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LevelTest {

    private long now = 1_000_000;

    private static Level level(long requests, long tokens, boolean isOfModel) {
        return new Level(requests, tokens, isOfModel, new Random(1));
    }

    private static Figure figure(long limit, long remaining) {
        return new Figure(limit, remaining, Duration.ofSeconds(30));
    }

    private void refuse(Level level, ApiLimits limits) {
        now += 1_000;
        level.refused(limits, now, now);
    }

    @Test
    void hasNothingInTheWayWithoutALimit() {
        Level level = level(0, 0, false);
        for (int i = 0; i < 1_000; i++) {
            level.start(1_000_000);
        }

        assertThat(level.refusal(1, now)).isNull();
        assertThat(level.isLimited()).isFalse();
    }

    @Test
    void namesTheLimitThatIsInTheWay() {
        Level requests = level(60, 0, false);
        Level tokens = level(0, 6_000, false);
        assertThat(requests.refusal(1, now)).isNull();
        assertThat(tokens.refusal(1, now)).isNull();
        requests.start(100);
        tokens.start(100);

        assertThat(requests.refusal(1, now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
        assertThat(tokens.refusal(1, now)).isEqualTo(Bound.TOKENS_PER_MINUTE);
        assertThat(requests.isLimited()).isTrue();
        assertThat(tokens.isLimited()).isTrue();
    }

    @Test
    void waitsForItsShareOfAMinute() {
        Level requests = level(60, 0, false);
        Level tokens = level(0, 60, false);
        for (Level level : List.of(requests, tokens)) {
            level.refusal(0.5, now);
            level.start(1);
        }

        assertThat(requests.refusal(0.5, now + 1_500)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
        assertThat(requests.refusal(0.5, now + 2_000)).isNull();
        assertThat(tokens.refusal(0.5, now + 1_500)).isEqualTo(Bound.TOKENS_PER_MINUTE);
        assertThat(tokens.refusal(0.5, now + 2_000)).isNull();
    }

    @Test
    void learnsTheLimitsOfAModelFromTheApi() {
        Level level = level(0, 0, true);
        level.correct(new ApiLimits(figure(60, 59), null), 0, 0, now, now);

        assertThat(level.requests().limit()).isEqualTo(60);
        assertThat(level.tokens().limit()).isZero();
    }

    @Test
    void takesFromTheApiNoLimitOfTheAccountThatIsNotConfigured() {
        Level level = level(0, 6_000, false);
        level.correct(new ApiLimits(figure(60, 59), figure(9_000, 9_000)), 0, 0, now, now);

        assertThat(level.requests().limit()).isZero();
        assertThat(level.tokens().limit()).as("as configured").isEqualTo(6_000);
    }

    @Test
    void slowsDownTheLimitThatIsUsedUpWhenACallIsRefused() {
        Level level = level(60, 6_000, false);
        level.refusal(1, now);
        refuse(level, new ApiLimits(figure(60, 2), figure(6_000, 5_000)));

        assertThat(level.requests().perMinute(now)).isEqualTo(0.8 * 60);
        assertThat(level.tokens().perMinute(now)).isEqualTo(6_000);
    }

    @Test
    void slowsDownTheOtherLimitIfOneIsLeft() {
        Level level = level(60, 6_000, false);
        level.refusal(1, now);
        refuse(level, new ApiLimits(figure(60, 40), null));

        assertThat(level.requests().perMinute(now)).isEqualTo(60);
        assertThat(level.tokens().perMinute(now)).isEqualTo(0.8 * 6_000);
    }

    @Test
    void slowsDownNoLimitThatIsNotNamedIfTheOtherIsUsedUp() {
        Level level = level(60, 6_000, false);
        level.refusal(1, now);
        refuse(level, new ApiLimits(figure(60, 2), null));

        assertThat(level.requests().perMinute(now)).isEqualTo(0.8 * 60);
        assertThat(level.tokens().perMinute(now)).isEqualTo(6_000);
    }

    @Test
    void slowsDownBothIfTheApiDoesNotSayWhich() {
        Level level = level(60, 6_000, false);
        level.refusal(1, now);
        refuse(level, ApiLimits.NONE);

        assertThat(level.requests().perMinute(now)).isEqualTo(0.8 * 60);
        assertThat(level.tokens().perMinute(now)).isEqualTo(0.8 * 6_000);
    }
}
