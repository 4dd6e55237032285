package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Demand;
import io.github.genaistreams.model.ApiRequest;

/**
 * The size of an item for the bounds of its lane and its credential.
 *
 * @param bytes      of its request
 * @param demand     what its call takes of its credential's limits
 * @param retriedAt  time of its explicit retry after it had a result, epoch milliseconds; 0 if there was none
 * @param batchBound maximum calls of its batch at once on this lane; 0 for no bound of its own
 */
record Work(int bytes, Demand demand, long retriedAt, int batchBound) {

    /** For an item whose name only is known. */
    static final Work NONE = new Work(0, null, 0, 0);

    /** For a request with {@code bytes} in its wire form. */
    static Work of(ApiRequest request, int bytes, long retriedAt) {
        Integer bound = request.maxConcurrentRequests();
        return new Work(
                bytes,
                new Demand(
                        request.credentialOrDefault(),
                        request.model(),
                        request.pages(),
                        bytes,
                        request.maxOutputTokensOrZero()),
                retriedAt,
                // Values below 1 are refused now; an old journal may contain them, without a meaning.
                bound == null ? 0 : Math.max(0, bound));
    }

    /** The alias of the credential whose limits apply. */
    String credential() {
        return demand.credential();
    }
}
