package io.github.genaistreams.topology;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
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
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
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
    private final Consumer<Exchange<Q>> whenEnded;
    private final Deltas<Q> deltas = new Deltas<>();
    private final RemoteJobs<Q> jobs;
    private final Stops<Q> stops;

    /**
     * Calls and questions that have ended, and are to be looked at. It belongs to this incarnation of the task: when that is given away,
     * or revived, its successor has another one, and what still ends here is never looked at.
     */
    private final Queue<Exchange<Q>> ended = new ConcurrentLinkedQueue<>();

    /** Items whose mark in the journal is being committed, in the order of their marks. */
    private final Queue<Item<Q>> marked = new ArrayDeque<>();

    private long turn;

    /** @param wake tells the stream thread that there is something to look at; for any thread */
    Calls(CallTask<Q> task, AcceptedJobs accepted, RandomGenerator random, Runnable wake) {
        this.task = task;
        whenEnded = exchange -> {
            ended.add(exchange);
            wake.run();
        };
        this.accepted = accepted;
        this.random = random;
        jobs = new RemoteJobs<>(task, whenEnded);
        stops = new Stops<>(task);
    }

    /** Starts what may start. */
    void startReady() {
        startReady(null, null, null);
    }

    /**
     * Starts what may start.
     *
     * @param fresh an item that has just joined the lane, and that the journal need not know before it is started; or null
     */
    void startReady(Item<Q> fresh, Q request, JournalEntry entry) {
        for (Item<Q> next = next(); next != null; next = next()) {
            Item<Q> item = next;
            if (item == fresh) {
                task.about(item, () -> start(item, request, entry));
            } else {
                task.about(item, () -> startJournaled(item));
            }
        }
    }

    private void startJournaled(Item<Q> item) {
        JournalEntry entry = task.items().get(item);
        Q request = task.items().request(item, entry);
        if (request == null) {
            task.finishUnreadable(item, entry);
        } else {
            start(item, request, entry);
        }
    }

    private Item<Q> next() {
        return task.lane().startNext(task.now());
    }

    private void start(Item<Q> item, Q request, JournalEntry entry) {
        JournalEntry.Job known = accepted.of(item.key(), entry);
        if (known != null) {
            jobs.takeUp(item, entry, known);
            return;
        }
        JournalEntry now = entry;
        if (entry.state() == JournalEntry.State.STARTED) {
            if (!request.resubmitsOnUnknown()) {
                endUnknown(item, request, entry);
                return;
            }
            now = entry.interrupted(task.results().afterInterruption(entry.earlier()));
        }
        Optional<String> stopped = task.stopped(request.batchId(), Journal.retriedAt(now));
        if (stopped.isPresent()) {
            stops.endUncalled(item, request, now, stopped.get());
            return;
        }
        JournalEntry started = now.started();
        if (request.resubmitsOnUnknown()) {
            Attempt<Q> attempt = Attempt.of(request, started);
            CallSpan span = task.traces().attempt(task.api(), attempt, task.partition());
            task.items().put(item, Journal.withSpan(started, attempt.headers()));
            call(item, attempt, span);
        } else {
            task.items().put(item, started);
            task.context().commit();
            task.lane().mark(item, request, started, turn);
            marked.add(item);
        }
    }

    /** Puts an item in line where the worker before left it; {@code work} is what it takes of the lane's bounds. */
    void resume(Item<Q> item, JournalEntry entry, Work work) {
        if (entry.remoteJob() != null) {
            // Its answer may be there already; it is never submitted again.
            task.lane().remoteElsewhere(item, work, 0);
        } else if (entry.attempt() == 1) {
            task.lane().ready(item, work);
        } else {
            task.lane().waitUntil(item, work, entry.notBefore().toEpochMilli());
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
        while (!marked.isEmpty()) {
            Item<Q> next = marked.peek();
            if (!(next.state() instanceof Item.Marked<Q> mark)) {
                marked.poll();
            } else if (mark.turn() + 2 <= turn) {
                marked.poll();
                task.about(next, () -> startMarked(next, mark));
            } else {
                return;
            }
        }
    }

    private void startMarked(Item<Q> item, Item.Marked<Q> mark) {
        Optional<String> stopped = task.stopped(item.key().batchId(), Journal.retriedAt(mark.entry()));
        if (stopped.isPresent()) {
            stops.endUncalled(item, mark.request(), mark.entry(), stopped.get());
        } else {
            Attempt<Q> attempt = Attempt.of(mark.request(), mark.entry());
            call(item, attempt, task.traces().attempt(task.api(), attempt, task.partition()));
        }
    }

    /** The worker before has died, or let go of the task, while the call was under way. */
    private void endUnknown(Item<Q> item, Q request, JournalEntry entry) {
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
        task.finish(item, task.results().of(attempt, unknown, Duration.ZERO, task.now()), attempt.headers());
    }

    private void call(Item<Q> item, Attempt<Q> attempt, CallSpan span) {
        task.events().started(item.key(), task.partition(), attempt.number());
        var exchange = new Exchange<>(item, attempt, null, span, accepted, whenEnded);
        task.lane().begin(item, exchange);
        DeltaListener text = task.api().deltas() ? deltas.of(attempt) : DeltaListener.NONE;
        try (Scope ignored = span.makeCurrent()) {
            exchange.isUnderWay(
                    task.api().client().call(attempt.request(), attempt.number(), task.partition(), text, exchange));
        } catch (RuntimeException e) {
            CallError error = CallError.internal(
                    "The call could not be made: " + e.getClass().getSimpleName());
            exchange.notMade(new CallOutcome.Failed(error, null, null));
        }
    }

    /** Takes in what has been answered, for one turn, and fills the slots that this frees. */
    void takeOutcomes() {
        // First, so that an answer's text comes before its result.
        deltas.take(delta -> task.outbox().delta(delta, task.now()).ifPresent(record -> task.context()
                .forward(record, GenAiTopology.Sinks.deltas(task.api().api()))));
        long end = System.nanoTime() + TURN_NANOS;
        for (int taken = 0; taken < TURN_OUTCOMES && (taken == 0 || System.nanoTime() < end); taken++) {
            Exchange<Q> next = ended.poll();
            if (next == null) {
                return;
            }
            // It may have been given up meanwhile.
            if (next.item().state() instanceof Item.InFlight<Q> inFlight && inFlight.exchange() == next) {
                task.about(next.item(), () -> settle(next));
            }
            startReady();
        }
    }

    private void settle(Exchange<Q> exchange) {
        Optional<String> stopped = stops.ends(exchange);
        if (stopped.isPresent()) {
            stops.end(exchange, stopped.get());
            return;
        }
        Item<Q> item = exchange.item();
        Attempt<Q> attempt = exchange.attempt();
        CallOutcome outcome = exchange.outcome();
        if (outcome instanceof CallOutcome.Accepted job) {
            outcome = jobs.accepted(exchange, job);
            if (outcome == null) {
                return;
            }
        }
        task.ended(attempt, outcome, exchange.took());
        boolean again = outcome instanceof CallOutcome.Retry retry
                && attempt.number() <= attempt.request().policy().maxRetries()
                && retryLater(item, attempt, retry);
        if (!again) {
            task.finish(item, task.results().of(attempt, outcome, exchange.took(), task.now()), attempt.headers());
        }
    }

    /** Ends what is not in flight of batches that were stopped, and breaks off what is, of those that were cancelled. */
    void endStopped() {
        stops.endAll();
    }

    /** The task is given away; calls that are under way go on, and nobody will look at their ends. */
    void letGo() {
        for (Item<Q> item : task.lane().all()) {
            if (item.state() instanceof Item.InFlight<Q> inFlight) {
                inFlight.exchange().span().abandon();
            }
        }
    }

    /** Asks after the jobs whose time it is. */
    void pollDue() {
        jobs.askDue();
    }

    /** Sends the request through the retry topic; false, and nothing done, if no record can take it there. */
    private boolean retryLater(Item<Q> item, Attempt<Q> attempt, CallOutcome.Retry retry) {
        // What asked after a job may not have the whole request.
        Attempt<Q> whole = attempt.accepted() ? task.attempt(item, task.items().get(item)) : attempt;
        if (whole == null) {
            return false;
        }
        Q request = whole.request();
        Duration delay = RetryDelay.after(attempt.number(), request.policy(), retry.serverDelay(), random);
        Instant now = Instant.ofEpochMilli(task.now());
        RetryRecord<Q> next = new RetryRecord<>(request, attempt.number() + 1, now.plus(delay), retry.error());
        Optional<Record<Object, Object>> record = task.outbox().retry(next, task.partition(), attempt, now);
        if (record.isEmpty()) {
            return false;
        }
        JournalEntry.Earlier earlier = task.results().earlier(attempt, retry);
        task.items().put(item, Journal.away(next.attempt(), next.notBefore(), attempt.submittedAt(), earlier));
        task.lane().away(item);
        try (Scope ignored = task.traces().within(record.get().headers())) {
            task.context()
                    .forward(
                            record.get(), GenAiTopology.Sinks.retries(task.api().api()));
        }
        task.events().retried(item.key(), task.partition(), attempt.number(), delay, retry.error());
        return true;
    }
}
