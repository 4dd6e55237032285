package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WaitNoticeTest {

    private final List<String> told = new ArrayList<>();
    private Optional<Waiting> waiting = Optional.empty();
    private int asked;
    private long nanos;

    private final WaitNotice notice = new WaitNotice(
            () -> {
                asked++;
                return waiting;
            },
            told::add,
            () -> nanos);

    private static Optional<Waiting> waits(String reason, String detail) {
        return Optional.of(new Waiting(reason, Instant.EPOCH, null, detail));
    }

    private void check(int received, long seconds) {
        nanos += Duration.ofSeconds(seconds).toNanos();
        notice.check(received);
    }

    @Test
    void tellsAReasonOnceAndAnotherOneAgain() {
        waiting = waits("outage", "the connection was refused.");
        check(3, 0);
        check(3, 2);
        check(3, 1);
        check(3, 1);
        assertThat(told)
                .containsExactly("The API is down (the connection was refused). Calls wait, and nothing is lost;"
                        + " every few seconds, one call tries again");

        waiting = waits("key_refused", null);
        check(3, 1);
        assertThat(told).hasSize(2).last().asString().startsWith("The API refuses the key. Calls wait for another key");
    }

    @Test
    void doesNotAskWhileResultsCome() {
        for (int i = 0; i < 10; i++) {
            check(i, 1);
        }
        assertThat(asked).isZero();
    }

    @Test
    void tellsTheSameReasonAgainAfterResults() {
        waiting = waits("outage", null);
        check(3, 0);
        check(3, 2);
        check(4, 1);
        check(4, 2);
        assertThat(told).hasSize(2);
    }
}
