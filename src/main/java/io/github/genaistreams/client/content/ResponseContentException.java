package io.github.genaistreams.client.content;

import io.github.genaistreams.model.ItemKey;

/**
 * A response does not have the requested content. Names the item and the reason; quotes nothing that the model wrote.
 */
public final class ResponseContentException extends RuntimeException {

    private final ItemKey key;

    ResponseContentException(ItemKey key, String problem) {
        super("Result " + key + ": " + problem);
        this.key = key;
    }

    /** The item whose response it is. */
    public ItemKey key() {
        return key;
    }
}
