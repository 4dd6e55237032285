package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Spent;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;

/**
 * The state of one batch. Results are added one by one, in any order. Each index counts once: with its first result, or
 * with a later one that was explicitly requested, unless a failure would replace a success. The costs of all results
 * are added up. Not thread-safe. Times are arguments, in epoch milliseconds.
 */
public final class BatchState {

    /** What a result means for its batch. */
    public enum Arrival {
        /** The first result of its index. */
        FIRST,
        /** A new result of an index that was explicitly submitted again. */
        REPLACEMENT,
        /** A further result of its index, which only adds to the cost. */
        DUPLICATE
    }

    /**
     * A result that was added.
     *
     * @param index the new value of its index in its chunk
     */
    public record Taken(Arrival arrival, byte index) {}

    final String batchId;
    final String api;
    Integer reportedSize;
    int highest = -1;
    int succeeded;
    int failed;
    FailureCodes failures = new FailureCodes();
    long duplicates;
    long replaced;
    Spent spent = Spent.NOTHING;
    final BatchStop stop = new BatchStop();
    /** Whether the batch is over although items have no result, since nobody seems to submit them any more. */
    boolean endedEarly;

    boolean ordered;
    int next;
    long held;
    boolean published;
    long submittedAt = Long.MAX_VALUE;
    long firstResultAt = Long.MAX_VALUE;
    long lastResultAt;
    Long completedAt;

    final NoteTally notes = new NoteTally();

    /** A batch without any result. */
    public BatchState(String batchId, String api) {
        this.batchId = batchId;
        this.api = api;
    }

    /**
     * Adds a result.
     *
     * @param before the present value of its index in its chunk
     * @param again  whether its item was explicitly submitted again, so that it replaces an earlier result
     */
    public Taken take(CallResult result, byte before, boolean again) {
        reportSize(result.batchSize());
        highest = Math.max(highest, result.index());
        addUp(result);
        published = false;
        notes.take(result);
        boolean isOther = before != IndexChunk.NONE;
        if (isOther && (!again || before == IndexChunk.SUCCEEDED && !result.success())) {
            duplicates++;
            return new Taken(Arrival.DUPLICATE, before);
        }
        if (before == IndexChunk.SUCCEEDED) {
            succeeded--;
        } else if (isOther) {
            failed--;
            failures.remove(before);
        }
        byte state;
        if (result.success()) {
            succeeded++;
            state = IndexChunk.SUCCEEDED;
        } else {
            failed++;
            state = failures.add(code(result.error()));
        }
        if (isOther) {
            replaced++;
            return new Taken(Arrival.REPLACEMENT, state);
        }
        completeIfSo();
        return new Taken(Arrival.FIRST, state);
    }

    private static String code(CallError error) {
        if (error == null) {
            return FailureCodes.OTHER;
        }
        return error.code() != null ? error.code() : error.type() != null ? error.type() : FailureCodes.OTHER;
    }

    private void addUp(CallResult result) {
        spent = spent.plus(result);
        submittedAt = Math.min(submittedAt, result.submittedAt().toEpochMilli());
        firstResultAt = Math.min(firstResultAt, result.completedAt().toEpochMilli());
        lastResultAt = Math.max(lastResultAt, result.completedAt().toEpochMilli());
    }

    /** Adds a note. */
    public void take(BatchNote note, long now) {
        reportSize(note.batchSize());
        notes.take(note, now);
        published = false;
    }

    /** The status has changed. */
    public void heard(long now) {
        notes.heardAt = now;
    }

    /** Whether no record of the batch is known to be a dead letter. */
    public boolean hasNoDeadLetter() {
        return notes.deadLetters == 0;
    }

    /** Whether to check periodically if the batch will get more results. */
    public boolean mayStayIncomplete() {
        return notes.deadLetters > 0 && !notes.incomplete && !isOver();
    }

    /**
     * Marks the batch as incomplete if there was no news for a while and its dead letters account for all missing items
     * (a dead letter whose item is unknown has no result). While the size is unknown, this is so only as long as the
     * batch has no result at all. With fewer dead letters, slow calls may still be in flight.
     *
     * @param silence time without news
     */
    public void stayIncompleteIfSilent(long now, Duration silence) {
        boolean isAllThatIsMissing = reportedSize == null ? received() == 0 : received() + notes.deadLetters >= size();
        if (mayStayIncomplete() && isAllThatIsMissing && now - notes.heardAt >= silence.toMillis()) {
            notes.incomplete = true;
            published = false;
        }
    }

