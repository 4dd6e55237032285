package io.github.genaistreams.provider;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.HostPort;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes the calls of one API.
 *
 * @param <Q> the API's request type
 */
public interface ApiClient<Q extends ApiRequest> extends AutoCloseable {

    /** Type of the error of an attempt that was broken off. */
    String ABORTED = "aborted";

    /** Where the calls for this request go; empty if that is not known. */
    default Optional<HostPort> server(Q request) {
        return Optional.empty();
    }

    /** The first reason why this request cannot be sent as it is; empty if it can. Pure. */
    Optional<CallError> refusal(Q request);

    /**
     * Makes one attempt and returns at once. {@code whenDone} gets its outcome exactly once, on any
     * thread, possibly before this method returns; it must be quick and must not throw.
     *
     * @param attempt the attempt's number, from 1; for tracing only
     * @param lane    number of the caller's lane (its partition); calls of a lane share connections
     * @return breaks the attempt off; its outcome then is a {@code Retry} of type {@value #ABORTED}, if no other came first
     */
    Abort call(Q request, int attempt, int lane, Consumer<CallOutcome> whenDone);

    /**
     * The same, for a request that may be streamed.
     *
     * @param deltas hears the answer's text as it comes; an API that does not stream tells it nothing
     */
    default Abort call(Q request, int attempt, int lane, DeltaListener deltas, Consumer<CallOutcome> whenDone) {
        return call(request, attempt, lane, whenDone);
    }

    /**
     * Asks once what became of a job that an attempt has left with the API, and returns at once. {@code whenDone} is told
     * as by {@link #call}: {@code Accepted} again while the job runs, and also if the question failed; {@code Retry} only
     * if the job has come to an end, or is unknown, so that nothing is paid twice.
     *
     * @param attempt the attempt that was accepted; for tracing only
     * @return breaks the question off, not the job; its outcome then is {@code Accepted}, if no other came first, or a {@code
     *         Retry} of type {@value #ABORTED} if the job has ended and something else was asked after it
     */
    Abort poll(Q request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone);

    /**
     * What {@link #poll} needs of a request, if that is much less than all of it, so that it can be kept in memory; the rest may be
     * missing in it. Empty if it needs the whole request.
     */
    default Optional<Q> forPolling(Q request) {
        return Optional.empty();
    }

    /** Asks the API to give up a job, and returns at once. Best effort: nothing tells whether it did. */
    void cancel(Q request, RemoteJob job, int lane);

    /** Closes connections; outcomes of calls under way may be lost. */
    @Override
    void close();
}
