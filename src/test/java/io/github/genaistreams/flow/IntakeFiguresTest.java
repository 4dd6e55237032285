package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class IntakeFiguresTest {

    /** 10 items that can be called, 4 that cannot, and 1,000 bytes of either. */
    private final IntakeFigures figures = new IntakeFigures(new LaneSettings(2, 0, 10, 4, 1_000));

    @Test
    void isFullWithAsManyItemsAsItsCapacity() {
        figures.add(Phase.READY, 6, 6);
        figures.add(Phase.IN_FLIGHT, 3, 3);
        assertThat(figures.isFull()).isFalse();
        figures.add(Phase.REMOTE, 1, 1);
        assertThat(figures.isFull()).isTrue();
        assertThat(figures.size()).isEqualTo(10);

        figures.add(Phase.IN_FLIGHT, -1, -1);
        assertThat(figures.isFull()).isFalse();
    }

    @Test
    void isFullWithAsManyBytesAsItsCapacity() {
        figures.add(Phase.READY, 1, 999);
        assertThat(figures.isFull()).isFalse();
        figures.add(Phase.READY, 1, 1);
        assertThat(figures.isFull()).isTrue();
    }

    @Test
    void countsItemsThatWaitForTheirTimeAgainstABoundOfTheirOwn() {
        figures.add(Phase.READY, 9, 900);
        figures.add(Phase.WAITING, 2, 450);
        figures.add(Phase.AWAY, 1, 450);
        assertThat(figures.isFull()).isFalse();

        figures.add(Phase.WAITING, 1, 50);
        assertThat(figures.isFull()).isTrue();
    }

    @Test
    void isFullWithAsManyBytesThatWaitAsItsCapacity() {
        figures.add(Phase.READY, 1, 499);
        figures.setHeld(1, 499);
        figures.add(Phase.WAITING, 1, 500);
        assertThat(figures.isFull()).isFalse();

        figures.add(Phase.WAITING, 1, 1);
        assertThat(figures.isFull()).isTrue();
    }

    @Test
    void countsReadyItemsOfAHeldCredentialAmongThoseThatWait() {
        figures.add(Phase.READY, 10, 10);
        figures.setHeld(3, 3);
        assertThat(figures.isFull()).as("7 can be called").isFalse();
        figures.setHeld(4, 4);
        assertThat(figures.isFull()).as("4 cannot").isTrue();
    }

    @Test
    void doesNotCountItemsThatAreNotOpen() {
        figures.add(null, 100, 100_000);

        assertThat(figures.size()).isZero();
        assertThat(figures.isFull()).isFalse();
    }

    @Test
    void isOverfullWhenABoundIsReachedTwice() {
        figures.add(Phase.READY, 19, 19);
        assertThat(figures.isOverfull()).isFalse();
        figures.add(Phase.READY, 1, 1);
        assertThat(figures.isOverfull()).isTrue();
        figures.setHeld(1, 1);
        assertThat(figures.isOverfull()).isFalse();

        figures.add(Phase.WAITING, 1, 1_980);
        assertThat(figures.isOverfull()).as("bytes").isTrue();
        figures.add(Phase.WAITING, 7, -1_980);
        assertThat(figures.isOverfull()).as("items of both kinds").isTrue();
    }
}