    /** Applies all controls of the batch. */
    public void take(BatchControl control, long now) {
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
    public void budgetSpent(long now) {
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
    public void endIfSilent(long now, Duration silence) {
        long last = Math.max(lastResultAt, stop.since);
        if (stop.isCancelled() && !isOver() && now - last >= silence.toMillis()) {
            endedEarly = true;
            completedAt = lastNewsAt();
            published = false;
        }
    }

    /** If records disagree, the largest size holds. No size is below the highest index. */
    private void reportSize(Integer size) {
        if (size != null && size > 0 && (reportedSize == null || size > reportedSize)) {
            reportedSize = size;
            published = false;
        }
    }

    private void completeIfSo() {
        if (completedAt == null && isComplete()) {
            completedAt = lastResultAt;
            published = false;
        } else if (completedAt != null && !isComplete()) {
            // A later record states a larger size.
            completedAt = endedEarly ? completedAt : null;
        }
    }

    /** Number of items, or null while it is unknown. With the largest possible index, the largest int. */
    public Integer size() {
        return reportedSize == null
                ? null
                : Integer.valueOf((int) Math.min(Integer.MAX_VALUE, Math.max(reportedSize, highest + 1L)));
    }

    /** Number of items with a result. */
    public int received() {
        return succeeded + failed;
    }

    /** Whether every item has a result. */
    public boolean isComplete() {
        return reportedSize != null && received() == size();
    }

    /** Whether the batch needs no more attention: every item has a result, or no more will come. */
    public boolean isOver() {
        return isComplete() || endedEarly;
    }

    /** Whether the calls have reached a present bound that was not announced yet. */
    public boolean isOverBudget() {
        return stop.isOverBudget(spent);
    }

    /** Bound on the cost of its calls, or null. */
    public BigDecimal maxCostUsd() {
        return stop.maxCostUsd;
    }

    /** Bound on the tokens of its calls, or null. */
    public Long maxTotalTokens() {
        return stop.maxTotalTokens;
    }

    /** The lowest index that was not released in order. */
    public int next() {
        return next;
    }

    /** The next index in order was released. */
    public void released() {
        next++;
    }

    /** Number of results that wait for a lower index. */
    public long held() {
        return held;
    }

    /** Changes the number of waiting results. */
    public void held(long more) {
        held += more;
    }

    /** Whether results are published in index order. */
    public boolean isOrdered() {
        return ordered;
    }

    /** From now on, results are published in index order. */
    public void order() {
        ordered = true;
    }

    /** Whether the current status has been published. */
    public boolean isPublished() {
        return published;
    }

    public void published() {
        published = true;
    }

    public String batchId() {
        return batchId;
    }

    /** Time of the last result or note, epoch milliseconds. */
    public long lastHeardAt() {
        return Math.max(lastResultAt, notes.heardAt);
    }

    /** Time of the last news, epoch milliseconds. */
    public long lastNewsAt() {
        return lastResultAt > 0 ? lastResultAt : notes.heardAt;
    }

    /** Whether the stop has prevented calls: a cancellation may come too late, or its items may be retried later. */
    private boolean wasCutShort() {
        return stop.code != null
                && (endedEarly || failures.has(BatchControl.CANCELLED) || failures.has(BatchControl.BUDGET_EXCEEDED));
    }

    /** The status as it is published. */
    public BatchStatus status() {
        boolean hasResult = lastResultAt > 0;
        State state = !isOver() ? State.RUNNING : wasCutShort() ? State.CANCELLED : State.COMPLETED;
        return new BatchStatus(
                batchId,
                api,
                state,
                size(),
                succeeded,
                failed,
                failures.byCode(),
                duplicates,
                replaced,
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
                Instant.ofEpochMilli(hasResult ? submittedAt : notes.firstAt),
                Instant.ofEpochMilli(hasResult ? firstResultAt : notes.firstAt),
                Instant.ofEpochMilli(hasResult ? lastResultAt : notes.heardAt),
                completedAt == null ? null : Instant.ofEpochMilli(completedAt));
    }
}
