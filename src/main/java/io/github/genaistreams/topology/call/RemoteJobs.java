package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of a task's calls. Their IDs are journaled. After that commit, any owner of the partition continues to poll
 * and never submits again. Part of one incarnation of a task, on its stream thread.
 *
 * <p>A job is given up in one of two cases. The API has said for {@link ApiRequest#totalWait} that it is still working;
 * only time between two such answers counts, since missing answers do not make a job slow. Or
 * {@link ApiRequest#maxJobTime} has passed since the job was accepted: the API would no longer have the answer.
 */
final class RemoteJobs<Q extends ApiRequest> {

    private final Lane<Q> lane;
    private final OpenItems<Q> items;
    private final CallsInFlight<Q> callsInFlight;
    private final AcceptedJobs accepted;
    private final Endings<Q> endings;
    private final Sender<Q> sender;

    RemoteJobs(
            Lane<Q> lane,
            OpenItems<Q> items,
            CallsInFlight<Q> callsInFlight,
            AcceptedJobs accepted,
            Endings<Q> endings,
            Sender<Q> sender) {
        this.lane = lane;
        this.items = items;
        this.callsInFlight = callsInFlight;
        this.accepted = accepted;
        this.endings = endings;
        this.sender = sender;
    }

    /**
     * Continues a submission that an earlier incarnation of the task made in this process and could not journal. False
     * without any effect if there was none.
     */
    boolean takeUp(Item<Q> item, JournalEntry entry) {
        JournalEntry.Job job = accepted.of(item.key(), entry);
        if (job == null) {
            return false;
        }
        items.put(item, entry.withJob(job));
        sender.commit();
        lane.remote(item, null, sender.now());
        return true;
    }

    /**
     * The API has accepted an attempt, still works on it, or its state is unknown. Returns the item's final outcome if
     * the job is given up; null otherwise.
     */
    @Nullable
    CallOutcome accepted(CallInFlight<Q> exchange, Accepted accepted) {
        Item<Q> item = exchange.item();
        Attempt<Q> attempt = exchange.attempt();
        Q request = attempt.request();
        RemoteJob job = accepted.job();
        FollowedJob<Q> followed = exchange.job();
        if (followed == null) {
            JournalEntry.Job named = job(job);
            items.put(item, Journal.withSpan(items.get(item).withJob(named), attempt.headers()));
            sender.commit();
            followed = new FollowedJob<>(
                    named, callsInFlight.forPolling(attempt), job.acceptedAt().toEpochMilli());
        }
        if (accepted.unanswered() == null) {
            followed.stillWorks(sender.now());
        } else {
            followed.isNotKnown();
        }
        long left = Math.min(
                followed.millisLeft(request.totalWait().toMillis()),
                job.acceptedAt().plus(request.maxJobTime()).toEpochMilli() - sender.now());
        if (left <= 0) {
            callsInFlight.cancel(request, job);
            return new CallOutcome.Failed(tooLate(request, accepted.unanswered()), null, job.requestId(), true);
        }
        lane.remote(item, followed, sender.now() + Math.min(job.pollAfter().toMillis(), left));
        return null;
    }

    static JournalEntry.Job job(RemoteJob job) {
        return new JournalEntry.Job(job.id(), job.acceptedAt(), job.requestId());
    }

    /** A job in the form that the client polls. */
    static RemoteJob toPoll(JournalEntry.Job job) {
        return new RemoteJob(job.id(), job.acceptedAt(), Duration.ZERO, job.requestId());
    }

    private static CallError tooLate(ApiRequest request, @Nullable CallError unanswered) {
        String again = " Its request_id is in this result. A new submission is billed again";
        return new CallError(
                unanswered == null
                        ? "The API accepted the job and was still at work on it after " + request.totalWaitNames()
                                + " (" + request.totalWait().toSeconds() + " s): allow more." + again
                        : "The API accepted the job, but gave no answer within "
                                + request.maxJobTime().toSeconds() + " s. Last error: " + unanswered.message() + "."
                                + again,
                "timeout",
                "total_wait",
                null,
                true,
                unanswered == null ? null : unanswered.httpStatus());
    }

    /** Polls the jobs that are due. */
    void pollDue() {
        for (Item<Q> item = nextDue(); item != null; item = nextDue()) {
            Item<Q> due = item;
            endings.about(due, () -> poll(due));
        }
    }

    private @Nullable Item<Q> nextDue() {
        return lane.nextPoll(sender.now());
    }

    private void poll(Item<Q> item) {
        FollowedJob<Q> known = ((Item.Chosen<Q>) item.state()).job();
        if (known != null && known.attempt() != null) {
            poll(item, known, known.attempt());
            return;
        }
        JournalEntry entry = items.get(item);
        Attempt<Q> attempt = items.attempt(item, entry);
        JournalEntry.Job job = entry.remoteJob();
        if (attempt == null || job == null) {
            endings.finishUnreadable(item, entry);
            return;
        }
        // For a job from the journal, it is unknown how long the API was seen working.
        poll(item, known == null ? new FollowedJob<>(job, callsInFlight.forPolling(attempt), 0) : known, attempt);
    }

    private void poll(Item<Q> item, FollowedJob<Q> followed, Attempt<Q> attempt) {
        // The poll interval depends on the time so far, so it need not be journaled.
        Duration pace = Duration.between(followed.job().acceptedAt(), Instant.ofEpochMilli(sender.now()))
                .dividedBy(4);
        RemoteJob job = toPoll(followed.job()).after(pace.isNegative() ? Duration.ZERO : pace);
        callsInFlight.poll(item, attempt, followed, job);
    }
}
