package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.CallReport;
import io.github.genaistreams.flow.Demand;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Items of a lane, and a lane that says which of them it has started. */
final class LaneItems {

    private LaneItems() {}

    static Work work(int bytes, String credential) {
        return work(bytes, credential, 0, 0, 0);
    }

    static Work work(int bytes, String credential, int pages, long retriedAt, int batchBound) {
        return new Work(
                bytes, new Demand(credential, "m", pages, bytes, 0, true, false), retriedAt, batchBound, 10, false);
    }

    static Work urgent() {
        return new Work(10, new Demand("default", "m", 0, 10, 0, true, true), 0, 0, 10, true);
    }

    static ItemKey item(int index) {
        return new ItemKey("b", index);
    }

    static void addItems(NamedLane lane, int... indexes) {
        for (int index : indexes) {
            lane.add(item(index), work(10, "default"));
        }
    }

    static List<ItemKey> startAll(NamedLane lane) {
        return startAll(lane, 0);
    }

    static List<ItemKey> startAll(NamedLane lane, long now) {
        List<ItemKey> started = new ArrayList<>();
        for (ItemKey key = lane.startNext(now); key != null; key = lane.startNext(now)) {
            started.add(key);
        }
        return started;
    }

    static CallInFlight<ResponsesRequest> exchange(Item<ResponsesRequest> item) {
        return new CallInFlight<>(item, null, null, CallSpan.NONE, null);
    }

    /** A lane whose items are named by their keys, and whose calls begin as soon as they may. */
    static final class NamedLane {

        private final Lane<ResponsesRequest> lane;

        record Out(List<ItemKey> waiting, List<ItemKey> remote, List<ItemKey> inFlight) {}

        NamedLane(LaneSettings settings, Governors limits) {
            this(settings, limits, batchId -> false);
        }

        NamedLane(LaneSettings settings, Governors limits, Predicate<String> pausedBatches) {
            lane = new Lane<>(settings, limits, pausedBatches);
        }

        private Item<ResponsesRequest> at(ItemKey key) {
            Item<ResponsesRequest> open = lane.get(key);
            return open == null ? lane.open(key, false) : open;
        }

        LaneFigures figures() {
            return lane.figures();
        }

        boolean holds(ItemKey key) {
            return lane.get(key) != null;
        }

        boolean isAway(ItemKey key) {
            return lane.get(key).state() instanceof Item.Away;
        }

        boolean hasBacklog() {
            return lane.hasBacklog();
        }

        void add(ItemKey key, Work work) {
            lane.ready(at(key), work);
        }

        void unread(ItemKey key, boolean isUrgent) {
            lane.unread(at(key), isUrgent);
        }

        void waitUntil(ItemKey key, Work work, long dueAt) {
            lane.waitUntil(at(key), work, dueAt);
        }

        void away(ItemKey key) {
            lane.away(at(key));
        }

        void remote(ItemKey key, long dueAt) {
            lane.remote(at(key), null, dueAt);
        }

        void remote(ItemKey key, Work work, long dueAt) {
            if (holds(key)) {
                lane.remote(at(key), null, dueAt);
            } else {
                lane.remoteElsewhere(at(key), work, dueAt);
            }
        }

        ItemKey startNext(long now) {
            return begun(lane.startNext(now));
        }

        ItemKey nextPoll(long now) {
            return begun(lane.nextPoll(now));
        }

        private ItemKey begun(Item<ResponsesRequest> item) {
            if (item == null) {
                return null;
            }
            lane.begin(item, exchange(item));
            return item.key();
        }

        void settle(ItemKey key, CallReport report, long now) {
            at(key).state().permit().settle(report, now);
        }

        Out withdraw(String batchId, long stoppedAt, boolean remotes) {
            StoppedItems<ResponsesRequest> out = lane.withdraw(batchId, stoppedAt, remotes);
            return new Out(
                    out.waiting().stream().map(Item::key).toList(),
                    out.remote().stream().map(Item::key).toList(),
                    out.inFlight().stream().map(it -> it.item().key()).toList());
        }

        void finished(ItemKey key) {
            lane.finished(at(key));
        }

        void giveUp(ItemKey key) {
            lane.giveUp(at(key));
        }

        void close() {
            lane.close();
        }
    }
}
