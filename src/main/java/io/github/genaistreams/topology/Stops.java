package io.github.genaistreams.topology;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.util.Optional;

/**
 * Ends the items of batches that were stopped. What waits is not called; what the API is at work on is broken off if the batch was
 * cancelled, and waited for, and paid, if it is over its budget. Part of one incarnation of a task, on its stream thread.
 */
final class Stops<Q extends ApiRequest> {

    private final CallTask<Q> task;

    Stops(CallTask<Q> task) {
        this.task = task;
    }

    /** Ends what has not been called, of all batches that were stopped, and breaks off what is under way of those cancelled. */
    void endAll() {
        for (String batchId : task.lane().batches()) {
            task.controls().stop(batchId).ifPresent(stop -> endAll(batchId, stop));
        }
    }

    private void endAll(String batchId, Controls.Stop stop) {
        Lane.Withdrawn<Q> withdrawn = task.lane().withdraw(batchId, stop.at(), stop.isCancelled());
        for (Item<Q> item : withdrawn.waiting()) {
            task.about(item, () -> endWaiting(item, stop.code()));
        }
        for (Item<Q> item : withdrawn.remote()) {
            task.about(item, () -> endRemote(item, stop.code()));
        }
        if (stop.isCancelled()) {
            withdrawn.inFlight().forEach(Exchange::breakOff);
        }
    }

    private void endWaiting(Item<Q> item, String stopped) {
        JournalEntry entry = task.items().get(item);
        Q request = task.items().request(item, entry);
        if (request == null) {
            task.finishUnreadable(item, entry);
        } else {
            endUncalled(item, request, entry, stopped);
        }
    }

    private void endRemote(Item<Q> item, String stopped) {
        JournalEntry entry = task.items().get(item);
        Attempt<Q> attempt = task.attempt(item, entry);
        if (attempt == null) {
            task.finishUnreadable(item, entry);
            return;
        }
        CallOutcome outcome = givenUp(attempt, RemoteJobs.toAsk(entry.remoteJob()), stopped);
        task.ended(attempt, outcome, Duration.ZERO);
        finish(item, attempt, outcome, Duration.ZERO);
    }

    /** Ends an item whose call is not made. */
    void endUncalled(Item<Q> item, Q request, JournalEntry entry, String stopped) {
        task.finish(item, task.results().stopped(request, entry, stopped, task.now()), Journal.headers(entry));
    }

    private CallOutcome givenUp(Attempt<Q> attempt, RemoteJob job, String stopped) {
        task.api().client().cancel(attempt.request(), job, task.partition());
        return new CallOutcome.Failed(Results.stopped(stopped), null, job.requestId(), true);
    }

    /** Why an outcome is the last one of its item, as an error's code, if its batch was stopped and it is no success. */
    Optional<String> ends(Exchange<Q> ended) {
        Attempt<Q> attempt = ended.attempt();
        return task.stopped(attempt.request().batchId(), Journal.retriedAt(attempt.headers(), attempt.submittedAt()))
                .filter(code -> isEnd(ended.outcome(), code));
    }

    private static boolean isEnd(CallOutcome outcome, String stopped) {
        return outcome instanceof CallOutcome.Retry
                || outcome instanceof CallOutcome.Accepted && stopped.equals(BatchControl.CANCELLED);
    }

    /** An attempt has come to its end without success, and its batch was stopped meanwhile: it was the last one. */
    void end(Exchange<Q> ended, String stopped) {
        Attempt<Q> attempt = ended.attempt();
        CallOutcome outcome = ended.outcome();
        if (outcome instanceof CallOutcome.Accepted accepted) {
            outcome = givenUp(attempt, accepted.job(), stopped);
            task.ended(attempt, outcome, ended.took());
        } else if (outcome instanceof CallOutcome.Retry retry) {
            task.ended(attempt, retry, ended.took());
            outcome = new CallOutcome.Retry(
                    Results.stopped(stopped), Duration.ZERO, retry.requestId(), retry.answer(), retry.maybeDone());
        }
        finish(ended.item(), attempt, outcome, ended.took());
    }

    private void finish(Item<Q> item, Attempt<Q> attempt, CallOutcome outcome, Duration took) {
        task.finish(item, task.results().of(attempt, outcome, took, task.now()), attempt.headers());
    }
}
