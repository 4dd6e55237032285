package io.github.genaistreams.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PollPaceTest {

    @Test
    void growsFromTwoSecondsToTen() {
        var waits = new ArrayList<Long>();
        Duration wait = PollPace.first(null);
        for (int i = 0; i < 7; i++) {
            waits.add(wait.toMillis());
            wait = PollPace.next(wait, null);
        }
        assertThat(waits).isEqualTo(List.of(2_000L, 3_000L, 4_500L, 6_750L, 10_000L, 10_000L, 10_000L));
    }

    @ParameterizedTest
    @CsvSource({
        "250, 250", // as asked
        "' 3000 ', 3000",
        "0, 50", // no busy loop
        "999999999, 600000", // nothing is kept that long
        "soon, 4500", // not a figure: grows as without
        "-1, 4500",
        "1.5, 4500",
        "99999999999999999999, 4500",
    })
    void doesAsTheServerSaysWithinReason(String header, long millis) {
        assertThat(PollPace.next(Duration.ofSeconds(3), header)).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void takesTheFirstWaitFromTheServerToo() {
        assertThat(PollPace.first("700")).isEqualTo(Duration.ofMillis(700));
    }

    @Test
    void backsOffFurtherWhenTheQuestionFails() {
        Duration wait = Duration.ofMillis(50);
        var waits = new ArrayList<Long>();
        for (int i = 0; i < 7; i++) {
            wait = PollPace.afterFailure(wait, Duration.ZERO);
            waits.add(wait.toSeconds());
        }
        assertThat(waits).isEqualTo(List.of(2L, 4L, 8L, 16L, 32L, 60L, 60L));
        assertThat(PollPace.next(wait, null)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void waitsAtLeastAsLongAsTheServerAsks() {
        Duration previous = Duration.ofSeconds(5);
        assertThat(PollPace.afterFailure(previous, Duration.ofSeconds(4))).isEqualTo(Duration.ofSeconds(10));
        assertThat(PollPace.afterFailure(previous, Duration.ofSeconds(90))).isEqualTo(Duration.ofSeconds(90));
        assertThat(PollPace.afterFailure(previous, Duration.ofDays(1))).isEqualTo(Duration.ofMinutes(10));
    }
}
