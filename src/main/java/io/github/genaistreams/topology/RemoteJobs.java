package io.github.genaistreams.topology;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.wire.JournalEntry;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The jobs that a task's calls have left with the API, which works on them by itself. Their names are journaled, and that is
 * committed, before they are first asked after: whoever owns the partition then goes on asking and never submits again. Part of
 * one incarnation of a task, on its stream thread.
 *
 * <p>A job is given up in one of two cases. The API has said for {@link ApiRequest#totalWait} that it still works: only time
 * between two answers that say so counts, since a job is not slow because nobody could ask. Or {@link ApiRequest#longestWait} has
 * passed since its acceptance: an answer would not be there any more.
 */
final class RemoteJobs<Q extends ApiRequest> {

    /** Until a job is asked after again, if the question could not even be asked. */
    private static final Duration NOT_ASKED = Duration.ofSeconds(10);

    private final CallTask<Q> task;
    private final Exchanges<Q> exchanges;
    private final Map<ItemKey, Followed<Q>> followed = new HashMap<>();

    /** A job that is asked after. */
    private static final class Followed<Q extends ApiRequest> {

        private final JournalEntry.Job job;

        /** What is needed to ask; null if that is the whole request, which may be large and is in the journal. */
        private final Attempt<Q> attempt;

        /** For how long the API is known to have worked on it. */
        private long workedMillis;

        /** When it was last known to, in epoch milliseconds; 0 if the last question had no answer, or there was none. */
        private long lastKnown;

        Followed(JournalEntry.Job job, Attempt<Q> attempt, long lastKnown) {
            this.job = job;
            this.attempt = attempt;
            this.lastKnown = lastKnown;
        }

        void stillWorks(long now) {
            workedMillis += lastKnown == 0 ? 0 : Math.max(0, now - lastKnown);
            lastKnown = now;
        }
    }

    RemoteJobs(CallTask<Q> task, Exchanges<Q> exchanges) {
        this.task = task;
        this.exchanges = exchanges;
    }

    /** A submission that an earlier incarnation of the task made in this process, and could not journal, goes on here. */
    void takeUp(ItemKey key, JournalEntry entry, JournalEntry.Job job) {
        task.items().put(key, entry.withJob(job));
        task.context().commit();
        task.lane().remote(key, task.now());
    }

    /** The API has taken an attempt on, or works on it still, or nobody knows. Returns the item's last outcome if it is given up. */
    Optional<CallOutcome> accepted(Attempt<Q> attempt, Accepted accepted) {
        Q request = attempt.request();
        ItemKey key = request.key();
        RemoteJob job = accepted.job();
        if (!attempt.accepted()) {
            JournalEntry.Job named = job(job);
            task.items().put(key, Journal.withSpan(task.items().get(key).withJob(named), attempt.headers()));
            task.context().commit();
            followed.put(key, follow(named, attempt, job.acceptedAt().toEpochMilli()));
        }
        Followed<Q> it = followed.get(key);
        if (accepted.unanswered() == null) {
            it.stillWorks(task.now());
        } else {
            it.lastKnown = 0;
        }
        long mostLeft = it.lastKnown == 0 ? Long.MAX_VALUE : request.totalWait().toMillis() - it.workedMillis;
        long left =
                Math.min(mostLeft, job.acceptedAt().plus(request.longestWait()).toEpochMilli() - task.now());
        if (left <= 0) {
            task.api().client().cancel(request, job, task.partition());
            return Optional.of(
                    new CallOutcome.Failed(tooLate(request, accepted.unanswered()), null, job.requestId(), true));
        }
        task.lane().remote(key, task.now() + Math.min(job.pollAfter().toMillis(), left));
        return Optional.empty();
    }

    static JournalEntry.Job job(RemoteJob job) {
        return new JournalEntry.Job(job.id(), job.acceptedAt(), job.requestId());
    }

    /** A job as the client knows it, to be asked after at once. */
    static RemoteJob toAsk(JournalEntry.Job job) {
        return new RemoteJob(job.id(), job.acceptedAt(), Duration.ZERO, job.requestId());
    }

    private Followed<Q> follow(JournalEntry.Job job, Attempt<Q> attempt, long lastKnown) {
        return new Followed<>(
                job,
                task.api()
                        .client()
                        .forPolling(attempt.request())
                        .map(attempt::acceptedAs)
                        .orElse(null),
                lastKnown);
    }

    private static CallError tooLate(ApiRequest request, CallError unanswered) {
        String again = " Its request_id is in this result. To submit it again is paid again";
        return new CallError(
                unanswered == null
                        ? "The API accepted the job and was still at work on it after " + request.totalWaitNames()
                                + " (" + request.totalWait().toSeconds() + " s): allow more." + again
                        : "The API accepted the job, but no answer could be had within "
                                + request.longestWait().toSeconds() + " s. The last time: " + unanswered.message() + "."
                                + again,
                "timeout",
                "total_wait",
                null,
                true,
                unanswered == null ? null : unanswered.httpStatus());
    }

    /** Asks after the jobs whose time it is. */
    void askDue() {
        for (ItemKey key = nextDue(); key != null; key = nextDue()) {
            ItemKey due = key;
            task.about(due, () -> ask(due));
        }
    }

    private ItemKey nextDue() {
        return task.lane().nextPoll(task.now());
    }

    private void ask(ItemKey key) {
        Followed<Q> it = followed.get(key);
        if (it != null && it.attempt != null) {
            ask(it, it.attempt);
            return;
        }
        JournalEntry entry = task.items().get(key);
        Optional<Attempt<Q>> attempt = task.attempt(key, entry);
        if (attempt.isEmpty()) {
            task.finishUnreadable(key, entry);
            return;
        }
        // Of a job that was journaled before, nobody knows for how long the API was seen at work.
        Followed<Q> known = it != null ? it : follow(entry.remoteJob(), attempt.get(), 0);
        followed.put(key, known);
        ask(known, attempt.get());
    }

    private void ask(Followed<Q> it, Attempt<Q> attempt) {
        Instant acceptedAt = it.job.acceptedAt();
        // The pace follows from how long it has taken so far, so that it need not be journaled.
        Duration pace =
                Duration.between(acceptedAt, Instant.ofEpochMilli(task.now())).dividedBy(4);
        RemoteJob job = toAsk(it.job).after(pace.isNegative() ? Duration.ZERO : pace);
        ItemKey key = attempt.request().key();
        CallSpan span = task.traces().question(task.api(), attempt, job, task.partition());
        try (Scope ignored = span.makeCurrent()) {
            exchanges.started(
                    key,
                    task.api().client().poll(attempt.request(), job, attempt.number(), task.partition(), outcome -> {
                        exchanges.ended(
                                new Completion<>(attempt, outcome, Duration.between(acceptedAt, Instant.now())));
                        span.end(outcome);
                    }),
                    span);
        } catch (RuntimeException e) {
            CallError error = CallError.internal(
                    "The question could not be asked: " + e.getClass().getSimpleName());
            Accepted notAsked = new Accepted(job.after(NOT_ASKED), error);
            exchanges.ended(new Completion<>(attempt, notAsked, Duration.ZERO));
            span.end(notAsked);
        }
    }

    /** The item is not asked after any more. */
    void forget(ItemKey key) {
        followed.remove(key);
    }
}
