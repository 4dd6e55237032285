package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.JournalEntry;
import org.jspecify.annotations.Nullable;

/** A job at the API, and what is known about it. For the stream thread that owns the task. */
final class FollowedJob<Q extends ApiRequest> {

    private final JournalEntry.Job job;

    /** The part of the request that a poll needs; null if it is all of it, which is in memory or in the journal anyway. */
    private final @Nullable Attempt<Q> attempt;

    /** How long the API has certainly worked on the job. */
    private long workedMillis;

    /**
     * When the API last confirmed that it works on the job, epoch milliseconds; 0 if the last poll had no answer, or if
     * there was no poll.
     */
    private long lastKnown;

    FollowedJob(JournalEntry.Job job, @Nullable Attempt<Q> attempt, long lastKnown) {
        this.job = job;
        this.attempt = attempt;
        this.lastKnown = lastKnown;
    }

    JournalEntry.Job job() {
        return job;
    }

    @Nullable
    Attempt<Q> attempt() {
        return attempt;
    }

    /** The API has confirmed that it still works on the job. */
    void stillWorks(long now) {
        workedMillis += lastKnown == 0 ? 0 : Math.max(0, now - lastKnown);
        lastKnown = now;
    }

    /** A poll had no answer. */
    void isNotKnown() {
        lastKnown = 0;
    }

    /**
     * How much longer the API may work on the job, if {@code limit} is the limit. No limit while the state is unknown.
     */
    long millisLeft(long limit) {
        return lastKnown == 0 ? Long.MAX_VALUE : limit - workedMillis;
    }
}
