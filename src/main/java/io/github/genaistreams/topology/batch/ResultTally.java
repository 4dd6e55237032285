package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Spent;
import org.jspecify.annotations.Nullable;

/**
 * Adds up the results of one batch, in any order. Each index counts once: with its first result, or with a later one that
 * was explicitly requested, unless a failure would replace a success. The costs of all results are added up. Not
 * thread-safe. Times are in epoch milliseconds.
 */
final class ResultTally {

    /** What a result means for its batch. */
    enum Occurrence {
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
    record Taken(Occurrence occurrence, byte index) {}

    /** The highest index with a result; -1 if there is none. */
    int highest = -1;

    int succeeded;
    int failed;
    FailureCodes failures = new FailureCodes();
    long duplicates;
    long replaced;
    Spent spent = Spent.NOTHING;
    long submittedAt = Long.MAX_VALUE;
    long firstAt = Long.MAX_VALUE;

    /** Time of the latest result; 0 if there is none. */
    long lastAt;

    /**
     * Adds a result.
     *
     * @param before the present value of its index in its chunk
     * @param again  whether its item was explicitly submitted again, so that it replaces an earlier result
     */
    Taken take(CallResult result, byte before, boolean again) {
        highest = Math.max(highest, result.index());
        addUp(result);
        boolean isOther = before != IndexChunk.NONE;
        if (isOther && (!again || before == IndexChunk.SUCCEEDED && !result.success())) {
            duplicates++;
            return new Taken(Occurrence.DUPLICATE, before);
        }
        if (isOther) {
            remove(before);
            replaced++;
        }
        return new Taken(isOther ? Occurrence.REPLACEMENT : Occurrence.FIRST, count(result));
    }

    private void addUp(CallResult result) {
        spent = spent.plus(result);
        submittedAt = Math.min(submittedAt, result.submittedAt().toEpochMilli());
        firstAt = Math.min(firstAt, result.completedAt().toEpochMilli());
        lastAt = Math.max(lastAt, result.completedAt().toEpochMilli());
    }

    private void remove(byte index) {
        if (index == IndexChunk.SUCCEEDED) {
            succeeded--;
        } else {
            failed--;
            failures.remove(index);
        }
    }

    /** Returns the value of the result's index. */
    private byte count(CallResult result) {
        if (result.success()) {
            succeeded++;
            return IndexChunk.SUCCEEDED;
        }
        failed++;
        return failures.add(code(result.error()));
    }

    private static String code(@Nullable CallError error) {
        if (error == null) {
            return FailureCodes.OTHER;
        }
        return error.code() != null ? error.code() : error.type() != null ? error.type() : FailureCodes.OTHER;
    }

    /** Number of items with a result. */
    int received() {
        return succeeded + failed;
    }

    boolean isEmpty() {
        return lastAt == 0;
    }
}
