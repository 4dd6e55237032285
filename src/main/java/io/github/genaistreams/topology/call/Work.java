package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Demand;
import io.github.genaistreams.model.ApiRequest;

/**
 * The size of an item for the bounds of its lane and its credential.
 *
 * @param bytes      size of its request
 * @param demand     what its call takes of the limits of its credential
 * @param retriedAt  time of its explicit retry after it had a result, epoch milliseconds; 0 if there was none
 * @param batchBound maximum number of concurrent calls of its batch on this lane; 0 for no bound of its own
 * @param priority   weight of its batch among those of its credential, at least 1
 * @param urgent     whether it goes before all items that are not urgent
 */
record Work(int bytes, Demand demand, long retriedAt, int batchBound, int priority, boolean urgent) {

    /** Bytes of input that count as one token. */
    private static final int BYTES_PER_TOKEN = 4;

    /** The demand while the request is not known. */
    private static final Demand UNKNOWN = new Demand(ApiRequest.DEFAULT_CREDENTIAL, null, 0, 0, 0, true, false);

    /** The work of an item of which only the name is known. */
    static final Work NONE = new Work(0, UNKNOWN, 0, 0, ApiRequest.DEFAULT_PRIORITY, false);

    /** The work of an urgent item of which only the name is known. */
    static final Work URGENT = new Work(0, UNKNOWN, 0, 0, ApiRequest.DEFAULT_PRIORITY, true);

    /** The work of a request whose wire form has {@code bytes}. */
    static Work of(ApiRequest request, int bytes, long retriedAt, boolean urgent) {
        Integer bound = request.maxConcurrentRequests();
        Integer priority = request.priority();
        return new Work(
                bytes,
                new Demand(
                        request.credentialOrDefault(),
                        request.model(),
                        request.pages(),
                        bytes,
                        request.maxOutputTokensOrZero(),
                        request.resubmitsOnUnknown() && request.policy().maxRetries() > 0,
                        urgent),
                retriedAt,
                // Values below 1 are refused now; an old journal may contain them, without a meaning.
                bound == null ? 0 : Math.max(0, bound),
                priority == null ? ApiRequest.DEFAULT_PRIORITY : priority,
                urgent);
    }

    /** The work of a request that can no longer be read. */
    static Work unreadable(int bytes) {
        return new Work(
                bytes,
                new Demand(ApiRequest.DEFAULT_CREDENTIAL, null, 0, bytes, 0, true, false),
                0,
                0,
                ApiRequest.DEFAULT_PRIORITY,
                false);
    }

    /** Whether its request is known, and with it what its call takes. */
    boolean isKnown() {
        return demand != UNKNOWN;
    }

    /** The alias of the credential whose limits apply. */
    String credential() {
        return demand.credential();
    }

    /** Its size in a turn of its batch: pages of a document, else tokens; at least 1. */
    long size() {
        return demand.pages() > 0
                ? demand.pages()
                : Math.max(1, demand.inputBytes() / BYTES_PER_TOKEN + demand.maxOutputTokens());
    }
}
