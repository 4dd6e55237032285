package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * A piece of a streamed answer, for display. Only the {@link CallResult} is authoritative.
 *
 * @param batchId  the batch of the item
 * @param index    the item's index in it, from 0
 * @param attempt  number of the streaming attempt, from 1; each attempt starts the text again
 * @param sequence number of the stream's last event in this piece; increases within an attempt, with gaps
 * @param delta    text to append
 */
public record ResponseDelta(String batchId, int index, int attempt, long sequence, String delta) {

    @JsonIgnore
    public ItemKey key() {
        return new ItemKey(batchId, index);
    }
}
