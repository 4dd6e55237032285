package io.github.genaistreams.store;

/** A document cannot be kept or read; the message says what to do. */
public final class DocumentStoreException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final boolean retriable;

    public DocumentStoreException(String message, boolean retriable, Throwable cause) {
        super(message, cause);
        this.retriable = retriable;
    }

    /** Whether the same may succeed later: a store that is full or cannot be reached, not a document that is missing. */
    public boolean isRetriable() {
        return retriable;
    }
}
