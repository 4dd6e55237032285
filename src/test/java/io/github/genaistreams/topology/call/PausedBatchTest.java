package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.LaneItems.NamedLane;
import static io.github.genaistreams.topology.call.LaneItems.startAll;
import static io.github.genaistreams.topology.call.LaneItems.urgent;
import static io.github.genaistreams.topology.call.LaneItems.work;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.model.ItemKey;
import org.junit.jupiter.api.Test;

/** Nothing of a paused batch is called, and it keeps no other batch from being called. */
class PausedBatchTest {

    private final NamedLane lane = new NamedLane(new LaneSettings(2, 1, 4, 6, 1_000), Governors.NONE, "paused"::equals);

    @Test
    void startsNothingOfItButOfOthers() {
        lane.add(paused(0), work(10, "default"));
        lane.add(paused(1), urgent());
        lane.waitUntil(paused(2), work(10, "default"), 50);
        lane.add(other(0), work(10, "default"));
        lane.waitUntil(other(1), work(10, "default"), 50);

        assertThat(startAll(lane, 100)).containsExactlyInAnyOrder(other(0), other(1));
        lane.finished(other(0));
        lane.finished(other(1));

        assertThat(startAll(lane, 200)).isEmpty();
        assertThat(lane.figures().count(Phase.READY)).isEqualTo(3);
    }

    @Test
    void pollsItsJobs() {
        lane.remote(paused(0), work(10, "default"), 50);

        assertThat(lane.nextPoll(50)).isEqualTo(paused(0));
        lane.away(paused(0));
        lane.waitUntil(paused(0), work(10, "default"), 60);

        assertThat(startAll(lane, 60))
                .as("the next attempt would be a new call")
                .isEmpty();
    }

    @Test
    void countsItsItemsAmongThoseThatWait() {
        for (int i = 0; i < 5; i++) {
            lane.add(paused(i), work(10, "default"));
        }
        assertThat(lane.figures().isFull()).isFalse();

        lane.waitUntil(other(0), work(10, "default"), 50);
        assertThat(lane.figures().isFull()).as("six wait").isTrue();

        assertThat(startAll(lane, 50)).containsExactly(other(0));
        assertThat(lane.figures().isFull()).isFalse();
        lane.waitUntil(paused(5), work(10, "default"), 60);
        assertThat(lane.figures().isFull()).isTrue();
        startAll(lane, 60);
        assertThat(lane.figures().isFull()).as("it is due now, and still waits").isTrue();
    }

    @Test
    void countsTheirBytesThere() {
        lane.add(paused(0), work(999, "default"));
        lane.add(other(0), work(1, "default"));
        assertThat(lane.figures().isFull()).isFalse();

        lane.add(paused(1), work(1, "default"));
        assertThat(lane.figures().isFull()).isTrue();
    }

    @Test
    void endsItsItemsWhenItIsCancelled() {
        lane.add(paused(0), work(10, "default"));
        assertThat(lane.hasBacklog())
                .as("otherwise nobody looks for a cancellation")
                .isTrue();

        assertThat(lane.withdraw("paused", 1, true).waiting()).containsExactly(paused(0));
        lane.finished(paused(0));

        assertThat(lane.hasBacklog()).isFalse();
        assertThat(lane.holds(paused(0))).isFalse();
    }

    private static ItemKey paused(int index) {
        return new ItemKey("paused", index);
    }

    private static ItemKey other(int index) {
        return new ItemKey("other", index);
    }
}
