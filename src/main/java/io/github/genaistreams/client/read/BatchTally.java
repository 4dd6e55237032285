package io.github.genaistreams.client.read;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Spent;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Counts the results of one batch, each index once, and detects when all have arrived.
 *
 * <p>The size may become known late. If records disagree, the largest size counts, and the size is never below the highest
 * index seen. So a reader may wait too long, but never ends before the last result. Thread-safe.
 */
public final class BatchTally {

    /** Its memory depends on the number of entries, not on the largest index, which may be any. */
    private final RoaringBitmap seen = new RoaringBitmap();

    private final RoaringBitmap successes = new RoaringBitmap();
    private @Nullable Integer reportedSize;
    private int succeeded;
    private int failed;
    private Spent spent = Spent.NOTHING;

    /** @param size number of items of the batch; null if unknown */
    public BatchTally(@Nullable Integer size) {
        reportedSize = size;
    }

    /** Counts the results that an earlier reader has taken, except their cost. */
    synchronized void resume(ReadPosition position) {
        seen.or(position.taken());
        successes.or(RoaringBitmap.andNot(position.taken(), position.failed()));
        succeeded = successes.getCardinality();
        failed = seen.getCardinality() - succeeded;
        reportSize(position.size());
    }

    /** Whether a result of this index was counted. */
    synchronized boolean has(int index) {
        return seen.contains(index);
    }

    /**
     * Counts one result.
     *
     * @return false if its index was counted before; nothing changes then
     */
    public synchronized boolean add(CallResult result) {
        if (!seen.checkedAdd(result.index())) {
            return false;
        }
        if (result.success()) {
            successes.add(result.index());
            succeeded++;
        } else {
            failed++;
        }
        paid(result);
        return true;
    }

    /**
     * Counts a result in place of an earlier one of its index, unless a failure would replace a success. The cost of
     * both is added up.
     */
    public synchronized void replace(CallResult result) {
        correct(result);
        paid(result);
    }

    /** As {@link #replace}, without counting the cost. */
    synchronized void correct(CallResult result) {
        if (result.success() && seen.contains(result.index()) && successes.checkedAdd(result.index())) {
            failed--;
            succeeded++;
        }
    }

    /** Counts only the cost of a result, since another one of its index counts as the result. */
    public synchronized void paid(CallResult result) {
        reportSize(result.batchSize());
        spent = spent.plus(result);
    }

    /** Counts a success as a failure, since its answer could not be read. */
    synchronized void unavailable() {
        succeeded--;
        failed++;
    }

    /** Notes a reported size. Null and an invalid size are ignored. */
    public synchronized void reportSize(@Nullable Integer size) {
        if (size != null && size > 0 && (reportedSize == null || size > reportedSize)) {
            reportedSize = size;
        }
    }

    /** The figures as of now. */
    public synchronized BatchProgress progress() {
        return new BatchProgress(
                size(),
                succeeded,
                failed,
                spent.attempts(),
                spent.pages(),
                spent.usage(),
                spent.cost(),
                spent.possibleDuplicates());
    }

    /** Whether every item has a result; false while the size is unknown. */
    public synchronized boolean done() {
        Integer size = size();
        return size != null && succeeded + failed == size;
    }

    /**
     * The indexes without a result, in ascending order. While the size is unknown, only those below the highest index
     * seen.
     */
    public synchronized List<IndexRange> missing() {
        return IndexRange.missing(seen, reportedSize == null ? end() : Math.max(reportedSize, end()));
    }

    /** One more than the highest index seen. */
    private long end() {
        return seen.isEmpty() ? 0 : seen.last() + 1L;
    }

    /** The size; the largest int if the batch has the largest possible index. */
    private @Nullable Integer size() {
        return reportedSize == null
                ? null
                : Integer.valueOf((int) Math.min(Integer.MAX_VALUE, Math.max(reportedSize, end())));
    }
}
