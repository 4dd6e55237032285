package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a batch: its record on the batch topic.
 *
 * @param batchId       the batch
 * @param api           the API of its first result
 * @param state         its state
 * @param total         number of items; null while no record has stated it
 * @param succeeded     items whose latest result is a success
 * @param failed        items whose latest result is a failure
 * @param failures      number of failed items by error code
 * @param duplicates    further results of an item, which were not counted
 * @param replaced      results that replaced an earlier one, since their item was explicitly submitted again
 * @param attempts      calls made, including those for replaced results
 * @param pages         pages of documents, including those for replaced results
 * @param usage         tokens used, including those for replaced results
 * @param cost          total cost in USD, exact, as far as it is known
 * @param costMicros    the same in millionths of a US dollar, rounded once
 * @param costUnknown   results whose cost is unknown
 * @param possibleDuplicates results with a repeated attempt that the API may already have done and billed; 0 in a
 *     status of a version that did not count them
 * @param repeats       repeats of requests that were dropped, since their item was open or recently answered
 * @param deadLetters   its records that became dead letters, since their items are unknown
 * @param deadLetterReason why the first of them did; null if there is none
 * @param incomplete    whether the missing items seem to be dead letters: there was no news for a while, and no more
 *     results will come unless they are sent again
 * @param stopped       {@code cancelled} or {@code budget_exceeded} if the batch was stopped
 * @param waiting       why it makes no progress now; null while it does
 * @param submittedAt   earliest time stamp of a request with a result; without any result, this and the next two are
 *     the time of the first note
 * @param firstResultAt when the first outcome was known
 * @param lastResultAt  when the latest outcome was known
 * @param completedAt   when the last item had its first result; null before
 */
public record BatchStatus(
        String batchId,
        String api,
        State state,
        @Nullable Integer total,
        int succeeded,
        int failed,
        Map<String, Long> failures,
        long duplicates,
        long replaced,
        long attempts,
        long pages,
        Usage usage,
        BigDecimal cost,
        long costMicros,
        long costUnknown,
        Long possibleDuplicates,
        Long repeats,
        Long deadLetters,
        @Nullable String deadLetterReason,
        Boolean incomplete,
        @Nullable String stopped,
        @Nullable Waiting waiting,
        Instant submittedAt,
        Instant firstResultAt,
        Instant lastResultAt,
        @Nullable Instant completedAt) {

    /** State of a batch; constants in the order of the schema's symbols. */
    public enum State {
        /** Results are missing, or the size is unknown. */
        RUNNING,
        /** Every item has a result. */
        COMPLETED,
        /** It was stopped; every item has a result. */
        CANCELLED
    }

    public BatchStatus {
        repeats = repeats == null ? Long.valueOf(0) : repeats;
        deadLetters = deadLetters == null ? Long.valueOf(0) : deadLetters;
        incomplete = incomplete == null ? Boolean.FALSE : incomplete;
        possibleDuplicates = possibleDuplicates == null ? Long.valueOf(0) : possibleDuplicates;
        failures = failures == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(failures));
        cost = cost == null || !PicoUsd.isReasonable(cost) ? null : PicoUsd.plain(cost);
    }

    /** Number of items with a result. */
    @JsonIgnore
    public int received() {
        return succeeded + failed;
    }

    /** Whether every item has a result. */
    @JsonIgnore
    public boolean isComplete() {
        return state != State.RUNNING;
    }

    /** Whether there is nothing more to wait for: it is complete, or the missing items are dead letters. */
    @JsonIgnore
    public boolean isOver() {
        return isComplete() || incomplete;
    }
}
