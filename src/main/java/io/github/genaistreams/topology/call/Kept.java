package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.JournalEntry;

/**
 * What is kept of an item whose record is on its topic.
 *
 * @param origin    place of that record
 * @param timestamp of that record
 * @param entry     the item's state, without its request; null if the record has not been read again yet
 * @param request   null if the record has not been read again yet
 * @param bytes     memory that the request takes of the room
 * @param note      its note in the journal, or null
 * @param isStarted whether a call was started, while {@code entry} is null
 */
record Kept<Q extends ApiRequest>(
        Origin origin, long timestamp, JournalEntry entry, Q request, int bytes, JournalEntry note, boolean isStarted) {

    Kept<Q> with(JournalEntry entry, JournalEntry note) {
        return new Kept<>(origin, timestamp, entry, request, bytes, note, isStarted);
    }
}
