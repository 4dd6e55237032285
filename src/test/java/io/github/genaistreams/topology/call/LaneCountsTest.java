package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Arrival;
import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.flow.LimitSettings.Adaptive;
import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** With room for two items in order, one early one, two urgent ones, 20 that wait, and 1,000 bytes of each. */
class LaneCountsTest {

    private static final Work WORK = LaneItems.work(10, "default");

    private final LaneFigures figures = new LaneFigures(new LaneSettings(2, 1, 2, 20, 1_000));
    private final LaneCounts<ResponsesRequest> counts =
            new LaneCounts<>(figures, item -> item.key().batchId().equals("paused"));
    private int held;

    private static Item<ResponsesRequest> item(String batchId, boolean isEarly) {
        return new Item<>(new ItemKey(batchId, 1), isEarly);
    }

    private void move(Item<ResponsesRequest> item, Item.State<ResponsesRequest> next) {
        var before = item.state();
        item.become(next);
        counts.moved(item, before);
    }

    private Item<ResponsesRequest> ready(Item<ResponsesRequest> item, Work work) {
        move(item, new Item.Ready<>());
        counts.weigh(item, work);
        return item;
    }

    private void choose(Item<ResponsesRequest> item) {
        move(item, new Item.Chosen<>(Governors.NONE.acquire(item.work().demand()), null));
    }

    private boolean isFull(Arrival arrival) {
        return figures.intake(arrival).isFull();
    }

    @Test
    void countsAnItemInThePhaseOfItsStateAndNoMoreAfterItsEnd() {
        var item = ready(item("b", false), WORK);
        assertThat(figures.count(Phase.READY)).isOne();
        choose(item);
        assertThat(figures.count(Phase.READY)).isZero();
        assertThat(figures.inFlight()).isOne();

        move(item, new Item.Ended<>());
        assertThat(figures.size()).isZero();
        assertThat(figures.inFlight()).isZero();
    }

    @Test
    void countsItemsAgainstTheBoundOfTheWayInWhichTheyCame() {
        ready(item("b", false), WORK);
        assertThat(isFull(Arrival.IN_ORDER)).isFalse();
        var second = ready(item("b", false), WORK);
        assertThat(isFull(Arrival.IN_ORDER)).isTrue();
        assertThat(isFull(Arrival.EARLY)).isFalse();

        ready(item("b", true), WORK);
        assertThat(isFull(Arrival.EARLY)).isTrue();
        assertThat(isFull(Arrival.URGENT)).isFalse();
        ready(item("b", true), LaneItems.urgent());
        ready(item("b", false), LaneItems.urgent());
        assertThat(isFull(Arrival.URGENT)).isTrue();

        choose(second);
        move(second, new Item.Ended<>());
        assertThat(isFull(Arrival.IN_ORDER)).isFalse();
    }

    @Test
    void countsTheBytesOfAnItemAsTheyAreNow() {
        var item = ready(item("b", false), LaneItems.work(1_000, "default"));
        assertThat(isFull(Arrival.IN_ORDER)).isTrue();
        counts.weigh(item, LaneItems.work(999, "default"));
        assertThat(isFull(Arrival.IN_ORDER)).isFalse();

        // From its name only, to all of it: it moves to the bound of urgent items.
        counts.weigh(item, LaneItems.urgent());
        ready(item("b", false), LaneItems.work(990, "default"));
        assertThat(isFull(Arrival.IN_ORDER)).isFalse();
    }

    @Test
    void countsReadyItemsOfAPausedBatchAmongThoseThatWait() {
        for (int i = 0; i < 5; i++) {
            ready(item("paused", false), WORK);
        }
        assertThat(isFull(Arrival.IN_ORDER)).isFalse();
        assertThat(figures.count(Phase.READY)).isEqualTo(5);

        for (int i = 0; i < 15; i++) {
            ready(item("paused", false), WORK);
        }
        assertThat(isFull(Arrival.IN_ORDER)).isTrue();
    }

    @Test
    void takesASlotWithThePermitAndGivesItBackWithIt() {
        var item = ready(item("b", false), WORK);
        var second = ready(item("b", false), WORK);
        choose(item);
        choose(second);
        assertThat(figures.hasSlot(false)).isFalse();
        assertThat(figures.hasSlot(true)).isTrue();

        move(item, new Item.Remote<>(item.permit(), null));
        assertThat(figures.hasSlot(false)).as("the API works on it").isFalse();
        move(item, new Item.Chosen<>(item.permit(), null));
        move(item, new Item.InFlight<>(item.permit(), LaneItems.exchange(item)));
        move(item, new Item.Away<>());
        assertThat(figures.hasSlot(false)).isTrue();
    }

    @Test
    void takesASlotOfTheUrgentForAnUrgentItem() {
        var urgent = ready(item("b", false), LaneItems.urgent());
        choose(urgent);

        choose(ready(item("b", false), WORK));
        assertThat(figures.hasSlot(false)).isTrue();
        choose(ready(item("b", false), WORK));
        assertThat(figures.hasSlot(false)).isFalse();
        assertThat(figures.hasSlot(true)).as("all three are taken").isFalse();
        move(urgent, new Item.Ended<>());
        assertThat(figures.hasSlot(true)).isTrue();
        assertThat(figures.hasSlot(false)).isFalse();
    }

    @Test
    void allowsABatchNoMoreCallsThanItsOwnBound() {
        Work bounded = LaneItems.work(10, "default", 0, 0, 1);
        var first = ready(item("b", false), bounded);
        var second = ready(item("b", false), bounded);
        assertThat(counts.allowsBatch(second)).isTrue();
        choose(first);
        assertThat(counts.allowsBatch(second)).isFalse();
        assertThat(counts.allowsBatch(ready(item("other", false), bounded))).isTrue();

        move(first, new Item.Ended<>());
        assertThat(counts.allowsBatch(second)).isTrue();
    }

    /** One that is given back late would hold up all calls of its credential. */
    @Test
    void givesThePermitBackInTheFirstStateWithoutIt() {
        var limits = Governors.of(Map.of("default", new Governor(new LimitSettings(1, 0, 0, 0, Adaptive.OFF))));
        var item = ready(item("b", false), WORK);
        Permit permit = limits.tryAcquire(WORK.demand(), 1);
        move(item, new Item.Chosen<>(permit, null));
        move(item, new Item.InFlight<>(permit, LaneItems.exchange(item)));
        assertThat(limits.tryAcquire(WORK.demand(), 1)).isNull();

        move(item, new Item.Away<>());
        assertThat(limits.tryAcquire(WORK.demand(), 1)).isNotNull();
    }

    @Test
    void countsWhatIsHeldOnceForEachTime() {
        for (long now : new long[] {1, 1, 2, 2}) {
            counts.held(now, () -> {
                held++;
                return new Loads();
            });
        }

        assertThat(held).isEqualTo(2);
    }

    @Test
    void doesNotFillTheLaneWithWhatWaitsForItsCredential() {
        var waiting = ready(item("b", false), WORK);
        ready(item("b", false), WORK);
        assertThat(isFull(Arrival.IN_ORDER)).isTrue();

        var loads = new Loads();
        loads.add(waiting, 1);
        counts.held(1, () -> loads);
        assertThat(isFull(Arrival.IN_ORDER)).isFalse();
        counts.held(2, Loads::new);
        assertThat(isFull(Arrival.IN_ORDER)).isTrue();
    }
}
