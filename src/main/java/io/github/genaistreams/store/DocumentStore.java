package io.github.genaistreams.store;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Stores documents and large answers under the hash of their content: {@code sha256/} and 64 hexadecimal digits.
 * Thread-safe. Every method may wait for a disk or a network: do not call it on event loops or stream threads.
 */
public interface DocumentStore extends AutoCloseable {

    /** The form of a reference. A record may contain anything. */
    Pattern REFERENCE = Pattern.compile("sha256/[0-9a-f]{64}");

    /** Whether a text has the form of a reference. */
    static boolean isReference(String text) {
        return REFERENCE.matcher(text).matches();
    }

    /**
     * Stores the content of a file. When this returns, every reader sees all of it.
     *
     * @return its reference
     * @throws DocumentStoreException if it cannot be stored
     */
    String put(Path file);

    /** As {@link #put(Path)}, for content in memory. */
    String put(byte[] content);

    /**
     * The content as a file, which can be read until it is closed.
     *
     * @throws DocumentStoreException if there is no such content, or the store cannot be reached
     */
    Fetched fetch(String reference);

    /** Releases connections; stored content stays. May be called twice. */
    @Override
    void close();

    /** The verified content of a reference. */
    interface Fetched extends AutoCloseable {

        /** Must not be changed or deleted; may be gone after {@link #close()}. */
        Path file();

        /** Does not block, and may be called twice. */
        @Override
        void close();
    }
}
