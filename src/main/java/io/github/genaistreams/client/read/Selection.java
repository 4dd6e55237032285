package io.github.genaistreams.client.read;

import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Which results of a batch a reading gives, and when it ends.
 *
 * @param inOrder in index order, or as they completed
 * @param follow  until the batch is over, or only what is there now
 * @param from    where to go on; empty for where the batch starts
 * @param wanted  which of its records
 * @param limit   how many of them
 * @param answers whether answers that are in the document store are fetched from there
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

    /** The results that are there now, in index order. */
    public static Selection snapshot() {
        return new Selection(true, false, Optional.empty(), record -> true, Integer.MAX_VALUE, true);
    }

    /** Without what was taken before. */
    public Selection from(ReadPosition position) {
        return new Selection(inOrder, follow, Optional.of(position), wanted, limit, answers);
    }

    /** Those from an offset on. */
    public Selection from(long offset) {
        return from(ReadPosition.at(offset));
    }

    public Selection only(int number, Predicate<ConsumerRecord<byte[], byte[]>> which) {
        return new Selection(inOrder, follow, from, which, number, answers);
    }

    /** For a reader who wants to know what failed: hundreds of large answers are not fetched for that. */
    public Selection withoutAnswers() {
        return new Selection(inOrder, follow, from, wanted, limit, false);
    }
}
