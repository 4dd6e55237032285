package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.JournalEntry;
import org.jspecify.annotations.Nullable;

/** What a task keeps of an item whose record is on its topic. */
sealed interface Kept<Q extends ApiRequest> {

    /** The place of that record. */
    Origin origin();

    /** Its note in the journal; null if it needs none. */
    @Nullable
    JournalEntry note();

    /** Memory that the request takes. */
    int bytes();

    /**
     * The record has not been read again yet.
     *
     * @param isStarted whether a call was started
     */
    record Unread<Q extends ApiRequest>(
            Item<Q> item, Origin origin, @Nullable JournalEntry note, boolean isStarted) implements Kept<Q> {
        @Override
        public int bytes() {
            return 0;
        }
    }

    /**
     * The record was read.
     *
     * @param timestamp time stamp of the record
     * @param entry     the item's state, without its request; null before it is first stored
     */
    record InMemory<Q extends ApiRequest>(
            Origin origin,
            long timestamp,
            @Nullable JournalEntry entry,
            Q request,
            int bytes,
            @Nullable JournalEntry note)
            implements Kept<Q> {

        InMemory<Q> with(JournalEntry entry, @Nullable JournalEntry note) {
            return new InMemory<>(origin, timestamp, entry, request, bytes, note);
        }
    }
}
