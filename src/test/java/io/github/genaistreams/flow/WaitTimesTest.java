package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WaitTimesTest {

    private final WaitTimes waits = new WaitTimes();

    @Test
    void countsTheWaitOfAModelWhileAnotherOneStarts() {
        for (long now = 0; now <= 10_000; now += 100) {
            waits.asked("waits", Bound.TOKENS_PER_MINUTE, now);
            waits.asked("starts", null, now + 50);
        }

        assertThat(waits.waited(Bound.TOKENS_PER_MINUTE)).hasMillis(10_000);
    }

    @Test
    void countsTimeInWhichSeveralModelsWaitOnce() {
        for (long now = 0; now <= 10_000; now += 100) {
            waits.asked("a", Bound.TOKENS_PER_MINUTE, now);
            waits.asked(null, Bound.TOKENS_PER_MINUTE, now + 30);
            waits.asked("c", Bound.REQUESTS_PER_MINUTE, now + 60);
        }

        assertThat(waits.waited(Bound.TOKENS_PER_MINUTE)).hasMillis(10_030);
        assertThat(waits.waited(Bound.REQUESTS_PER_MINUTE)).hasMillis(10_000);
    }

    @Test
    void doesNotCountTheWaitOfACallThatIsGone() {
        waits.asked("a", Bound.TOKENS_PER_MINUTE, 0);
        waits.asked("a", Bound.TOKENS_PER_MINUTE, 2_001);
        waits.asked("a", null, 2_101);
        waits.asked("a", null, 2_201);

        assertThat(waits.waited(Bound.TOKENS_PER_MINUTE)).hasMillis(100);
    }

    @Test
    void keepsFewOfManyNames() {
        for (int i = 0; i < 10_000; i++) {
            waits.asked("model " + i, Bound.TOKENS_PER_MINUTE, i * 100L);
        }
        waits.asked("model 9999", null, 1_000_000);

        assertThat(waits.waited(Bound.TOKENS_PER_MINUTE)).hasMillis(100);
    }
}
