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
import java.util.Objects;

/**
 * What is known of one batch. Results are taken in one by one, in any order; each index counts once: by its first result, or by
 * one that was explicitly asked for later, unless that would put a failure in place of a success. What was paid is added up for
 * all of them. Not thread-safe; times are arguments, in epoch milliseconds.
 */
public final class BatchState {

    /** What a result is for its batch. */
    public enum Arrival {
        /** The first of its index. */
        FIRST,
        /** Another one of an index that was explicitly submitted again. */
        REPLACEMENT,
        /** Another one of its index, which only adds to what was paid. */
        DUPLICATE
    }

    /**
     * A result that was taken in.
     *
     * @param index what its chunk is to say of its index from now on
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
    /** Why nothing more is called, as an error's code; null if calls go on. */
    String stopped;
    /** When that was seen first. */
    long stoppedAt;
    /** Whether one of the bounds it has now was reached, and that was said. */
    boolean budgetSpent;
    /** Whether it is over although items have no result: nobody submits them any more, as it seems. */
    boolean endedEarly;

    boolean ordered;
    int next;
    long held;
    BigDecimal maxCostUsd;
    Long maxTotalTokens;
    boolean published;
    long submittedAt = Long.MAX_VALUE;
    long firstResultAt = Long.MAX_VALUE;
    long lastResultAt;
    Long completedAt;

    long repeats;
    long deadLetters;
    /** Of the first; null without one. */
    String deadLetterReason;
    /** When there was something to say of it beside results for the first time. */
    long firstNoteAt = Long.MAX_VALUE;

    /** When anything was heard of it last, a result or something else, by the clock of who counts. */
    long heardAt;
    /** Whether what is missing is in the dead letters, as it seems. */
    boolean incomplete;

    /** A batch of which there is no result yet. */
    public BatchState(String batchId, String api) {
        this.batchId = batchId;
        this.api = api;
    }

