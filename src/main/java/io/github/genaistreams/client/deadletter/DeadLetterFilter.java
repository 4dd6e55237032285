package io.github.genaistreams.client.deadletter;

import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Selects dead letters. A component that is null or empty selects all.
 *
 * @param ids      letters with one of these IDs
 * @param topic    letters from this topic
 * @param reason   letters whose reason contains this text, ignoring case
 * @param since    letters that were moved to the dead letter topic at this time or later
 * @param until    letters that were moved to the dead letter topic before this time
 * @param replayed whether replayed letters are selected, too
 */
public record DeadLetterFilter(
        Set<DeadLetter.Id> ids,
        @Nullable String topic,
        @Nullable String reason,
        @Nullable Instant since,
        @Nullable Instant until,
        boolean replayed)
        implements Predicate<DeadLetter> {

    /** All letters that were not replayed. */
    public static final DeadLetterFilter OPEN = new DeadLetterFilter(Set.of(), null, null, null, null, false);

    public DeadLetterFilter {
        ids = ids == null ? Set.of() : Set.copyOf(ids);
    }

    @Override
    public boolean test(DeadLetter letter) {
        return (ids.isEmpty() || ids.contains(letter.id()))
                && (topic == null || topic.equals(letter.topic()))
                && (reason == null
                        || letter.reason().toLowerCase(Locale.ROOT).contains(reason.toLowerCase(Locale.ROOT)))
                && (since == null || !letter.movedAt().isBefore(since))
                && (until == null || letter.movedAt().isBefore(until))
                && (replayed || !letter.replayed());
    }
}
