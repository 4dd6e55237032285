package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lane;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.RetryDelay;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.random.RandomGenerator;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Makes the calls that the lane lets start, and sees to their outcomes. Part of one incarnation of a task.
 *
 * <p>Everything runs on the stream thread that owns the task, except for the callback of a call, which does nothing but
 * put the outcome on a queue. That queue belongs to this object: when the task is given away, or revived, its successor
 * has another one, and what is still answered here is never looked at, since the call is made again.
 */
final class Calls<Q extends ApiRequest> {

    /** Bounds of one turn of taking in outcomes. */
    private static final int TURN_OUTCOMES = 200;

    private static final long TURN_NANOS = 5_000_000;

    /** Until a job is asked after again, if the question could not even be asked. */
    private static final Duration NOT_ASKED = Duration.ofSeconds(10);

    private final CallTask<Q> task;
    private final RandomGenerator random;
    private final Queue<Completion<Q>> completions = new ConcurrentLinkedQueue<>();
    private final Deltas<Q> deltas = new Deltas<>();

    /** Calls whose mark in the journal is being committed, in the order of their marks. */
    private final Queue<Marked<Q>> marked = new ArrayDeque<>();

    private long turn;

    /** Calls that can be broken off. */
    private final Map<ItemKey, Abort> underWay = new HashMap<>();

    /** A call to be made as soon as the journal is known to say so. */
    private record Marked<Q extends ApiRequest>(Q request, JournalEntry entry, long turn) {}

    Calls(CallTask<Q> task, RandomGenerator random) {
        this.task = task;
        this.random = random;
    }

    /** Starts what may start. */
    void startReady() {
        startReady(null, null);
    }

    /** Starts what may start; {@code fresh} is a request just journaled, which need not be read back. */
    void startReady(Q fresh, JournalEntry freshEntry) {
        ItemKey key;
        while ((key = task.lane().startNext(task.now())) != null) {
            if (fresh != null && key.equals(fresh.key())) {
                start(fresh, freshEntry);
                continue;
            }
            JournalEntry entry = task.journal().get(key);
            if (task.api().decoder().decode(entry.request()) instanceof Decoded.Valid<Q> valid) {
                start(valid.request(), entry);
            } else {
                finishUnreadable(key, entry);
            }
        }
    }

    /** Only a changed decoder can make this happen: the entry was read before it was journaled. */
    private void finishUnreadable(ItemKey key, JournalEntry entry) {
        CallError error = CallError.internal("The journaled request can no longer be read; submit it again");
        task.finish(
                key,
                task.outbox().refused(key, null, null, entry.submittedAt(), task.now(), error),
                Journal.headers(entry));
    }

    private void start(Q request, JournalEntry entry) {
        if (entry.state() == JournalEntry.State.STARTED) {
            endUnknown(request, entry);
            return;
        }
        String stopped = task.controls().stopped(request.batchId());
        if (stopped != null) {
            end(request, entry, stopped);
            return;
        }
        if (request.resubmitsOnUnknown()) {
            call(request, entry);
        } else {
            task.journal().put(request.key(), entry.started());
            task.context().commit();
            marked.add(new Marked<>(request, entry, turn));
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
            String stopped = task.controls().stopped(next.request().batchId());
            if (stopped == null) {
                call(next.request(), next.entry());
            } else {
                end(next.request(), next.entry(), stopped);
            }
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
        Attempt<Q> attempt = attempt(request, entry);
        CallOutcome unknown = new CallOutcome.Failed(error, null, null);
        task.finish(
                request.key(), task.outbox().result(attempt, unknown, Duration.ZERO, task.now()), attempt.headers());
    }

    private void call(Q request, JournalEntry entry) {
        Attempt<Q> attempt = attempt(request, entry);
        task.events().started(request.key(), task.partition(), attempt.number());
        long started = System.nanoTime();
        try {
            Abort abort = task.api()
                    .client()
                    .call(
                            request,
                            attempt.number(),
                            task.partition(),
                            task.api().deltas() ? deltas.of(attempt) : DeltaListener.NONE,
                            outcome -> completions.add(
                                    new Completion<>(attempt, outcome, Duration.ofNanos(System.nanoTime() - started))));
            underWay.put(request.key(), abort);
        } catch (RuntimeException e) {
            completions.add(notMade(attempt, e));
        }
    }

    private Attempt<Q> attempt(Q request, JournalEntry entry) {
        return new Attempt<>(
                request,
                entry.attempt(),
                entry.submittedAt(),
                Journal.headers(entry),
                entry.earlier(),
                entry.remoteJob() != null);
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
                taken < TURN_OUTCOMES && System.nanoTime() < end && (completion = completions.poll()) != null;
                taken++) {
            settle(completion);
            startReady();
        }
    }

