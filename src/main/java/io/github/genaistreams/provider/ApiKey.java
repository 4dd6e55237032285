package io.github.genaistreams.provider;

/** Where the key of a credential comes from. Thread-safe; asked for every call, so that a key can change while calls go on. */
@FunctionalInterface
public interface ApiKey {

    /**
     * The key to use now.
     *
     * @throws IllegalStateException if there is none; the message names the place, never the key
     */
    Secret current();

    /** A key that never changes. */
    static ApiKey of(Secret key) {
        return () -> key;
    }
}
