package io.github.genaistreams.topology.call;

import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.JournalEntry.State;
import io.github.genaistreams.wire.WireHeaders;
import java.util.List;

/** What is journaled of an item whose request is on its topic: what is not said there, nor by the bitmap of started calls. */
final class Notes {

    private Notes() {}

    /** That of an item that stands here; null if there is nothing to be said. */
    static JournalEntry of(JournalEntry entry) {
        boolean hasSpan = hasSpan(entry);
        if (entry.remoteJob() == null && !hasSpan && entry.attempt() > 1) {
            // The same as when it left for the retry topic, so that it need not be written again.
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
        for (JournalEntry.Header header : entry.headers()) {
            if (header.key().equals(WireHeaders.ATTEMPT)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Where an item stands.
     *
     * @param entry     as its record alone tells it
     * @param note      or null
     * @param isStarted whether a call was started
     */
    static JournalEntry merge(JournalEntry entry, JournalEntry note, boolean isStarted) {
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
