package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TimeLimitsTest {

    private static final long START = Long.MAX_VALUE - 5;

    @Test
    void waitsForTheFirstEventNoLongerThanItsLimit() {
        var limits = limits(10, 2, 100);

        assertThat(limits.left(at(4))).isEqualTo(Duration.ofSeconds(6));
        assertThat(limits.left(at(11))).isNegative();
        assertThat(limits.expired().error().message()).isEqualTo("No complete response within 10 s");
    }

    @Test
    void startsTheSilenceAnewWithEveryEvent() {
        var limits = limits(10, 2, 100);

        assertThat(limits.event(at(1))).isTrue();
        assertThat(limits.left(at(1))).isEqualTo(Duration.ofSeconds(2));
        assertThat(limits.event(at(2))).isFalse();
        assertThat(limits.left(at(3))).isEqualTo(Duration.ofSeconds(1));
        assertThat(limits.left(at(4))).isZero();
        assertThat(limits.expired().error().message()).isEqualTo("No event of the stream for 2 s");
    }

    @Test
    void takesAnotherSignForLifeOnceThereWasAnEvent() {
        var limits = limits(10, 2, 100);

        limits.alive(at(9));
        assertThat(limits.left(at(9))).isEqualTo(Duration.ofSeconds(1));
        limits.event(at(9));
        limits.alive(at(10));
        assertThat(limits.left(at(11))).isEqualTo(Duration.ofSeconds(1));
        assertThat(limits.left(at(12))).isZero();
    }

    @Test
    void boundsTheWholeHoweverManyEventsCome() {
        var limits = limits(10, 2, 5);
        for (int second = 1; second <= 4; second++) {
            limits.event(at(second));
        }

        assertThat(limits.left(at(4))).isEqualTo(Duration.ofSeconds(1));
        assertThat(limits.expired().error().message()).isEqualTo("No complete response within 5 s");
    }

    @Test
    void boundsTheFirstEventByTheWholeToo() {
        var limits = limits(10, 2, 5);

        assertThat(limits.left(at(0))).isEqualTo(Duration.ofSeconds(5));
        assertThat(limits.connect()).isEqualTo(Duration.ofSeconds(5));
        assertThat(limits.expired().error().message()).isEqualTo("No complete response within 5 s");
    }

    @Test
    void knowsASingleLimitForAnAnswerWithoutEvents() {
        var limits = TimeLimits.of(Duration.ofMillis(1500));
        limits.start(START);

        assertThat(limits.left(at(1))).isEqualTo(Duration.ofMillis(500));
        assertThat(limits.expired().error().type()).isEqualTo("timeout");
        assertThat(limits.expired().error().message()).isEqualTo("No complete response within 1.5 s");
    }

    private static TimeLimits limits(int first, int idle, int total) {
        var limits = new TimeLimits(Duration.ofSeconds(first), Duration.ofSeconds(idle), Duration.ofSeconds(total));
        limits.start(START);
        return limits;
    }

    /** The nano clock may overflow; only differences count. */
    private static long at(int seconds) {
        return START + Duration.ofSeconds(seconds).toNanos();
    }
}
