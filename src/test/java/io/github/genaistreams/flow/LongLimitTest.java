package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ApiLimits.Figure;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LongLimitTest {

    private static final Duration DAY = Duration.ofHours(24);

    private final LongLimit limit = new LongLimit();
    private long now = 1_000_000;

    @Test
    void knowsALimitByAResetThatIsFarAway() {
        assertThat(limit.isMeant(figure(600, 0, 90))).isFalse();
        assertThat(limit.isMeant(figure(600, 0, 91))).isTrue();

        limit.correct(figure(600, 0, 91), 1, now);

        assertThat(limit.isMeant(figure(600, 599, 1))).as("the same number").isTrue();
        assertThat(limit.isMeant(figure(60, 59, 1))).isFalse();
    }

    @Test
    void startsTheShareOfWhatIsLeftAndThenOneCallAMinute() {
        limit.correct(new Figure(10_000, 9, DAY), 1 / 3.0, now);

        assertThat(starts(1_000)).isEqualTo(3);
        now += 59_000;
        assertThat(starts(1_000)).isZero();
        now += 1_000;
        assertThat(starts(1_000)).isEqualTo(1);
        assertThat(starts(1_000)).isZero();
    }

    /** The API may not have counted them when it said so. */
    @Test
    void countsCallsThatStartedAfterTheReportedCall() {
        limit.correct(new Figure(10_000, 100, DAY), 1, now);
        limit.take(1, now += 1);
        limit.take(1, now += 1);
        limit.take(1, now += 1);

        limit.correct(new Figure(10_000, 4, DAY), 1, now - 1);
        assertThat(starts(10)).as("4 less two").isEqualTo(2);

        limit.correct(new Figure(10_000, 50, DAY), 1, now - 2);
        assertThat(starts(10)).as("an older figure").isZero();
    }

    @Test
    void startsAgainAfterTheReset() {
        limit.correct(figure(600, 0, 300), 1, now);
        limit.take(1, now);

        assertThat(limit.isOpen(now += 59_999)).isFalse();
        limit.take(1, now += 239_000);
        assertThat(limit.isOpen(now)).isFalse();
        assertThat(limit.isOpen(now += 1_001)).isTrue();
    }

    @Test
    void forgetsWhatTheApiNoLongerNames() {
        limit.correct(figure(600, 0, 300), 1, now);
        limit.take(1, now);
        for (int i = 0; i < 9; i++) {
            limit.answeredWithoutFigure();
        }
        assertThat(limit.isOpen(now)).isFalse();

        limit.answeredWithoutFigure();

        assertThat(limit.isOpen(now)).isTrue();
        assertThat(limit.isMeant(figure(600, 0, 30))).isFalse();
    }

    private int starts(int most) {
        int starts = 0;
        for (; starts < most && limit.isOpen(now); starts++) {
            limit.take(1, now);
        }
        return starts;
    }

    private static Figure figure(long limit, long remaining, long resetSeconds) {
        return new Figure(limit, remaining, Duration.ofSeconds(resetSeconds));
    }
}
