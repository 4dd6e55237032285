package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {

    private static final boolean NEWS = true;
    private static final boolean CHANGE = false;

    private long now = 17;
    private int requests;
    private final Pace pace = new Pace(new Pace.Bounds(Duration.ofMillis(5), Duration.ofMillis(100)), () -> now);

    @Test
    void commitsNewsAtOnce() {
        pace.wrote(NEWS);
        ask();
        assertThat(requests).isEqualTo(1);
    }

    @Test
    void doesNotCommitWhereNothingWasWritten() {
        ask();
        pass(1_000);
        pace.askIfDue();
        assertThat(requests).isZero();
        assertThat(pace.isWaiting()).isFalse();
    }

    @Test
    void keepsTheShortestTimeAfterACommit() {
        pace.committed(0);
        pass(4);
        pace.wrote(NEWS);
        ask();
        assertThat(requests).isZero();
        assertThat(pace.isWaiting()).isTrue();

        pass(1);
        pace.askIfDue();
        assertThat(requests).isEqualTo(1);
    }

    @Test
    void commitsFewNewsAtOnceHoweverLongCommitsTake() {
        commitsOf(50, 1, 1_000);
        pace.wrote(NEWS);
        pass(5);
        ask();
        assertThat(requests).isEqualTo(1);
    }

    @Test
    void spacesCommitsByWhatTheyTakeWhenManyNewsComeMeanwhile() {
        commitsOf(10, 500, 50);
        pace.wrote(NEWS);
        pass(38);
        ask();
        assertThat(requests).isZero();
        pass(3);
        pace.askIfDue();
        assertThat(requests).isEqualTo(1);
    }

    @Test
    void putsACommitOffByWhatOneTakesWhenFourNewsComeMeanwhile() {
        commitsOf(20, 8, 40);
        pace.wrote(NEWS);
        pass(19);
        ask();
        assertThat(requests).isZero();
        pass(2);
        pace.askIfDue();
        assertThat(requests).isEqualTo(1);
    }

    @Test
    void doesNotWaitForLongerThanTheLongestTimeHoweverLongCommitsTake() {
        commitsOf(1_000, 5_000, 1_100);
        pace.wrote(NEWS);
        pass(99);
        ask();
        assertThat(requests).isZero();
        pass(1);
        pace.askIfDue();
        assertThat(requests).isEqualTo(1);
    }

    @Test
    void doesNotCommitASingleChangeBeforeTheMaximumTime() {
        pace.wrote(CHANGE);
        pass(99);
        pace.wrote(CHANGE);
        ask();
        assertThat(requests).isZero();
        pass(1);
        pace.askIfDue();
        assertThat(requests).isEqualTo(1);
    }

    @Test
    void commitsAChangeWithTheNextNews() {
        pace.wrote(CHANGE);
        ask();
        pass(10);
        pace.wrote(NEWS);
        ask();
        assertThat(requests).isEqualTo(1);
    }

    @Test
    void hasNothingToCommitAfterACommit() {
        pace.wrote(NEWS);
        ask();
        pace.committed(0);
        pass(1_000);
        pace.askIfDue();
        ask();
        assertThat(requests).isEqualTo(1);
        assertThat(pace.isWaiting()).isFalse();
    }

    @Test
    void hasNothingToCommitOnceThatIsTakenBack() {
        pace.wrote(NEWS);
        ask();
        pace.aborted();
        pass(1_000);
        pace.askIfDue();
        ask();
        assertThat(requests).isEqualTo(1);
        assertThat(pace.isWaiting()).isFalse();
    }

    @Test
    void wakesOncePerSignal() {
        assertThat(pace.takeWake()).isFalse();
        pace.wake();
        pace.wake();
        assertThat(pace.takeWake()).isTrue();
        assertThat(pace.takeWake()).isFalse();
    }

    private void ask() {
        pace.ask(() -> requests++);
    }

    private void pass(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** So many commits that nothing is left of the averages before, each of so many news, and so long after the one before. */
    private void commitsOf(long millis, int news, long every) {
        for (int i = 0; i < 100; i++) {
            pass(every);
            for (int n = 0; n < news; n++) {
                pace.wrote(NEWS);
            }
            pace.committed(TimeUnit.MILLISECONDS.toNanos(millis));
        }
    }
}
