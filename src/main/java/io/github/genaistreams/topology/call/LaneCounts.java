package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Arrival;
import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.model.ApiRequest;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What changes with the state of a lane's items: the figures, the calls of each batch, and the permits. For the stream
 * thread that owns the lane.
 */
final class LaneCounts<Q extends ApiRequest> {

    private final LaneFigures figures;
    private final Predicate<Item<Q>> isPaused;
    private final BatchBounds bounds = new BatchBounds();
    private long countedAt;

    /** @param isPaused whether no call of an item's batch starts. Such an item counts among those that wait */
    LaneCounts(LaneFigures figures, Predicate<Item<Q>> isPaused) {
        this.figures = figures;
        this.isPaused = isPaused;
    }

    /** Whether the item's batch is below its own bound. */
    boolean allowsBatch(Item<Q> item) {
        return bounds.allow(item);
    }

    /** The size of an item becomes known, or changes. */
    void weigh(Item<Q> item, Work work) {
        count(item, item.state(), -1);
        item.work(work);
        count(item, item.state(), 1);
    }

    /** The state of an item has changed. A state without a permit gives back that of the state before. */
    void moved(Item<Q> item, Item.State<Q> before) {
        Item.State<Q> now = item.state();
        figures.moved(before.phase(), now.phase());
        count(item, before, -1);
        count(item, now, 1);
        Permit had = before.permit();
        if (had == null && now.permit() != null) {
            bounds.count(item, 1);
            figures.started(item.work().urgent(), 1);
        } else if (had != null && now.permit() == null) {
            bounds.count(item, -1);
            figures.started(item.work().urgent(), -1);
            had.giveBack();
        }
    }

    private void count(Item<Q> item, Item.State<Q> state, int sign) {
        Phase phase = state instanceof Item.Ready && isPaused.test(item) ? Phase.WAITING : state.phase();
        figures.intake(item.arrival())
                .add(phase, sign, sign * (long) item.work().bytes());
    }

    /**
     * Counts the ready items that wait for their credentials, once for each time. They do not fill the lane: a hold of
     * one credential must not stop the intake for the others.
     */
    void held(long now, Supplier<Loads> held) {
        if (now == countedAt) {
            return;
        }
        countedAt = now;
        Loads loads = held.get();
        for (Arrival arrival : Arrival.values()) {
            figures.intake(arrival).setHeld(loads.items(arrival), loads.bytes(arrival));
        }
    }
}
