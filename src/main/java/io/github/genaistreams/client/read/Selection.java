package io.github.genaistreams.client.read;

import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Which results of a batch a reader returns, in which order, and when it ends.
 *
 * @param inOrder whether in index order; otherwise as they complete
 * @param follow  whether to read until the batch is over; otherwise only what exists now
 * @param from    where to continue; empty for the start of the batch
 * @param wanted  selects records of the batch
 * @param limit   maximum number of records
 * @param answers whether answers in the document store are fetched
 */
public record Selection(
        boolean inOrder,
        boolean follow,
        Optional<ReadPosition> from,
        Predicate<ConsumerRecord<byte[], byte[]>> wanted,
        int limit,
        boolean answers) {

    /** All results, until the batch is over. */
    public static Selection follow(boolean inOrder) {
        return new Selection(inOrder, true, Optional.empty(), record -> true, Integer.MAX_VALUE, true);
    }

    /** The results that exist now, in index order. */
    public static Selection snapshot() {
        return new Selection(true, false, Optional.empty(), record -> true, Integer.MAX_VALUE, true);
    }

    /** The same without the results before this position. */
    public Selection from(ReadPosition position) {
        return new Selection(inOrder, follow, Optional.of(position), wanted, limit, answers);
    }

    /** The results from an offset on. */
    public Selection from(long offset) {
        return from(ReadPosition.at(offset));
    }

    public Selection only(int number, Predicate<ConsumerRecord<byte[], byte[]>> which) {
        return new Selection(inOrder, follow, from, which, number, answers);
    }

    /** The same without fetching large answers, for a reader that only needs to know which items failed. */
    public Selection withoutAnswers() {
        return new Selection(inOrder, follow, from, wanted, limit, false);
    }
}
