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

    /** Error type of an aborted attempt. */
    String ABORTED = "aborted";

    /** The server for this request; empty if unknown. */
    default Optional<HostPort> server(Q request) {
        return Optional.empty();
    }

    /** The first reason why this request cannot be sent; empty if it can. No side effects. */
    Optional<CallError> refusal(Q request);

    /**
     * Makes one attempt and returns at once. {@code whenDone} receives its outcome exactly once, on any thread,
     * possibly before this method returns. It must be quick and must not throw.
     *
     * @param attempt the attempt's number, from 1; for tracing only
     * @param lane    number of the caller's lane (its partition); calls of a lane share connections
     * @return aborts the attempt; its outcome is then a {@code Retry} of type {@value #ABORTED}, if no other came first
     */
    Abort call(Q request, int attempt, int lane, Consumer<CallOutcome> whenDone);

    /**
     * The same, for a request that may be streamed.
     *
     * @param deltas receives the answer's text as it arrives; nothing from an API that does not stream
     */
    default Abort call(Q request, int attempt, int lane, DeltaListener deltas, Consumer<CallOutcome> whenDone) {
        return call(request, attempt, lane, whenDone);
    }

    /**
     * Polls a job of an attempt once, and returns at once. {@code whenDone} is called as by {@link #call}: with
     * {@code Accepted} again while the job runs, and also if the poll failed; with {@code Retry} only if the job has
     * ended or is unknown, so that nothing is paid for twice.
     *
     * @param attempt the attempt that was accepted; for tracing only
     * @return aborts the poll, not the job; its outcome is then {@code Accepted}, if no other came first, or a
     *     {@code Retry} of type {@value #ABORTED} if the job has ended and a follow-up call was in progress
     */
    Abort poll(Q request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone);

    /**
     * A smaller request that is enough for {@link #poll}, and can stay in memory while the job runs. Empty if a poll
     * needs the whole request.
     */
    default Optional<Q> forPolling(Q request) {
        return Optional.empty();
    }

    /**
     * The request for one more attempt after the last one. Empty if there is none. It is also empty for a request that
     * this method has returned. No side effects.
     *
     * @param request whole
     * @param error   why the last attempt failed
     */
    default Optional<Q> lastResort(Q request, CallError error) {
        return Optional.empty();
    }

    /** Asks the API to cancel a job, and returns at once. Best effort, without confirmation. */
    void cancel(Q request, RemoteJob job, int lane);

    /** Closes connections; outcomes of calls in progress may be lost. */
    @Override
    void close();
}
