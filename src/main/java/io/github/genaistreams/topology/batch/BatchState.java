package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Spent;
import io.github.genaistreams.topology.batch.ResultTally.Occurrence;
import io.github.genaistreams.topology.batch.ResultTally.Taken;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The state of one batch: its results ({@link ResultTally}), its notes ({@link NoteTally}), why its calls have stopped
 * ({@link BatchStop}), how far it is in order ({@link ReleaseOrder}), and from all that, whether it is over. Not
 * thread-safe. Times are arguments, in epoch milliseconds.
 */
final class BatchState {

    final String batchId;
    final String api;
    final ResultTally results = new ResultTally();
    final NoteTally notes = new NoteTally();
    final BatchStop stop = new BatchStop();
    final ReleaseOrder order = new ReleaseOrder();

    /** The largest size that a record has stated; null if none has. */
    @Nullable
    Integer reportedSize;

    /** Whether the batch is over although items have no result, because nobody seems to submit them any more. */
    boolean endedEarly;

    boolean published;

    /** Null while the batch is not over. */
    @Nullable
    Long completedAt;

    /** A batch without any result. */
    BatchState(String batchId, String api) {
        this.batchId = batchId;
        this.api = api;
    }

    /** Adds a result, as {@link ResultTally#take} does. */
    Taken take(CallResult result, byte before, boolean again) {
        reportSize(result.batchSize());
        notes.take(result);
        Taken taken = results.take(result, before, again);
        published = false;
        if (taken.occurrence() == Occurrence.FIRST) {
            completeIfSo();
        }
        return taken;
    }

    /** Adds a note. */
    void take(BatchNote note, long now) {
        reportSize(note.batchSize());
        notes.take(note, now);
        published = false;
    }

    /** The status has changed. */
    void heard(long now) {
        notes.heardAt = now;
    }

    /** Whether no record of the batch is known to be a dead letter. */
    boolean hasNoDeadLetter() {
        return notes.deadLetters == 0;
    }

    /** Whether to check periodically if the batch will get more results. */
    boolean mayStayIncomplete() {
        return notes.deadLetters > 0 && !notes.incomplete && !isOver();
    }

    /**
     * Marks the batch as incomplete if there was no news for a while and its dead letters account for all missing items
     * (a dead letter whose item is unknown has no result). While the size is unknown, this is so only as long as the
     * batch has no result at all. With fewer dead letters, slow calls may still be in flight.
     *
     * @param silence time without news
     */
    void stayIncompleteIfSilent(long now, Duration silence) {
        Integer size = size();
        boolean isAllThatIsMissing =
                size == null ? results.received() == 0 : results.received() + notes.deadLetters >= size;
        if (mayStayIncomplete() && isAllThatIsMissing && now - notes.heardAt >= silence.toMillis()) {
            notes.incomplete = true;
            published = false;
        }
    }

    /** Applies all controls of the batch. */
    void take(BatchControl control, long now) {
        reportSize(control.batchSize());
        if (stop.take(control, now)) {
            stopChanged();
        }
        completeIfSo();
    }

    private void stopChanged() {
        published = false;
        if (stop.code == null && endedEarly) {
            endedEarly = false;
            completedAt = null;
        }
    }

    /** A bound is reached, and that is announced. */
    void budgetSpent(long now) {
        if (stop.budgetSpent(now)) {
            stopChanged();
        }
    }

    /**
     * Ends a cancelled batch without news. Its producer may have died before it submitted everything, or may never have
     * stated the size.
     *
     * @param silence time without news
     */
    void endIfSilent(long now, Duration silence) {
        long last = Math.max(results.lastAt, stop.since);
        if (stop.isCancelled() && !isOver() && now - last >= silence.toMillis()) {
            endedEarly = true;
            completedAt = results.isEmpty() ? notes.heardAt : results.lastAt;
            published = false;
        }
    }

    /** If records disagree, the largest size holds. No size is below the highest index. */
    private void reportSize(@Nullable Integer size) {
        if (size != null && size > 0 && (reportedSize == null || size > reportedSize)) {
            reportedSize = size;
            published = false;
        }
    }

    private void completeIfSo() {
        if (completedAt == null && isComplete()) {
            completedAt = results.lastAt;
            published = false;
        } else if (completedAt != null && !isComplete()) {
            // A later record states a larger size.
            completedAt = endedEarly ? completedAt : null;
        }
    }

    /** Number of items. Null while it is unknown. With the largest possible index, the largest int. */
    @Nullable
    Integer size() {
        return reportedSize == null
                ? null
                : Integer.valueOf((int) Math.min(Integer.MAX_VALUE, Math.max(reportedSize, results.highest + 1L)));
    }

    /** Number of items with a result. */
    int received() {
        return results.received();
    }

    /** Whether every item has a result. */
    boolean isComplete() {
        Integer size = size();
        return size != null && received() == size;
    }

    /** Whether the batch needs no more attention: every item has a result, or no more will come. */
    boolean isOver() {
        return isComplete() || endedEarly;
    }

    /** Whether the calls have reached a present bound that was not announced yet. */
    boolean isOverBudget() {
        return stop.isOverBudget(results.spent);
    }

    /** Whether the current status has been published. */
    boolean isPublished() {
        return published;
    }

    void published() {
        published = true;
    }

    String batchId() {
        return batchId;
    }

    /** Time of the last result or note, epoch milliseconds. */
    long lastHeardAt() {
        return Math.max(results.lastAt, notes.heardAt);
    }

    /** Whether the stop has prevented calls: a cancellation may come too late, or its items may be retried later. */
    private boolean wasCutShort() {
        return stop.code != null
                && (endedEarly
                        || results.failures.has(BatchControl.CANCELLED)
                        || results.failures.has(BatchControl.BUDGET_EXCEEDED));
    }

    /** The status as it is published. */
    BatchStatus status() {
        boolean hasResult = !results.isEmpty();
        Spent spent = results.spent;
        State state = !isOver() ? State.RUNNING : wasCutShort() ? State.CANCELLED : State.COMPLETED;
        return new BatchStatus(
                batchId,
                api,
                state,
                size(),
                results.succeeded,
                results.failed,
                results.failures.byCode(),
                results.duplicates,
                results.replaced,
                spent.attempts(),
                spent.pages(),
                spent.usage(),
                spent.cost().usd(),
                spent.cost().micros(),
                spent.cost().unpriced().values().stream()
                        .mapToLong(Long::longValue)
                        .sum(),
                spent.possibleDuplicates(),
                notes.repeats,
                notes.deadLetters,
                notes.deadLetterReason,
                notes.incomplete && !isOver(),
                stop.code,
                isOver() ? null : notes.waiting,
                Instant.ofEpochMilli(hasResult ? results.submittedAt : notes.firstAt),
                Instant.ofEpochMilli(hasResult ? results.firstAt : notes.firstAt),
                Instant.ofEpochMilli(hasResult ? results.lastAt : notes.heardAt),
                completedAt == null ? null : Instant.ofEpochMilli(completedAt));
    }
}
