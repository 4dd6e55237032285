package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far a batch is: what the batch topic holds for it.
 *
 * @param batchId       the batch
 * @param api           the API of its first result
 * @param state         where it stands
 * @param total         how many items it has, or null while no record has said
 * @param succeeded     items whose latest result is a success
 * @param failed        items whose latest result is a failure
 * @param failures      the failed ones by the code of their error
 * @param duplicates    results that came again for an item, and were not counted
 * @param replaced      results that took the place of an earlier one, since their item was explicitly submitted again
 * @param attempts      calls made, also for results that were replaced
 * @param pages         pages of documents, likewise
 * @param usage         tokens used, likewise
 * @param cost          what all of it cost in USD, exact, as far as it is known
 * @param costMicros    the same in millionths of a US dollar, rounded once
 * @param costUnknown   results whose cost is unknown
 * @param possibleDuplicates results of which an attempt was repeated that the API may have done, and billed, already; 0 in a
 *                      status of a version that did not count them
 * @param repeats       requests that came again, while their item was in work or lately answered, and were dropped
 * @param deadLetters   records of it that went to the dead letters, since nobody can tell which items they are
 * @param deadLetterReason why the first of them did, or null
 * @param incomplete    whether what is missing is in the dead letters, as it seems: nothing has come for a while, and nothing more
 *                      will unless it is sent again
 * @param stopped       {@code cancelled} or {@code budget_exceeded} if the batch was stopped, else null
 * @param submittedAt   earliest time stamp of a request that has a result; of a batch without one, as the two that follow, when
 *                      there was something else to say of it
 * @param firstResultAt when the first outcome was known
 * @param lastResultAt  when the latest one was
 * @param completedAt   when the last item had its first result, or null
 */
public record BatchStatus(
        String batchId,
        String api,
        State state,
        Integer total,
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
        String deadLetterReason,
        Boolean incomplete,
        String stopped,
        Instant submittedAt,
        Instant firstResultAt,
        Instant lastResultAt,
        Instant completedAt) {

    /** Where a batch stands; constants in the order of the schema's symbols. */
    public enum State {
        /** Results are missing, or nobody has said how many there will be. */
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

    /** Items that have a result. */
    @JsonIgnore
    public int received() {
        return succeeded + failed;
    }

    /** Whether every item has a result. */
    @JsonIgnore
    public boolean isComplete() {
        return state != State.RUNNING;
    }

    /** Whether there is nothing more to wait for: it is complete, or what is missing is in the dead letters. */
    @JsonIgnore
    public boolean isOver() {
        return isComplete() || incomplete;
    }
}
