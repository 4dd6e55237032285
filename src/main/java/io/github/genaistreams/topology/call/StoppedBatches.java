package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ends the items of stopped batches. Waiting items are not called. Items in progress at the API are aborted if the
 * batch was cancelled. If it is over budget, their results are awaited and paid for. Part of one incarnation of a task,
 * on its stream thread.
 */
final class StoppedBatches<Q extends ApiRequest> {

    private final Controls controls;
    private final Lane<Q> lane;
    private final OpenItems<Q> items;
    private final CallsInFlight<Q> callsInFlight;
    private final Endings<Q> endings;

    StoppedBatches(
            Controls controls, Lane<Q> lane, OpenItems<Q> items, CallsInFlight<Q> callsInFlight, Endings<Q> endings) {
        this.controls = controls;
        this.lane = lane;
        this.items = items;
        this.callsInFlight = callsInFlight;
        this.endings = endings;
    }

    /**
     * Ends the items of all stopped batches that have not been called, and aborts the calls in progress of cancelled
     * batches.
     */
    void endAll() {
        Set<String> batches = new HashSet<>();
        for (Item<Q> item : lane.all()) {
            batches.add(item.key().batchId());
        }
        for (String batchId : batches) {
            controls.stop(batchId).ifPresent(stop -> endAll(batchId, stop));
        }
    }

    private void endAll(String batchId, Controls.Stop stop) {
        StoppedItems<Q> withdrawn = lane.withdraw(batchId, stop.at(), stop.isCancelled());
        for (Item<Q> item : withdrawn.waiting()) {
            endings.about(item, () -> endWaiting(item, stop.code()));
        }
        for (Item<Q> item : withdrawn.remote()) {
            endings.about(item, () -> endRemote(item, stop.code()));
        }
        if (stop.isCancelled()) {
            withdrawn.inFlight().forEach(CallInFlight::abort);
        }
    }

    private void endWaiting(Item<Q> item, String stopped) {
        JournalEntry entry = items.get(item);
        Q request = items.request(item, entry);
        if (request == null) {
            endings.finishUnreadable(item, entry);
        } else {
            endings.stop(item, request, entry, stopped);
        }
    }

    private void endRemote(Item<Q> item, String stopped) {
        JournalEntry entry = items.get(item);
        Attempt<Q> attempt = items.attempt(item, entry);
        JournalEntry.Job job = entry.remoteJob();
        if (attempt == null || job == null) {
            endings.finishUnreadable(item, entry);
            return;
        }
        CallOutcome outcome = givenUp(attempt, RemoteJobs.toPoll(job), stopped);
        endings.finish(item, attempt, outcome, endings.ended(attempt, outcome, Duration.ZERO));
    }

    private CallOutcome givenUp(Attempt<Q> attempt, RemoteJob job, String stopped) {
        callsInFlight.cancel(attempt.request(), job);
        return new CallOutcome.Failed(Results.stopped(stopped), null, job.requestId(), true);
    }

    /**
     * Why an outcome is the item's last one, as an error code, if its batch was stopped and it is not a success; null
     * otherwise.
     */
    @Nullable
    String ends(CallInFlight<Q> ended) {
        Attempt<Q> attempt = ended.attempt();
        CallOutcome outcome = ended.outcome();
        if (!(outcome instanceof CallOutcome.Retry || outcome instanceof CallOutcome.Accepted)) {
            return null;
        }
        String code = controls.stopped(
                ended.item().key().batchId(), Journal.retriedAt(attempt.headers(), attempt.submittedAt()));
        return outcome instanceof CallOutcome.Retry || BatchControl.CANCELLED.equals(code) ? code : null;
    }

    /** An attempt of a stopped batch has ended without success. It was the last one. */
    void end(CallInFlight<Q> ended, String stopped) {
        Attempt<Q> attempt = ended.attempt();
        CallOutcome outcome = ended.outcome();
        if (outcome instanceof CallOutcome.Accepted accepted) {
            outcome = givenUp(attempt, accepted.job(), stopped);
            endings.ended(attempt, outcome, ended.took());
        } else if (outcome instanceof CallOutcome.Retry retry) {
            endings.ended(attempt, retry, ended.took());
            outcome = new CallOutcome.Retry(
                    Results.stopped(stopped), Duration.ZERO, retry.requestId(), retry.answer(), retry.maybeDone());
        }
        endings.finish(ended.item(), attempt, outcome, ended.took());
    }
}
