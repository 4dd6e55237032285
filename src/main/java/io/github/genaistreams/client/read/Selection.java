package io.github.genaistreams.client.read;

import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The results of a batch that a reader returns, and the end of the reader.
 *
 * @param inOrder in index order, or as they complete
 * @param follow  until the batch is over, or only what exists now
 * @param from    where to continue; empty for the start of the batch
 * @param wanted  which records of the batch
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

    /** Without the results that were taken before. */
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

    /** For a reader that only needs to know what failed: large answers are not fetched. */
    public Selection withoutAnswers() {
        return new Selection(inOrder, follow, from, wanted, limit, false);
    }
}
