package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.topology.call.RequestLog.Scanned;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BacklogTest {

    private final Backlog backlog = new Backlog();

    private void scan(long passed, Scanned... found) {
        Queue<Scanned> rest = new ArrayDeque<>(List.of(found));
        backlog.forget(passed);
        backlog.add(new RequestLog.Scan() {
            @Override
            public Scanned next() {
                return rest.poll();
            }

            @Override
            public RequestLog.Reading read(List<Long> offsets) {
                throw new AssertionError("nothing is read here");
            }

            @Override
            public void close() {}
        });
    }

    private List<Long> choose(Map<String, Integer> ready, int capacity, int room) {
        return backlog.choose(ready, capacity, room, offset -> false);
    }

    @Test
    void givesASmallBatchItsShareAndTheOneThatIsSuppliedNothing() {
        scan(-1, new Scanned("large", 0, 100_000), new Scanned("small", 100_000, 100_003));

        assertThat(choose(Map.of("large", 500), 100, 100)).containsExactly(100_000L, 100_001L, 100_002L);
        assertThat(choose(Map.of("large", 500, "small", 3), 100, 100)).isEmpty();
    }

    @Test
    void choosesNothingIfThereIsOnlyOneBatch() {
        scan(-1, new Scanned("large", 0, 100_000));

        assertThat(choose(Map.of("large", 3), 100, 100)).isEmpty();
        assertThat(choose(Map.of(), 100, 100)).isEmpty();
    }

    @Test
    void sharesTheCapacityAmongTheBatches() {
        scan(-1, new Scanned("a", 0, 1_000), new Scanned("b", 1_000, 2_000));

        assertThat(choose(Map.of("held", 7), 30, 100)).hasSize(20).contains(0L, 9L, 1_000L, 1_009L);
        assertThat(choose(Map.of("held", 7, "a", 6, "b", 5), 30, 100))
                .as("one with more than half of its share has enough")
                .containsExactly(1_010L, 1_011L, 1_012L, 1_013L, 1_014L);
    }

    @Test
    void letsBatchesTakeTurnsWhenThereAreMoreThanTheCapacity() {
        for (int batch = 0; batch < 10; batch++) {
            scan(-1, new Scanned("b" + batch, batch * 100, batch * 100 + 100));
        }
        Map<Long, Integer> chosen = new HashMap<>();
        for (int turn = 0; turn < 10; turn++) {
            choose(Map.of(), 4, 4).forEach(offset -> chosen.merge(offset / 100, 1, Integer::sum));
        }

        assertThat(chosen).hasSize(10).allSatisfy((batch, times) -> assertThat(times)
                .isEqualTo(4));
    }

    @Test
    void forgetsWhatTheIntakeHasPassed() {
        scan(-1, new Scanned("a", 0, 5), new Scanned("b", 5, 8), new Scanned("a", 8, 10));
        backlog.forget(6);

        assertThat(choose(Map.of(), 100, 100)).containsExactly(7L, 8L, 9L);
    }

    @Test
    void passesOverWhatWasTakenBefore() {
        scan(-1, new Scanned("a", 0, 5), new Scanned("b", 5, 20));

        assertThat(backlog.choose(Map.of("a", 9), 12, 100, offset -> offset < 10 || offset == 12))
                .containsExactly(10L, 11L, 13L, 14L, 15L, 16L, 17L, 18L);
    }

    @Test
    void choosesNoMoreThanThereIsRoomFor() {
        scan(-1, new Scanned("a", 0, 50), new Scanned("b", 50, 100));

        assertThat(choose(Map.of(), 100, 7)).hasSize(7);
    }

    @Test
    void givesOneItemToEachBatchThatHasNothingWhenThereIsNoCapacity() {
        scan(-1, new Scanned("a", 0, 50), new Scanned("b", 50, 100), new Scanned("c", 100, 101));

        assertThat(choose(Map.of("b", 1), 0, 100)).containsExactly(0L, 100L);
    }

    @Test
    void looksAtALimitedNumberOfRecordsInOneChoice() {
        scan(-1, new Scanned("a", 0, 1), new Scanned("b", 1, 100_000));
        var looks = new AtomicInteger();

        for (int choice = 0; choice < 60; choice++) {
            List<Long> chosen = backlog.choose(Map.of("a", 9), 100, 100, offset -> {
                looks.incrementAndGet();
                return offset < 99_999;
            });
            assertThat(looks.getAndSet(0)).isLessThanOrEqualTo(2_000);
            if (!chosen.isEmpty()) {
                assertThat(chosen).containsExactly(99_999L);
                return;
            }
        }
        throw new AssertionError("the last record is never reached");
    }

    @Test
    void takesNeighboursForOneEntryAndSeesASmallBatchBehindTwoThatAlternate() {
        for (int i = 0; i < 50_000; i++) {
            scan(-1, new Scanned("one", i, i + 1));
        }
        for (int i = 50_000; i < 100_000; i++) {
            scan(-1, new Scanned(i % 2 == 0 ? "even" : "odd", i, i + 1));
        }
        scan(-1, new Scanned("small", 100_000, 100_001));

        assertThat(choose(Map.of("one", 900, "even", 900, "odd", 900), 500, 100))
                .containsExactly(100_000L);
    }

    @Test
    void choosesFastAmongManyBatches() {
        for (int batch = 0; batch < 19_000; batch++) {
            scan(-1, new Scanned("b" + batch, batch * 10, batch * 10 + 5));
        }
        long start = System.nanoTime();
        for (int choice = 0; choice < 20; choice++) {
            assertThat(choose(Map.of(), 500, 256)).hasSize(256);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
    }
}
