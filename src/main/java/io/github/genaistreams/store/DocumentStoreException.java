package io.github.genaistreams.store;

import org.jspecify.annotations.Nullable;

/** A document cannot be stored or read. The message says what to do. */
public final class DocumentStoreException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final boolean retriable;

    public DocumentStoreException(String message, boolean retriable, @Nullable Throwable cause) {
        super(message, cause);
        this.retriable = retriable;
    }

    /** Whether a retry may succeed: yes for a store that is full or unreachable, no for a missing document. */
    public boolean isRetriable() {
        return retriable;
    }
}
