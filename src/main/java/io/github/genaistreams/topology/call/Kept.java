package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.JournalEntry;

/**
 * What is kept of an item whose record its topic keeps.
 *
 * @param origin    of that record
 * @param timestamp of that record
 * @param entry     where the item stands, without its request; null if the record was not read again yet
 * @param request   null likewise
 * @param bytes     what the request takes of the room in memory
 * @param note      what the journal has of it, or null if nothing
 * @param isStarted whether a call was started, while {@code entry} is null
 */
record Kept<Q extends ApiRequest>(
        Origin origin, long timestamp, JournalEntry entry, Q request, int bytes, JournalEntry note, boolean isStarted) {

    Kept<Q> with(JournalEntry entry, JournalEntry note) {
        return new Kept<>(origin, timestamp, entry, request, bytes, note, isStarted);
    }
}
