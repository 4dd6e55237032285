package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.topology.call.RequestLog.Scanned;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class BacklogTest {

    private final Backlog backlog = new Backlog();

    private void scan(long passed, Scanned... found) {
        Queue<Scanned> rest = new ArrayDeque<>(List.of(found));
        backlog.add(
                new RequestLog.Scan() {
                    @Override
                    public Scanned next() {
                        return rest.poll();
                    }

                    @Override
                    public void close() {}
                },
                passed);
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
        for (int turn = 0; turn < 5; turn++) {
            choose(Map.of(), 4, 4).forEach(offset -> chosen.merge(offset / 100, 1, Integer::sum));
        }

        assertThat(chosen).hasSize(10).allSatisfy((batch, times) -> assertThat(times)
                .isEqualTo(2));
    }

    @Test
    void forgetsWhatTheIntakeHasPassed() {
        scan(-1, new Scanned("a", 0, 5), new Scanned("b", 5, 8), new Scanned("a", 8, 10));
        scan(6, new Scanned("late", 2, 4));

        assertThat(choose(Map.of(), 100, 100)).containsExactlyInAnyOrder(7L, 8L, 9L);
    }

    @Test
    void passesOverWhatWasTakenBefore() {
        scan(-1, new Scanned("a", 0, 5), new Scanned("b", 5, 20));

        assertThat(backlog.choose(Map.of("a", 9), 12, 100, offset -> offset < 10 || offset == 12))
                .containsExactly(10L, 11L, 13L, 14L, 15L, 16L);
    }

    @Test
    void choosesNoMoreThanThereIsRoomFor() {
        scan(-1, new Scanned("a", 0, 50), new Scanned("b", 50, 100));

        assertThat(choose(Map.of(), 100, 7)).hasSize(7);
    }
}