    private void settle(Completion<Q> completion) {
        Attempt<Q> attempt = completion.attempt();
        underWay.remove(attempt.request().key());
        String stopped = task.controls().stopped(attempt.request().batchId());
        if (stopped != null && isEnd(completion.outcome(), stopped)) {
            endStopped(completion, stopped);
            return;
        }
        if (completion.outcome() instanceof CallOutcome.Accepted accepted) {
            leaveToApi(attempt, accepted, completion.took());
            return;
        }
        boolean again = completion.outcome() instanceof CallOutcome.Retry retry
                && attempt.number() <= attempt.request().policy().maxRetries()
                && retryLater(attempt, retry);
        if (!again) {
            CallResult result = task.outbox().result(attempt, completion.outcome(), completion.took(), task.now());
            task.finish(attempt.request().key(), result, attempt.headers());
        }
    }

    /** A batch that is over budget pays for what the API has accepted, so that is waited for; a cancelled one is not. */
    private static boolean isEnd(CallOutcome outcome, String stopped) {
        return outcome instanceof CallOutcome.Retry
                || outcome instanceof CallOutcome.Accepted && stopped.equals(BatchControl.CANCELLED);
    }

    /** Ends what is not in flight of batches that were stopped, and breaks off what is, of those that were cancelled. */
    void endStopped() {
        for (String batchId : task.lane().batches()) {
            String stopped = task.controls().stopped(batchId);
            if (stopped == null) {
                continue;
            }
            boolean cancelled = stopped.equals(BatchControl.CANCELLED);
            Lane.Withdrawn withdrawn = task.lane().withdraw(batchId, cancelled);
            for (ItemKey key : withdrawn.waiting()) {
                end(key, stopped, false);
            }
            for (ItemKey key : withdrawn.remote()) {
                end(key, stopped, true);
            }
            if (cancelled) {
                withdrawn.inFlight().stream()
                        .map(underWay::remove)
                        .filter(Objects::nonNull)
                        .forEach(Abort::now);
            }
        }
    }

    private void end(ItemKey key, String stopped, boolean isRemote) {
        JournalEntry entry = task.journal().get(key);
        if (task.api().decoder().decode(entry.request()) instanceof Decoded.Valid<Q> valid) {
            if (isRemote) {
                RemoteJob job = remoteJob(entry, Duration.ZERO);
                task.api().client().cancel(valid.request(), job, task.partition());
                Attempt<Q> attempt = attempt(valid.request(), entry);
                CallOutcome given = new CallOutcome.Failed(Outbox.stopped(stopped), null, job.requestId());
                task.finish(key, task.outbox().result(attempt, given, Duration.ZERO, task.now()), attempt.headers());
            } else {
                end(valid.request(), entry, stopped);
            }
        } else {
            finishUnreadable(key, entry);
        }
    }

    private void end(Q request, JournalEntry entry, String stopped) {
        task.finish(request.key(), task.outbox().stopped(request, entry, stopped, task.now()), Journal.headers(entry));
    }

    /** An attempt has come to its end without success, and its batch was stopped meanwhile: it was the last one. */
    private void endStopped(Completion<Q> completion, String stopped) {
        Attempt<Q> attempt = completion.attempt();
        Q request = attempt.request();
        CallOutcome outcome = completion.outcome();
        if (outcome instanceof CallOutcome.Accepted accepted) {
            task.api().client().cancel(request, accepted.job(), task.partition());
            outcome = new CallOutcome.Failed(
                    Outbox.stopped(stopped), null, accepted.job().requestId());
        } else if (outcome instanceof CallOutcome.Retry retry) {
            outcome = new CallOutcome.Retry(
                    Outbox.stopped(stopped), Duration.ZERO, retry.requestId(), retry.answer(), retry.maybeDone());
        }
        task.finish(
                request.key(),
                task.outbox().result(attempt, outcome, completion.took(), task.now()),
                attempt.headers());
    }

