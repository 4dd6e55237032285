package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The latest jobs that this process has submitted, whether or not the journal recorded them. An aborted transaction
 * takes the journal back to the time before the submission, but not the bill. Bounded; thread-safe.
 */
public final class AcceptedJobs {

    /** More than all lanes of a worker can have submitted since their last commit. */
    private static final int KEPT = 10_000;

    /** An attempt. The time of its request distinguishes it from an attempt of a later request with the same name. */
    private record Name(ItemKey key, Instant submittedAt, int attempt) {}

    private final Map<Name, JournalEntry.Job> jobs = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Name, JournalEntry.Job> eldest) {
            return size() > KEPT;
        }
    };

    /** The API has accepted an attempt. */
    synchronized void add(Attempt<?> attempt, JournalEntry.Job job) {
        jobs.put(new Name(attempt.request().key(), attempt.submittedAt(), attempt.number()), job);
    }

    /** The job of this entry's attempt, if this process submitted it and the API accepted it; null otherwise. */
    synchronized JournalEntry.@Nullable Job of(ItemKey key, JournalEntry entry) {
        return jobs.isEmpty() ? null : jobs.get(new Name(key, entry.submittedAt(), entry.attempt()));
    }
}
