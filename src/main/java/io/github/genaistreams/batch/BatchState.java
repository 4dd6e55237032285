package io.github.genaistreams.batch;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Usage;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * What is known of one batch. Results are taken in one by one, in any order; each index counts once, by its latest result. What
 * was paid is added up for all of them. Not thread-safe.
 */
public final class BatchState {

    /** What a result is for its batch. */
    public enum Arrival {
        /** The first of its index. */
        FIRST,
        /** Another one of an index that was explicitly submitted again. */
        REPLACEMENT,
        /** Another one of its index. */
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
    long attempts;
    long pages;
    Usage usage = Usage.NONE;
    CostTotal cost = CostTotal.NONE;
    String stopped;
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
        if (before != IndexChunk.NONE && !again) {
            duplicates++;
            published = false;
            return new Taken(Arrival.DUPLICATE, before);
        }
        if (before == IndexChunk.SUCCEEDED) {
            succeeded--;
        } else if (before != IndexChunk.NONE) {
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
        addUp(result);
        published = false;
        if (before != IndexChunk.NONE) {
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
        attempts += result.attempts();
        if (result.pageCount() != null) {
            pages += result.pageCount();
        }
        if (result.usage() != null) {
            usage = usage.plus(result.usage());
        }
        cost = cost.plus(Cost.of(result.cost(), result.costUnknownReason()));
        submittedAt = Math.min(submittedAt, result.submittedAt().toEpochMilli());
        firstResultAt = Math.min(firstResultAt, result.completedAt().toEpochMilli());
        lastResultAt = Math.max(lastResultAt, result.completedAt().toEpochMilli());
    }

    /** Takes in what is to hold for the batch; nothing that was said before is taken back. */
    public void take(BatchControl control) {
        reportSize(control.batchSize());
        maxCostUsd = control.maxCostUsd() == null ? maxCostUsd : control.maxCostUsd();
        maxTotalTokens = control.maxTotalTokens() == null ? maxTotalTokens : control.maxTotalTokens();
        if (stopped == null && control.stopped().isPresent()) {
            stopped = control.stopped().get();
            published = false;
        }
        completeIfSo();
    }

    /** Should records disagree, the largest size holds, and none is below the highest index. */
    private void reportSize(Integer size) {
        if (size != null && (reportedSize == null || size > reportedSize)) {
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
            completedAt = null;
        }
    }

    /** How many items it has, or null while nobody has said. */
    public Integer size() {
        return reportedSize == null ? null : Integer.valueOf(Math.max(reportedSize, highest + 1));
    }

    /** Whether every item has a result. */
    public boolean isComplete() {
        return reportedSize != null && succeeded + failed == size();
    }

    /** Whether its calls have reached one of its bounds, and nobody has stopped it so far. */
    public boolean isOverBudget() {
        return stopped == null
                && (maxTotalTokens != null && usage.totalTokens() >= maxTotalTokens
                        || maxCostUsd != null && cost.usd().compareTo(maxCostUsd) >= 0);
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
    public long lastResultAt() {
        return lastResultAt;
    }

    /** As it is published. */
    public BatchStatus status() {
        State state = !isComplete() ? State.RUNNING : stopped == null ? State.COMPLETED : State.CANCELLED;
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
                attempts,
                pages,
                usage,
                cost.usd(),
                cost.micros(),
                cost.unpriced().values().stream().mapToLong(Long::longValue).sum(),
                stopped,
                Instant.ofEpochMilli(submittedAt),
                Instant.ofEpochMilli(firstResultAt),
                Instant.ofEpochMilli(lastResultAt),
                completedAt == null ? null : Instant.ofEpochMilli(completedAt));
    }
}
