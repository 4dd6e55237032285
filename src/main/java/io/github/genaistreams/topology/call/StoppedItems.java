package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The items of a stopped batch on a lane, to be ended.
 *
 * @param waiting  items that were never called, or wait for another attempt
 * @param remote   items with a job at the API, if requested
 * @param inFlight HTTP exchanges in progress
 */
record StoppedItems<Q extends ApiRequest>(List<Item<Q>> waiting, List<Item<Q>> remote, List<CallInFlight<Q>> inFlight) {

    /**
     * The items that belong to a batch, without those that were explicitly submitted again since the stop, and without
     * those on the retry topic, which come back.
     *
     * @param stoppedAt epoch milliseconds
     * @param remotes   whether items with a job at the API are included
     */
    static <Q extends ApiRequest> StoppedItems<Q> of(
            String batchId, long stoppedAt, boolean remotes, Collection<Item<Q>> items) {
        var out = new StoppedItems<Q>(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (Item<Q> item : items) {
            if (item.key().batchId().equals(batchId) && item.work().retriedAt() <= stoppedAt) {
                Item.State<Q> state = item.state();
                if (state instanceof Item.Ready || state instanceof Item.Delayed) {
                    out.waiting.add(item);
                } else if (state instanceof Item.Remote && remotes) {
                    out.remote.add(item);
                } else if (state instanceof Item.InFlight<Q> inFlight) {
                    out.inFlight.add(inFlight.exchange());
                }
            }
        }
        return out;
    }
}
