package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryAfterTest {

    private final RetryAfter wait = new RetryAfter(new Random(1));
    private long now = 1_000_000;

    @Test
    void startsNothingForAsLongAsTheApiAsksAndUpToATenthMore() {
        wait.refused(Duration.ofSeconds(20), now);

        assertThat(wait.isOpen(now + 19_999)).isFalse();
        assertThat(wait.isOpen(now + 22_001)).isTrue();
    }

    @Test
    void keepsTheLongestOfSeveral() {
        wait.refused(Duration.ofSeconds(20), now);
        wait.refused(Duration.ofSeconds(1), now + 1);
        wait.refused(Duration.ZERO, now + 2);

        assertThat(wait.isOpen(now + 19_999)).isFalse();
    }

    @Test
    void triesLessAndLessOftenWhetherALongWaitIsTrue() {
        wait.refused(Duration.ofHours(5), now);
        StringBuilder minutes = new StringBuilder();
        for (int minute = 1; minute <= 60; minute++) {
            now += 60_000;
            if (wait.isOpen(now)) {
                wait.started(now);
                assertThat(wait.isOpen(now)).as("one call").isFalse();
                wait.refused(Duration.ofHours(5), now);
                minutes.append(minute).append(' ');
            }
        }

        assertThat(minutes).hasToString("1 3 7 15 30 45 60 ");
    }

    @Test
    void endsWithAnAnswerToALaterCall() {
        wait.refused(Duration.ofHours(5), now);

        wait.answered(now);
        assertThat(wait.isOpen(now)).as("it started before").isFalse();
        wait.answered(now + 1);
        assertThat(wait.isOpen(now)).isTrue();

        wait.refused(Duration.ofHours(5), now);
        assertThat(wait.isOpen(now + 60_000)).as("from the beginning").isTrue();
    }

    @Test
    void waitsNoLongerThanADay() {
        wait.refused(Duration.ofSeconds(Long.MAX_VALUE / 1_000_000), now);

        assertThat(wait.isOpen(now + Duration.ofHours(27).toMillis())).isTrue();
    }
}