    /**
     * The API works on it by itself. Its name for the job is journaled, and that is committed, before it is first asked
     * after: whoever owns the partition then goes on asking and never submits again. It is given up after its total wait if the
     * API says that it still works; a job of which nobody knows that may be done, and paid, so it gets the longest wait.
     */
    private void leaveToApi(Attempt<Q> attempt, CallOutcome.Accepted accepted, Duration took) {
        RemoteJob job = accepted.job();
        Q request = attempt.request();
        ItemKey key = request.key();
        JournalEntry entry = task.journal().get(key);
        if (entry.remoteJob() == null) {
            task.journal().put(key, entry.withJob(new JournalEntry.Job(job.id(), job.acceptedAt(), job.requestId())));
            task.context().commit();
        }
        Duration most = accepted.unanswered() == null ? request.totalWait() : request.longestWait();
        long deadline = job.acceptedAt().plus(most).toEpochMilli();
        if (task.now() >= deadline) {
            task.api().client().cancel(request, job, task.partition());
            CallOutcome tooLate = new CallOutcome.Failed(tooLate(request, accepted), null, job.requestId());
            task.finish(key, task.outbox().result(attempt, tooLate, took, task.now()), attempt.headers());
            return;
        }
        long due = Math.min(task.now() + job.pollAfter().toMillis(), deadline);
        task.lane().remote(key, Lane.Work.of(request, entry.request().length), due);
    }

    private CallError tooLate(Q request, CallOutcome.Accepted accepted) {
        CallError last = accepted.unanswered();
        return new CallError(
                last == null
                        ? "The API had no answer within " + request.totalWaitNames() + " ("
                                + request.totalWait().toSeconds() + " s)"
                        : "No answer of the API could be had within "
                                + request.longestWait().toSeconds() + " s. The last time: " + last.message(),
                "timeout",
                "total_wait",
                null,
                true,
                last == null ? null : last.httpStatus());
    }

    private static RemoteJob remoteJob(JournalEntry entry, Duration pollAfter) {
        JournalEntry.Job job = entry.remoteJob();
        return new RemoteJob(job.id(), job.acceptedAt(), pollAfter, job.requestId());
    }

    /** Asks after the jobs whose time it is. */
    void pollDue() {
        ItemKey key;
        while ((key = task.lane().nextPoll(task.now())) != null) {
            JournalEntry entry = task.journal().get(key);
            if (task.api().decoder().decode(entry.request()) instanceof Decoded.Valid<Q> valid) {
                poll(valid.request(), entry);
            } else {
                finishUnreadable(key, entry);
            }
        }
    }

    private void poll(Q request, JournalEntry entry) {
        Attempt<Q> attempt = attempt(request, entry);
        Instant acceptedAt = entry.remoteJob().acceptedAt();
        // The pace follows from how long it has taken so far, so that it need not be journaled.
        Duration pace =
                Duration.between(acceptedAt, Instant.ofEpochMilli(task.now())).dividedBy(4);
        RemoteJob job = remoteJob(entry, pace.isNegative() ? Duration.ZERO : pace);
        try {
            Abort abort = task.api()
                    .client()
                    .poll(
                            request,
                            job,
                            attempt.number(),
                            task.partition(),
                            outcome -> completions.add(
                                    new Completion<>(attempt, outcome, Duration.between(acceptedAt, Instant.now()))));
            underWay.put(request.key(), abort);
        } catch (RuntimeException e) {
            CallError error = CallError.internal(
                    "The question could not be asked: " + e.getClass().getSimpleName());
            completions.add(
                    new Completion<>(attempt, new CallOutcome.Accepted(job.after(NOT_ASKED), error), Duration.ZERO));
        }
    }

    /** Sends the request through the retry topic; false, and nothing done, if no record can take it there. */
    private boolean retryLater(Attempt<Q> attempt, CallOutcome.Retry retry) {
        Q request = attempt.request();
        Duration delay = RetryDelay.after(attempt.number(), request.policy(), retry.serverDelay(), random);
        Instant now = Instant.ofEpochMilli(task.now());
        RetryRecord<Q> next = new RetryRecord<>(request, attempt.number() + 1, now.plus(delay), retry.error());
        Optional<Record<Object, Object>> record = task.outbox().retry(next, task.partition(), attempt, now);
        record.ifPresent(retryRecord -> {
            JournalEntry.Earlier earlier = task.outbox().earlier(attempt, retry);
            task.journal()
                    .put(request.key(), Journal.away(next.attempt(), next.notBefore(), attempt.submittedAt(), earlier));
            task.lane().away(request.key());
            task.context()
                    .forward(retryRecord, GenAiTopology.Sinks.retries(task.api().api()));
            task.events().retried(request.key(), task.partition(), attempt.number(), delay, retry.error());
        });
        return record.isPresent();
    }
}
