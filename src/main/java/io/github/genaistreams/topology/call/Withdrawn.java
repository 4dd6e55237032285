package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What a batch that was stopped has on a lane, so that it can be ended.
 *
 * @param waiting  never tried, or waiting for another attempt
 * @param remote   at work at the API, if they were asked for
 * @param inFlight HTTP exchanges under way
 */
record Withdrawn<Q extends ApiRequest>(List<Item<Q>> waiting, List<Item<Q>> remote, List<Exchange<Q>> inFlight) {

    /**
     * Those of these items that are of a batch, but for what was explicitly submitted again since it was stopped, and what is on its
     * way through the retry topic, since it comes back.
     *
     * @param stoppedAt epoch milliseconds
     * @param remotes   whether those at work at the API are asked for
     */
    static <Q extends ApiRequest> Withdrawn<Q> of(
            String batchId, long stoppedAt, boolean remotes, Collection<Item<Q>> items) {
        var out = new Withdrawn<Q>(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (Item<Q> item : items) {
            if (item.key().batchId().equals(batchId) && item.work().retriedAt() <= stoppedAt) {
                Item.State<Q> state = item.state();
                if (state instanceof Item.Ready || state instanceof Item.Waiting) {
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
