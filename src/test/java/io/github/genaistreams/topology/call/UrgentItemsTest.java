package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.LaneItems.NamedLane;
import static io.github.genaistreams.topology.call.LaneItems.addItems;
import static io.github.genaistreams.topology.call.LaneItems.item;
import static io.github.genaistreams.topology.call.LaneItems.startAll;
import static io.github.genaistreams.topology.call.LaneItems.urgent;
import static io.github.genaistreams.topology.call.LaneItems.work;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import org.junit.jupiter.api.Test;

/** Urgent items come first, and leave slots to others. */
class UrgentItemsTest {

    private final NamedLane lane = new NamedLane(new LaneSettings(2, 4, 1_000), Governors.NONE);

    @Test
    void startsUrgentItemsFirstAndOverAndAboveTheSlots() {
        NamedLane lane = new NamedLane(new LaneSettings(3, 2, 100, 100, 1_000), Governors.NONE);
        for (int i = 0; i < 9; i++) {
            lane.add(item(i), work(10, "default"));
        }
        assertThat(startAll(lane)).as("no more than the slots").containsExactly(item(0), item(1), item(2));
        lane.add(item(20), urgent());
        lane.add(item(21), urgent());
        lane.waitUntil(item(22), urgent(), 5);
        assertThat(startAll(lane)).containsExactly(item(20), item(21));
        lane.finished(item(0));
        assertThat(startAll(lane, 5)).as("before the others").containsExactly(item(22));
        lane.finished(item(1));
        assertThat(startAll(lane)).containsExactly(item(3));
    }

    @Test
    void leavesSomeSlotsToOthersHoweverManyUrgentItemsThereAre() {
        NamedLane lane = new NamedLane(new LaneSettings(3, 2, 100, 100, 1_000), Governors.NONE);
        for (int i = 0; i < 9; i++) {
            lane.add(item(i), urgent());
            lane.add(item(10 + i), work(10, "default"));
        }

        assertThat(startAll(lane)).containsExactly(item(0), item(1), item(2), item(10), item(11));
        lane.finished(item(10));
        assertThat(startAll(lane)).containsExactly(item(12));
        lane.finished(item(0));
        assertThat(startAll(lane)).containsExactly(item(3));
    }

    @Test
    void countsUrgentItemsThatMustBeReadAgainAmongTheUrgentOnes() {
        for (int i = 0; i < 4; i++) {
            lane.unread(item(i), true);
        }
        assertThat(lane.figures().isUrgentFull()).isTrue();

        for (int i = 0; i < 4; i++) {
            lane.add(item(i), urgent());
        }
        assertThat(lane.figures().isUrgentFull()).isTrue();
        assertThat(lane.figures().isFull()).isFalse();

        lane.unread(item(4), false);
        assertThat(lane.figures().isFull()).as("these come first").isTrue();
    }

    @Test
    void readsUrgentRequestsWhileItIsFullOfOthers() {
        addItems(lane, 0, 1, 2, 3);
        assertThat(lane.figures().isFull()).isTrue();
        assertThat(lane.figures().isUrgentFull()).isFalse();
        for (int i = 4; i < 8; i++) {
            lane.add(item(i), urgent());
        }
        assertThat(lane.figures().isUrgentFull()).isTrue();
        for (int i = 0; i < 4; i++) {
            lane.giveUp(item(i));
        }
        assertThat(lane.figures().isFull()).isFalse();
        lane.withdraw("b", 0, true).waiting().forEach(lane::finished);
        assertThat(lane.figures().isUrgentFull()).isFalse();
        lane.figures().stopStarting();
        assertThat(lane.figures().isUrgentFull()).isTrue();
    }
}
