package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.LaneItems.NamedLane;
import static io.github.genaistreams.topology.call.LaneItems.addItems;
import static io.github.genaistreams.topology.call.LaneItems.item;
import static io.github.genaistreams.topology.call.LaneItems.startAll;
import static io.github.genaistreams.topology.call.LaneItems.work;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.CallReport;
import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.HoldListener;
import io.github.genaistreams.flow.HoldSettings;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.flow.Sign;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When a lane is full, and what counts for that. */
class LaneCapacityTest {

    private final NamedLane lane = new NamedLane(new LaneSettings(2, 4, 1_000), Governors.NONE);

    @Test
    void isFullByNumberOfRequestsThatAreReadyOrInFlight() {
        addItems(lane, 0, 1, 2);
        startAll(lane, 0);
        assertThat(lane.figures().isFull()).isFalse();

        addItems(lane, 3);

        assertThat(lane.figures().isFull()).isTrue();
        lane.finished(item(0));
        assertThat(lane.figures().isFull()).isFalse();
    }

    /** However large they are: their requests are elsewhere. */
    @Test
    void countsWhatWaitsAgainstABoundOfItsOwn() {
        NamedLane lane = new NamedLane(new LaneSettings(3, 0, 4, 6, 1_000), Governors.NONE);
        for (int i = 0; i < 6; i++) {
            assertThat(lane.figures().isFull()).isFalse();
            lane.waitUntil(item(i), work(10, "default"), 99);
        }
        assertThat(lane.figures().isFull()).isTrue();

        startAll(lane, 99);
        assertThat(lane.figures().isFull()).as("six are ready or in flight").isTrue();
        lane.away(item(0));
        assertThat(lane.figures().isFull()).isTrue();
        lane.away(item(1));
        lane.away(item(2));
        assertThat(lane.figures().isFull()).isFalse();
    }

    @Test
    void countsReadyItemsOfAHeldCredentialAmongWhatWaits() {
        var settings = new HoldSettings(Duration.ofHours(1), true, true);
        var held = new Governor(LimitSettings.NONE, () -> 1, settings, () -> "key", HoldListener.NONE);
        NamedLane lane = new NamedLane(new LaneSettings(2, 1, 4, 6, 1_000), Governors.of(Map.of("a", held)));
        for (int i = 0; i < 4; i++) {
            lane.add(item(i), work(10, "a"));
        }
        assertThat(lane.startNext(0)).isEqualTo(item(0));
        assertThat(lane.figures().isFull()).isTrue();

        lane.settle(item(0), new CallReport(Sign.QUOTA_EXHAUSTED, item(0), "no money"), 0);
        assertThat(startAll(lane, 1)).isEmpty();
        assertThat(lane.figures().isFull()).isFalse();
        lane.add(item(4), work(10, "b"));
        assertThat(startAll(lane, 1)).as("another key").containsExactly(item(4));
        for (int i = 5; i < 8; i++) {
            lane.add(item(i), work(10, "a"));
        }
        startAll(lane, 1);
        assertThat(lane.figures().isFull()).as("six wait").isTrue();
    }

    @Test
    void countsTheBytesOfWhatWaitsApart() {
        lane.waitUntil(item(0), work(999, "default"), 99);
        lane.add(item(1), work(999, "default"));
        assertThat(lane.figures().isFull()).isFalse();

        lane.waitUntil(item(2), work(1, "default"), 99);

        assertThat(lane.figures().isFull()).isTrue();
        lane.giveUp(item(0));
        assertThat(lane.figures().isFull()).isFalse();
        lane.giveUp(item(1));
        lane.giveUp(item(2));
        lane.add(item(3), work(999, "default"));
        assertThat(lane.figures().isFull()).isFalse();
        lane.add(item(4), work(1, "default"));
        assertThat(lane.figures().isFull()).isTrue();
    }

    @Test
    void isFullByBytes() {
        lane.add(item(0), work(999, "default"));
        assertThat(lane.figures().isFull()).isFalse();

        lane.add(item(1), work(1, "default"));

        assertThat(lane.figures().isFull()).isTrue();
    }
}
