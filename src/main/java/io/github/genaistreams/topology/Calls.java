package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lane;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RetryDelay;
import io.github.genaistreams.wire.JournalEntry;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.random.RandomGenerator;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Makes the calls that the lane lets start, and sees to their outcomes. Part of one incarnation of a task.
 *
 * <p>Everything runs on the stream thread that owns the task, except for the callback of a call, which only notes the outcome:
 * whoever has the task now looks at it.
 */
final class Calls<Q extends ApiRequest> {

    /** Bounds of one turn of taking in outcomes. */
    private static final int TURN_OUTCOMES = 200;

    private static final long TURN_NANOS = 5_000_000;

    private final CallTask<Q> task;
    private final RandomGenerator random;
    private final AcceptedJobs accepted;
    private final Exchanges<Q> exchanges;
    private final Deltas<Q> deltas = new Deltas<>();
    private final RemoteJobs<Q> jobs;
    private final Stops<Q> stops;

    /** Calls whose mark in the journal is being committed, in the order of their marks. */
    private final Queue<Marked<Q>> marked = new ArrayDeque<>();

    private long turn;

    /** A call to be made as soon as the journal is known to say so. */
    private record Marked<Q extends ApiRequest>(Q request, JournalEntry entry, long turn) {}

    /** @param wake as that of {@link Exchanges} */
    Calls(CallTask<Q> task, AcceptedJobs accepted, RandomGenerator random, Runnable wake) {
        this.task = task;
        exchanges = new Exchanges<>(wake);
        this.accepted = accepted;
        this.random = random;
        jobs = new RemoteJobs<>(task, exchanges);
        stops = new Stops<>(task, exchanges, jobs);
    }

    /** Starts what may start. */
    void startReady() {
        startReady(null, null);
    }

    /**
     * Starts what may start.
     *
     * @param fresh a request that has just joined the lane, and that the journal need not know before it is started; or null
     * @return whether that one was started
     */
    boolean startReady(Q fresh, JournalEntry freshEntry) {
        boolean isFreshStarted = false;
        for (ItemKey next = nextKey(); next != null; next = nextKey()) {
            ItemKey key = next;
            if (fresh != null && key.equals(fresh.key())) {
                isFreshStarted = true;
                task.about(key, () -> start(fresh, freshEntry));
            } else {
                task.about(key, () -> startJournaled(key));
            }
        }
        return isFreshStarted;
    }

    private void startJournaled(ItemKey key) {
        JournalEntry entry = task.items().get(key);
        task.items()
                .request(key, entry)
                .ifPresentOrElse(request -> start(request, entry), () -> task.finishUnreadable(key, entry));
    }

    private ItemKey nextKey() {
        return task.lane().startNext(task.now());
    }

    private void start(Q request, JournalEntry entry) {
        Optional<JournalEntry.Job> known = accepted.of(request.key(), entry);
        if (known.isPresent()) {
            jobs.takeUp(request.key(), entry, known.get());
            return;
        }
        JournalEntry now = entry;
        if (entry.state() == JournalEntry.State.STARTED) {
            if (!request.resubmitsOnUnknown()) {
                endUnknown(request, entry);
                return;
            }
            now = entry.interrupted(task.results().afterInterruption(entry.earlier()));
        }
        Optional<String> stopped = task.stopped(request.batchId(), Journal.retriedAt(now));
        if (stopped.isPresent()) {
            stops.endUncalled(request, now, stopped.get());
            return;
        }
        JournalEntry started = now.started();
        if (request.resubmitsOnUnknown()) {
            Attempt<Q> attempt = Attempt.of(request, started);
            CallSpan span = task.traces().attempt(task.api(), attempt, task.partition());
            task.items().put(request.key(), Journal.withSpan(started, attempt.headers()));
            call(attempt, span);
        } else {
            task.items().put(request.key(), started);
            task.context().commit();
            marked.add(new Marked<>(request, started, turn));
        }
    }

    /** Puts an item in line where the worker before left it; {@code work} is what it takes of the lane's bounds. */
    void resume(ItemKey key, JournalEntry entry, Lane.Work work) {
        if (entry.remoteJob() != null) {
            // Its answer may be there already; it is never submitted again.
            task.lane().remote(key, work, 0);
        } else if (entry.attempt() == 1) {
            task.lane().add(key, work);
        } else {
            task.lane().waitUntil(key, work, entry.notBefore().toEpochMilli());
        }
    }

    /** To be called first in every punctuation. */
    void beginTurn() {
        turn++;
    }

    /**
     * Makes the calls that must not be made twice, once the journal says so for good: then a worker that dies leaves a trace of
     * them. Kafka Streams commits, if asked to, after each round of records and punctuations; so between a mark that was made
     * in one turn and the turn after the next one there was a commit. (But in a rebalance: then it commits nothing for a moment.)
     */
    void startMarked() {
        while (!marked.isEmpty() && marked.peek().turn() + 2 <= turn) {
            Marked<Q> next = marked.poll();
            task.about(next.request().key(), () -> startMarked(next));
        }
    }

    private void startMarked(Marked<Q> next) {
        Optional<String> stopped = task.stopped(next.request().batchId(), Journal.retriedAt(next.entry()));
        if (stopped.isPresent()) {
            stops.endUncalled(next.request(), next.entry(), stopped.get());
        } else {
            Attempt<Q> attempt = Attempt.of(next.request(), next.entry());
            call(attempt, task.traces().attempt(task.api(), attempt, task.partition()));
        }
    }

