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

/**
 * Makes the HTTP exchanges of one incarnation of a task, and keeps those that have ended until they are looked at. When the task is
 * given away, or revived, its successor has another object of this kind, and what still ends here is never looked at.
 *
 * <p>Everything runs on the stream thread that owns the task, but for {@link #ended}.
 */
final class Exchanges<Q extends ApiRequest> {

    /** Until a job is asked after again, if the question could not even be asked. */
    private static final Duration NOT_ASKED = Duration.ofSeconds(10);

    private final ApiBinding<Q> api;
    private final int partition;
    private final Lane<Q> lane;
    private final CallTraces traces;
    private final CallEvents events;
    private final AcceptedJobs accepted;
    private final Runnable wake;
    private final Deltas<Q> deltas = new Deltas<>();
    private final Queue<Exchange<Q>> ended = new ConcurrentLinkedQueue<>();

    /**
     * @param accepted learns of the jobs that calls become, though the task may be another's by then
     * @param wake     tells the stream thread that there is something to look at; for any thread
     */
    Exchanges(
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

    /** The span of a call that is about to be made; the headers of its attempt name it then. */
    CallSpan span(Attempt<Q> attempt) {
        return traces.attempt(api, attempt, partition);
    }

    /** Makes a call, under this span. */
    void call(Item<Q> item, Attempt<Q> attempt, CallSpan span) {
        events.started(item.key(), partition, attempt.number());
        var exchange = new Exchange<>(item, attempt, null, span, this);
        lane.begin(item, exchange);
        DeltaListener text = api.deltas() ? deltas.of(attempt) : DeltaListener.NONE;
        try (Scope ignored = span.makeCurrent()) {
            exchange.isUnderWay(api.client().call(attempt.request(), attempt.number(), partition, text, exchange));
        } catch (RuntimeException e) {
            CallError error = CallError.internal(
                    "The call could not be made: " + e.getClass().getSimpleName());
            exchange.notMade(new CallOutcome.Failed(error, null, null));
        }
    }

    /** Asks what has become of a job. */
    void ask(Item<Q> item, Attempt<Q> attempt, FollowedJob<Q> followed, RemoteJob job) {
        CallSpan span = traces.question(api, attempt, job, partition);
        var exchange = new Exchange<>(item, attempt, followed, span, this);
        lane.begin(item, exchange);
        try (Scope ignored = span.makeCurrent()) {
            exchange.isUnderWay(api.client().poll(attempt.request(), job, attempt.number(), partition, exchange));
        } catch (RuntimeException e) {
            CallError error = CallError.internal(
                    "The question could not be asked: " + e.getClass().getSimpleName());
            exchange.notMade(new CallOutcome.Accepted(job.after(NOT_ASKED), error));
        }
    }

    /** Asks the API to give a job up; nothing tells whether it does. */
    void cancel(Q request, RemoteJob job) {
        api.client().cancel(request, job, partition);
    }

    /** The same attempt, with as little of its request as is needed to ask after it; null if that is all of it. */
    Attempt<Q> forPolling(Attempt<Q> attempt) {
        return api.client()
                .forPolling(attempt.request())
                .map(attempt::acceptedAs)
                .orElse(null);
    }

    /** An exchange has ended. On any thread. */
    void ended(Exchange<Q> exchange) {
        if (exchange.job() == null && exchange.outcome() instanceof CallOutcome.Accepted job) {
            accepted.add(exchange.attempt(), RemoteJobs.job(job.job()));
        }
        ended.add(exchange);
        wake.run();
    }

    /** The next one that has ended, or null. */
    Exchange<Q> next() {
        return ended.poll();
    }

    /** Pieces of answers that are streamed. */
    Deltas<Q> deltas() {
        return deltas;
    }

    /** The task is given away: nobody will look at the end of what is under way, which goes on. */
    void letGo() {
        for (Item<Q> item : lane.all()) {
            if (item.state() instanceof Item.InFlight<Q> inFlight) {
                inFlight.exchange().abandon();
            }
        }
    }
}