    /**
     * Takes in a result.
     *
     * @param before what its chunk says of its index
     * @param again  whether its item was explicitly submitted again, so that it takes the place of an earlier result
     */
    public Taken take(CallResult result, byte before, boolean again) {
        reportSize(result.batchSize());
        highest = Math.max(highest, result.index());
        addUp(result);
        published = false;
        incomplete = false;
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

    /** Takes in what there is to say of it beside results. */
    public void take(BatchNote note, long now) {
        reportSize(note.batchSize());
        firstNoteAt = Math.min(firstNoteAt, now);
        heard(now);
        published = false;
        switch (note.kind()) {
            case REPEAT -> repeats++;
            case REPLAYED -> {
                deadLetters = Math.max(0, deadLetters - 1);
                incomplete = false;
            }
            case DEAD_LETTER -> {
                deadLetters++;
                deadLetterReason = deadLetterReason == null ? note.reason() : deadLetterReason;
                incomplete = false;
            }
        }
    }

    /** There is news of it. */
    public void heard(long now) {
        heardAt = now;
    }

    /** Whether none of its records is known to be a dead letter. */
    public boolean hasNoDeadLetter() {
        return deadLetters == 0;
    }

    /** Whether it is to be asked now and then whether anything more will come of it. */
    public boolean mayStayIncomplete() {
        return deadLetters > 0 && !incomplete && !isOver();
    }

    /**
     * Notes that nothing more will come, if nothing came for a while and the dead letters make up for all that is missing: a request
     * whose item cannot be told has no result. Of a batch whose size nobody has told, this is so as long as it has no result at all.
     * Fewer dead letters than that say nothing: slow calls may be in flight.
     *
     * @param silence for how long nothing came
     */
    public void stayIncompleteIfSilent(long now, Duration silence) {
        boolean isAllThatIsMissing = reportedSize == null ? received() == 0 : received() + deadLetters >= size();
        if (mayStayIncomplete() && isAllThatIsMissing && now - heardAt >= silence.toMillis()) {
            incomplete = true;
            published = false;
        }
    }

    /** Takes in all that is to hold for the batch. */
    public void take(BatchControl control, long now) {
        reportSize(control.batchSize());
        if (!Objects.equals(maxCostUsd, control.maxCostUsd())
                || !Objects.equals(maxTotalTokens, control.maxTotalTokens())) {
            maxCostUsd = control.maxCostUsd();
            maxTotalTokens = control.maxTotalTokens();
            budgetSpent = false;
        }
        stop(control.stopped().orElse(budgetSpent ? BatchControl.BUDGET_EXCEEDED : null), now);
        completeIfSo();
    }

    private void stop(String code, long now) {
        if (Objects.equals(code, stopped)) {
            return;
        }
        stoppedAt = stopped == null ? now : stoppedAt;
        stopped = code;
        published = false;
        if (code == null && endedEarly) {
            endedEarly = false;
            completedAt = null;
        }
    }

    /** One of its bounds is reached, and everybody is told so. */
    public void budgetSpent(long now) {
        budgetSpent = true;
        if (stopped == null) {
            stop(BatchControl.BUDGET_EXCEEDED, now);
        }
    }

    /**
     * Ends a batch that was cancelled, and of which nothing more comes: its producer may have died before it submitted everything,
     * or have never said how much there is.
     *
     * @param silence for how long nothing came
     */
    public void endIfSilent(long now, Duration silence) {
        long last = Math.max(lastResultAt, stoppedAt);
        if (BatchControl.CANCELLED.equals(stopped) && !isOver() && now - last >= silence.toMillis()) {
            endedEarly = true;
            completedAt = lastNewsAt();
            published = false;
        }
    }

    /** Should records disagree, the largest size holds, and none is below the highest index. */
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
            // Somebody said late that it is larger.
            completedAt = endedEarly ? completedAt : null;
        }
    }

    /** How many items it has, or null while nobody has said; with the largest index there can be, as many as an int counts. */
    public Integer size() {
        return reportedSize == null
                ? null
                : Integer.valueOf((int) Math.min(Integer.MAX_VALUE, Math.max(reportedSize, highest + 1L)));
    }

    /** Items that have a result. */
    public int received() {
        return succeeded + failed;
    }

    /** Whether every item has a result. */
    public boolean isComplete() {
        return reportedSize != null && received() == size();
    }

    /** Whether it needs no more attention: every item has a result, or none will come. */
    public boolean isOver() {
        return isComplete() || endedEarly;
    }

    /** Whether its calls have reached one of the bounds it has now, and that was not said yet. */
    public boolean isOverBudget() {
        return !budgetSpent
                && stopped == null
                && (maxTotalTokens != null && spent.usage().totalTokens() >= maxTotalTokens
                        || maxCostUsd != null && spent.cost().usd().compareTo(maxCostUsd) >= 0);
    }

    /** What its calls may cost, or null. */
    public BigDecimal maxCostUsd() {
        return maxCostUsd;
    }

    /** Tokens that its calls may use, or null. */
    public Long maxTotalTokens() {
        return maxTotalTokens;
    }

    /** The lowest index that was not released in order. */
    public int next() {
        return next;
    }

    /** The next index in order was released. */
    public void released() {
        next++;
    }

    /** Results that wait for a lower index. */
    public long held() {
        return held;
    }

    /** So many more, or fewer, wait now. */
    public void held(long more) {
        held += more;
    }

    /** Whether results are published in index order. */
    public boolean isOrdered() {
        return ordered;
    }

    /** Results are published in index order from now on. */
    public void order() {
        ordered = true;
    }

    /** Whether the status as it is now was published. */
    public boolean isPublished() {
        return published;
    }

    public void published() {
        published = true;
    }

    public String batchId() {
        return batchId;
    }

    /** When there was news of it last, epoch milliseconds. */
    public long lastNewsAt() {
        return lastResultAt > 0 ? lastResultAt : heardAt;
    }

    /** Whether items were not called since it was stopped: a cancellation may come too late, or be repaired later. */
    private boolean wasCutShort() {
        return stopped != null
                && (endedEarly || failures.has(BatchControl.CANCELLED) || failures.has(BatchControl.BUDGET_EXCEEDED));
    }

    /** As it is published. */
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
                repeats,
                deadLetters,
                deadLetterReason,
                incomplete && !isOver(),
                stopped,
                Instant.ofEpochMilli(hasResult ? submittedAt : firstNoteAt),
                Instant.ofEpochMilli(hasResult ? firstResultAt : firstNoteAt),
                Instant.ofEpochMilli(hasResult ? lastResultAt : heardAt),
                completedAt == null ? null : Instant.ofEpochMilli(completedAt));
    }
}