    /** The worker before has died, or let go of the task, while the call was under way. */
    private void endUnknown(Q request, JournalEntry entry) {
        CallError error = new CallError(
                "The worker ended while the request was being submitted. The API may be working on it all the same, and bill it"
                        + " (resubmit_on_unknown is false)",
                "interrupted",
                "unknown_outcome",
                null,
                false,
                null);
        Attempt<Q> attempt = Attempt.of(request, entry);
        CallOutcome unknown = new CallOutcome.Failed(error, null, null, true);
        task.finish(request.key(), task.results().of(attempt, unknown, Duration.ZERO, task.now()), attempt.headers());
    }

    private void call(Attempt<Q> attempt, CallSpan span) {
        Q request = attempt.request();
        task.events().started(request.key(), task.partition(), attempt.number());
        long started = System.nanoTime();
        try (Scope ignored = span.makeCurrent()) {
            exchanges.started(
                    request.key(),
                    task.api()
                            .client()
                            .call(
                                    request,
                                    attempt.number(),
                                    task.partition(),
                                    task.api().deltas() ? deltas.of(attempt) : DeltaListener.NONE,
                                    outcome -> ended(attempt, span, outcome, started)),
                    span);
        } catch (RuntimeException e) {
            Completion<Q> notMade = notMade(attempt, e);
            exchanges.ended(notMade);
            span.end(notMade.outcome());
        }
    }

    /** On any thread, and perhaps when the task is another's: the job that was accepted is known in this process all the same. */
    private void ended(Attempt<Q> attempt, CallSpan span, CallOutcome outcome, long started) {
        if (outcome instanceof CallOutcome.Accepted job) {
            accepted.add(attempt, RemoteJobs.job(job.job()));
        }
        exchanges.ended(new Completion<>(attempt, outcome, Duration.ofNanos(System.nanoTime() - started)));
        // Last, since the item does not hang on it.
        span.end(outcome);
    }

    private static <Q extends ApiRequest> Completion<Q> notMade(Attempt<Q> attempt, RuntimeException e) {
        CallError error =
                CallError.internal("The call could not be made: " + e.getClass().getSimpleName());
        return new Completion<>(attempt, new CallOutcome.Failed(error, null, null), Duration.ZERO);
    }

    /** Takes in what has been answered, for one turn, and fills the slots that this frees. */
    void takeOutcomes() {
        // First, so that an answer's text comes before its result.
        deltas.take(delta -> task.outbox().delta(delta, task.now()).ifPresent(record -> task.context()
                .forward(record, GenAiTopology.Sinks.deltas(task.api().api()))));
        long end = System.nanoTime() + TURN_NANOS;
        Completion<Q> completion;
        for (int taken = 0;
                taken < TURN_OUTCOMES
                        && (taken == 0 || System.nanoTime() < end)
                        && (completion = exchanges.next()) != null;
                taken++) {
            Completion<Q> ended = completion;
            task.about(ended.attempt().request().key(), () -> settle(ended));
            startReady();
        }
    }

    private void settle(Completion<Q> completion) {
        Attempt<Q> attempt = completion.attempt();
        Optional<String> stopped = stops.ends(completion);
        if (stopped.isPresent()) {
            jobs.forget(attempt.request().key());
            stops.end(completion, stopped.get());
            return;
        }
        CallOutcome outcome = completion.outcome();
        if (outcome instanceof CallOutcome.Accepted job) {
            Optional<CallOutcome> givenUp = jobs.accepted(attempt, job);
            if (givenUp.isEmpty()) {
                return;
            }
            outcome = givenUp.get();
        }
        jobs.forget(attempt.request().key());
        task.ended(attempt, outcome, completion.took());
        boolean again = outcome instanceof CallOutcome.Retry retry
                && attempt.number() <= attempt.request().policy().maxRetries()
                && retryLater(attempt, retry);
        if (!again) {
            CallResult result = task.results().of(attempt, outcome, completion.took(), task.now());
            task.finish(attempt.request().key(), result, attempt.headers());
        }
    }

    /** Ends what is not in flight of batches that were stopped, and breaks off what is, of those that were cancelled. */
    void endStopped() {
        stops.endAll();
    }

    /** The task is given away; calls that are under way go on, and nobody will look at their ends. */
    void letGo() {
        exchanges.letGo();
    }

    /** Asks after the jobs whose time it is. */
    void pollDue() {
        jobs.askDue();
    }

    /** Sends the request through the retry topic; false, and nothing done, if no record can take it there. */
    private boolean retryLater(Attempt<Q> attempt, CallOutcome.Retry retry) {
        // What asked after a job may not have the whole request.
        Optional<Attempt<Q>> whole = attempt.accepted()
                ? task.attempt(
                        attempt.request().key(),
                        task.items().get(attempt.request().key()))
                : Optional.of(attempt);
        if (whole.isEmpty()) {
            return false;
        }
        Q request = whole.get().request();
        Duration delay = RetryDelay.after(attempt.number(), request.policy(), retry.serverDelay(), random);
        Instant now = Instant.ofEpochMilli(task.now());
        RetryRecord<Q> next = new RetryRecord<>(request, attempt.number() + 1, now.plus(delay), retry.error());
        Optional<Record<Object, Object>> record = task.outbox().retry(next, task.partition(), attempt, now);
        record.ifPresent(retryRecord -> {
            JournalEntry.Earlier earlier = task.results().earlier(attempt, retry);
            task.items()
                    .put(request.key(), Journal.away(next.attempt(), next.notBefore(), attempt.submittedAt(), earlier));
            task.lane().away(request.key());
            try (Scope ignored = task.traces().within(retryRecord.headers())) {
                task.context()
                        .forward(
                                retryRecord,
                                GenAiTopology.Sinks.retries(task.api().api()));
            }
            task.events().retried(request.key(), task.partition(), attempt.number(), delay, retry.error());
        });
        return record.isPresent();
    }
}
