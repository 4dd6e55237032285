package io.github.genaistreams.client.deadletter;

import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which dead letters are meant; what is null or empty says nothing.
 *
 * @param ids    one of these
 * @param topic  from this topic
 * @param reason with a reason that has this in it, in whatever case
 * @param since  given up at this time or later
 * @param until  given up before this time
 * @param replayed whether those that were replayed before are meant, too
 */
public record DeadLetterFilter(
        Set<DeadLetter.Id> ids, String topic, String reason, Instant since, Instant until, boolean replayed)
        implements Predicate<DeadLetter> {

    /** All that were not replayed. */
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
                && (since == null || !letter.died().isBefore(since))
                && (until == null || letter.died().isBefore(until))
                && (replayed || !letter.replayed());
    }
}
