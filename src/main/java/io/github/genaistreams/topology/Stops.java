package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lane;
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
    private final Exchanges<Q> exchanges;
    private final RemoteJobs<Q> jobs;

    Stops(CallTask<Q> task, Exchanges<Q> exchanges, RemoteJobs<Q> jobs) {
        this.task = task;
        this.exchanges = exchanges;
        this.jobs = jobs;
    }

    /** Ends what has not been called, of all batches that were stopped, and breaks off what is under way of those cancelled. */
    void endAll() {
        for (String batchId : task.lane().batches()) {
            task.controls().stop(batchId).ifPresent(stop -> endAll(batchId, stop));
        }
    }

    private void endAll(String batchId, Controls.Stop stop) {
        Lane.Withdrawn withdrawn = task.lane().withdraw(batchId, stop.at(), stop.isCancelled());
        withdrawn
                .waiting()
                .forEach(key -> task.about(key, () -> {
                    JournalEntry entry = task.items().get(key);
                    task.items()
                            .request(key, entry)
                            .ifPresentOrElse(
                                    request -> endUncalled(request, entry, stop.code()),
                                    () -> task.finishUnreadable(key, entry));
                }));
        withdrawn
                .remote()
                .forEach(key -> task.about(key, () -> {
                    JournalEntry entry = task.items().get(key);
                    task.attempt(key, entry)
                            .ifPresentOrElse(
                                    attempt -> endRemote(attempt, RemoteJobs.toAsk(entry.remoteJob()), stop.code()),
                                    () -> task.finishUnreadable(key, entry));
                }));
        if (stop.isCancelled()) {
            exchanges.breakOff(withdrawn.inFlight());
        }
    }

    /** Ends an item whose call is not made. */
    void endUncalled(Q request, JournalEntry entry, String stopped) {
        task.finish(request.key(), task.results().stopped(request, entry, stopped, task.now()), Journal.headers(entry));
    }

    private void endRemote(Attempt<Q> attempt, RemoteJob job, String stopped) {
        jobs.forget(attempt.request().key());
        CallOutcome outcome = givenUp(attempt, job, stopped);
        task.ended(attempt, outcome, Duration.ZERO);
        finish(attempt, outcome, Duration.ZERO);
    }

    private CallOutcome givenUp(Attempt<Q> attempt, RemoteJob job, String stopped) {
        task.api().client().cancel(attempt.request(), job, task.partition());
        return new CallOutcome.Failed(Results.stopped(stopped), null, job.requestId(), true);
    }

    /** Why an outcome is the last one of its item, as an error's code, if its batch was stopped and it is no success. */
    Optional<String> ends(Completion<Q> completion) {
        Attempt<Q> attempt = completion.attempt();
        return task.stopped(attempt.request().batchId(), Journal.retriedAt(attempt.headers(), attempt.submittedAt()))
                .filter(code -> isEnd(completion.outcome(), code));
    }

    private static boolean isEnd(CallOutcome outcome, String stopped) {
        return outcome instanceof CallOutcome.Retry
                || outcome instanceof CallOutcome.Accepted && stopped.equals(BatchControl.CANCELLED);
    }

    /** An attempt has come to its end without success, and its batch was stopped meanwhile: it was the last one. */
    void end(Completion<Q> completion, String stopped) {
        Attempt<Q> attempt = completion.attempt();
        CallOutcome outcome = completion.outcome();
        if (outcome instanceof CallOutcome.Accepted accepted) {
            outcome = givenUp(attempt, accepted.job(), stopped);
            task.ended(attempt, outcome, completion.took());
        } else if (outcome instanceof CallOutcome.Retry retry) {
            task.ended(attempt, retry, completion.took());
            outcome = new CallOutcome.Retry(
                    Results.stopped(stopped), Duration.ZERO, retry.requestId(), retry.answer(), retry.maybeDone());
        }
        finish(attempt, outcome, completion.took());
    }

    private void finish(Attempt<Q> attempt, CallOutcome outcome, Duration took) {
        task.finish(attempt.request().key(), task.results().of(attempt, outcome, took, task.now()), attempt.headers());
    }
}
