package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutageSignsTest {

    private final OutageSigns signs = new OutageSigns();
    private int items;

    private void fail(int times, Sign sign, long now) {
        for (int i = 0; i < times; i++) {
            signs.failed(new CallReport(sign, items++, "words"), now);
        }
    }

    @Test
    void believesThreeFailuresOfTheFirstCallsAndFiveOfLaterOnes() {
        fail(3, Sign.UNREACHED, 0);
        assertThat(signs.isAway(true, false, 0, 0)).isTrue();
        assertThat(signs.isAway(false, false, 0, 0)).isFalse();

        fail(2, Sign.UNREACHED, 0);

        assertThat(signs.isAway(false, false, 0, 0)).isTrue();
    }

    @Test
    void waitsFiveSecondsWhileCallsStartFreely() {
        fail(5, Sign.UNREACHED, 1_000);

        assertThat(signs.isAway(false, true, 0, 5_999)).isFalse();
        assertThat(signs.isAway(false, true, 0, 6_000)).isTrue();
    }

    @Test
    void startsAnewWithASignOfLife() {
        fail(4, Sign.UNREACHED, 0);
        assertThat(signs.isAlive()).isFalse();

        signs.ended(0);

        assertThat(signs.isAlive()).isTrue();
        fail(4, Sign.UNREACHED, 0);
        assertThat(signs.isAway(false, false, 0, 0)).isFalse();
    }

    @Test
    void holdsNoApiForAwayThatFailsForOneItemOnly() {
        for (int i = 0; i < 100; i++) {
            signs.failed(new CallReport(Sign.FAILING, "the same", "words"), i);
        }
        assertThat(signs.isAway(false, false, 0, 100)).isFalse();

        fail(9, Sign.FAILING, 100);

        assertThat(signs.isAway(false, false, 0, 100)).as("ten items").isTrue();
    }

    @Test
    void believesThreeItemsThatWereTurnedAway() {
        fail(2, Sign.TURNED_AWAY, 0);
        signs.failed(new CallReport(Sign.FAILING, "another", "words"), 0);
        assertThat(signs.isAway(true, false, 0, 0)).isFalse();

        fail(1, Sign.TURNED_AWAY, 0);

        assertThat(signs.isAway(true, false, 0, 0)).isTrue();
    }

    @Test
    void believesTwentyFailuresInTenSecondsIfAFifthAsManyCallsDidBetter() {
        fail(20, Sign.UNREACHED, 0);
        for (int i = 0; i < 4; i++) {
            signs.ended(0);
        }
        fail(1, Sign.UNREACHED, 0);
        assertThat(signs.isAway(false, true, 0, 0)).isTrue();

        signs.ended(0);
        fail(1, Sign.UNREACHED, 0);

        assertThat(signs.isAway(false, true, 0, 0)).as("22 against 5").isFalse();
    }

    @Test
    void forgetsFailuresAfterTenSeconds() {
        fail(20, Sign.UNREACHED, 0);
        signs.ended(0);
        fail(1, Sign.UNREACHED, 9_999);
        assertThat(signs.isAway(false, true, 0, 9_999)).isTrue();

        signs.ended(10_000);
        fail(1, Sign.UNREACHED, 10_000);

        assertThat(signs.isAway(false, true, 0, 10_000)).isFalse();
    }

    @Test
    void waitsForTheEndsOfAsManyCallsAsHaveFailed() {
        fail(5, Sign.UNREACHED, 0);

        assertThat(signs.isAway(false, false, 6, 0)).isFalse();
        assertThat(signs.isAway(false, false, 5, 0)).isTrue();
    }

    @Test
    void saysNothingOfTheTimeToComeOnceItHasForgotten() {
        fail(30, Sign.UNREACHED, 0);

        signs.forget(0);

        assertThat(signs.isAlive()).isTrue();
        fail(2, Sign.UNREACHED, 0);
        assertThat(signs.isAway(true, false, 0, 0)).isFalse();
    }
}
