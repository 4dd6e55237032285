package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.JournalEntry;

/** A job that the API works on, and what is known of that. Used by the stream thread that owns the task. */
final class FollowedJob<Q extends ApiRequest> {

    private final JournalEntry.Job job;

    /** What is needed to ask; null if that is the whole request, which may be large and is in memory or in the journal. */
    private final Attempt<Q> attempt;

    /** For how long the API is known to have worked on it. */
    private long workedMillis;

    /** When it was last known to, in epoch milliseconds; 0 if the last question had no answer, or there was none. */
    private long lastKnown;

    FollowedJob(JournalEntry.Job job, Attempt<Q> attempt, long lastKnown) {
        this.job = job;
        this.attempt = attempt;
        this.lastKnown = lastKnown;
    }

    JournalEntry.Job job() {
        return job;
    }

    Attempt<Q> attempt() {
        return attempt;
    }

    /** The API says that it works on it still. */
    void stillWorks(long now) {
        workedMillis += lastKnown == 0 ? 0 : Math.max(0, now - lastKnown);
        lastKnown = now;
    }

    /** A question had no answer. */
    void isNotKnown() {
        lastKnown = 0;
    }

    /** For how long the API may be seen at work on it from now on, if that is {@code most} in all. No bound while nobody can tell. */
    long millisLeft(long most) {
        return lastKnown == 0 ? Long.MAX_VALUE : most - workedMillis;
    }
}
