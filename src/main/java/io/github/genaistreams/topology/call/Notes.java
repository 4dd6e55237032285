package io.github.genaistreams.topology.call;

import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.JournalEntry.State;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Journal entries for items whose requests are on their topic. They hold what neither the record nor the bitmap of
 * started calls says.
 */
final class Notes {

    private Notes() {}

    /** The note for an item in this state; null if none is needed. */
    static @Nullable JournalEntry of(JournalEntry entry) {
        boolean hasSpan = hasSpan(entry);
        boolean isRetry = entry.attempt() > 1 || entry.notBefore().isAfter(Instant.EPOCH);
        if (entry.remoteJob() == null && !hasSpan && isRetry) {
            // The same note as when the item left for the retry topic, so it need not be written again.
            return Journal.away(entry.attempt(), entry.notBefore(), entry.submittedAt(), entry.earlier());
        }
        if (entry.remoteJob() == null && !hasSpan && entry.earlier() == null) {
            return null;
        }
        return new JournalEntry(
                State.OPEN,
                entry.attempt(),
                entry.notBefore(),
                entry.submittedAt(),
                null,
                hasSpan ? entry.headers() : List.of(),
                Journal.NOTHING,
                entry.remoteJob(),
                entry.earlier());
    }

    private static boolean hasSpan(JournalEntry entry) {
        return Journal.has(WireHeaders.ATTEMPT, entry);
    }

    /**
     * The state of an item.
     *
     * @param entry     the state that follows from its record alone
     * @param note      null if none is needed
     * @param isStarted whether a call was started
     */
    static JournalEntry merge(JournalEntry entry, @Nullable JournalEntry note, boolean isStarted) {
        State state = isStarted ? State.STARTED : State.OPEN;
        return note == null
                ? new JournalEntry(
                        state,
                        entry.attempt(),
                        entry.notBefore(),
                        entry.submittedAt(),
                        entry.lastError(),
                        entry.headers(),
                        entry.request(),
                        null,
                        null)
                : new JournalEntry(
                        state,
                        note.attempt(),
                        note.notBefore(),
                        note.submittedAt(),
                        entry.lastError(),
                        note.headers().isEmpty() ? entry.headers() : note.headers(),
                        entry.request(),
                        note.remoteJob(),
                        note.earlier());
    }
}
