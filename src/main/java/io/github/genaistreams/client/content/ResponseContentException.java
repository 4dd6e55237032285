package io.github.genaistreams.client.content;

import io.github.genaistreams.model.ItemKey;

/** A response does not hold what was asked of it. Names the item and says why; quotes nothing that the model wrote. */
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
