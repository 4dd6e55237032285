package io.github.genaistreams.model;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * A piece of a streamed answer, for display while it comes. What counts is the {@link CallResult}.
 *
 * @param batchId  the batch of the item
 * @param index    the item's place in it, from 0
 * @param attempt  number of the attempt that streams, from 1; another attempt starts the text again
 * @param sequence number of the stream's event that this piece ends with; grows within an attempt, with gaps
 * @param delta    text to append
 */
public record ResponseDelta(String batchId, int index, int attempt, long sequence, String delta) {

    @JsonIgnore
    public ItemKey key() {
        return new ItemKey(batchId, index);
    }
}
