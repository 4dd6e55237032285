package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Makes the HTTP exchanges of one incarnation of a task, and keeps the finished ones until they are handled. When the
 * task is given away or revived, its successor has a new object of this class, and exchanges that end here are dropped.
 *
 * <p>Everything runs on the stream thread that owns the task, except {@link #ended}.
 */
final class CallsInFlight<Q extends ApiRequest> {

    /** Delay until the next poll of a job if a poll could not be started. */
    private static final Duration POLL_RETRY_DELAY = Duration.ofSeconds(10);

    private final ApiBinding<Q> api;
    private final int partition;
    private final Lane<Q> lane;
    private final CallTraces traces;
    private final CallEvents events;
    private final AcceptedJobs accepted;
    private final Runnable wake;
    private final Deltas<Q> deltas = new Deltas<>();
    private final Queue<CallInFlight<Q>> ended = new ConcurrentLinkedQueue<>();

    /**
     * @param accepted records the jobs of calls, even if the task has another owner by then
     * @param wake     tells the stream thread that an exchange has ended; for any thread
     */
    CallsInFlight(
            ApiBinding<Q> api,
            int partition,
            Lane<Q> lane,
            CallTraces traces,
            CallEvents events,
            AcceptedJobs accepted,
            Runnable wake) {
        this.api = api;
        this.partition = partition;
        this.lane = lane;
        this.traces = traces;
        this.events = events;
        this.accepted = accepted;
        this.wake = wake;
    }

    /** The span of a call that is about to start. The attempt's headers name it from then on. */
    CallSpan span(Attempt<Q> attempt) {
        return traces.attempt(api, attempt, partition);
    }

    /** Makes a call under this span. */
    void call(Item<Q> item, Attempt<Q> attempt, CallSpan span) {
        events.started(item.key(), partition, attempt.number());
        var exchange = new CallInFlight<>(item, attempt, null, span, this);
        lane.begin(item, exchange);
        DeltaListener text = api.deltas() ? deltas.of(attempt) : DeltaListener.NONE;
        try (Scope ignored = span.makeCurrent()) {
            exchange.isUnderWay(api.client().call(attempt.request(), attempt.number(), partition, text, exchange));
        } catch (RuntimeException e) {
            CallError error = CallError.internal(
                    "The call could not be made: " + e.getClass().getSimpleName());
            exchange.failedToStart(new CallOutcome.Failed(error, null, null));
        }
    }

    /** Polls a job. */
    void poll(Item<Q> item, Attempt<Q> attempt, FollowedJob<Q> followed, RemoteJob job) {
        CallSpan span = traces.poll(api, attempt, job, partition);
        var exchange = new CallInFlight<>(item, attempt, followed, span, this);
        lane.begin(item, exchange);
        try (Scope ignored = span.makeCurrent()) {
            exchange.isUnderWay(api.client().poll(attempt.request(), job, attempt.number(), partition, exchange));
        } catch (RuntimeException e) {
            CallError error = CallError.internal(
                    "The job could not be polled: " + e.getClass().getSimpleName());
            exchange.failedToStart(new CallOutcome.Accepted(job.after(POLL_RETRY_DELAY), error));
        }
    }

    /** Asks the API to cancel a job. It does not wait for an answer. */
    void cancel(Q request, RemoteJob job) {
        api.client().cancel(request, job, partition);
    }

    /** The same attempt, with only the part of its request that a poll needs; null if that is the whole request. */
    @Nullable
    Attempt<Q> forPolling(Attempt<Q> attempt) {
        return api.client()
                .forPolling(attempt.request())
                .map(attempt::acceptedAs)
                .orElse(null);
    }

    /** An exchange has ended. On any thread. */
    void ended(CallInFlight<Q> exchange) {
        if (exchange.job() == null && exchange.outcome() instanceof CallOutcome.Accepted job) {
            accepted.add(exchange.attempt(), RemoteJobs.job(job.job()));
        }
        ended.add(exchange);
        wake.run();
    }

    /** The next finished exchange; null if there is none. */
    @Nullable
    CallInFlight<Q> next() {
        return ended.poll();
    }

    Deltas<Q> deltas() {
        return deltas;
    }

    /** The task is given away: exchanges in progress continue, but nobody will handle their outcomes. */
    void abandonAll() {
        for (Item<Q> item : lane.all()) {
            if (item.state() instanceof Item.InFlight<Q> inFlight) {
                inFlight.exchange().abandon();
            }
        }
    }
}
