package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;

/**
 * What an item takes of the bounds of its lane and its credential.
 *
 * @param bytes      of its request
 * @param credential whose limits hold for it
 * @param pages      of its document; 0 without one
 * @param retriedAt  when it was explicitly submitted again after it had a result, in epoch milliseconds; 0 if it was not
 * @param batchBound calls of its batch at once on this lane; 0 for no bound of its own
 */
record Work(int bytes, String credential, int pages, long retriedAt, int batchBound) {

    /** That of an item of which only the name is known. */
    static final Work NONE = new Work(0, null, 0, 0, 0);

    /** That of a request, which has {@code bytes} in its wire form. */
    static Work of(ApiRequest request, int bytes, long retriedAt) {
        Integer bound = request.maxConcurrentRequests();
        return new Work(
                bytes,
                request.credentialOrDefault(),
                request.pages(),
                retriedAt,
                // Less than 1 is refused now; a journal may have it from the time when it meant nothing.
                bound == null ? 0 : Math.max(0, bound));
    }

    /** Without a bound of its batch. */
    Work(int bytes, String credential, int pages, long retriedAt) {
        this(bytes, credential, pages, retriedAt, 0);
    }
}
