package io.github.genaistreams.provider;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes the calls of one API.
 *
 * @param <Q> the API's request type
 */
public interface ApiClient<Q extends ApiRequest> extends AutoCloseable {

    /** The first reason why this request cannot be sent as it is; empty if it can. Pure. */
    Optional<CallError> refusal(Q request);

    /**
     * Makes one attempt and returns at once. {@code whenDone} gets its outcome exactly once, on any
     * thread, possibly before this method returns; it must be quick and must not throw.
     *
     * @param attempt the attempt's number, from 1; for tracing only
     * @param lane    number of the caller's lane (its partition); calls of a lane share connections
     */
    void call(Q request, int attempt, int lane, Consumer<CallOutcome> whenDone);

    /** Closes connections; outcomes of calls under way may be lost. */
    @Override
    void close();
}
