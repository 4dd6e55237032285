package io.github.genaistreams.provider;

/**
 * The source of a credential's key. Thread-safe; read for every call, so that a key can change while calls continue.
 */
@FunctionalInterface
public interface ApiKey {

    /**
     * The present key.
     *
     * @throws IllegalStateException if there is none; the message names the source, never the key
     */
    Secret current();

    /** A key that never changes. */
    static ApiKey of(Secret key) {
        return () -> key;
    }
}
