package io.github.genaistreams.store;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Keeps documents and large answers under the hash of their content: {@code sha256/} and 64 hexadecimal digits. Thread-safe.
 * Every method may wait for a disk or a network: not for event loops and stream threads.
 */
public interface DocumentStore extends AutoCloseable {

    /** What every reference looks like; a record may hold anything. */
    Pattern REFERENCE = Pattern.compile("sha256/[0-9a-f]{64}");

    /** Whether a text can be a reference of this store. */
    static boolean isReference(String text) {
        return REFERENCE.matcher(text).matches();
    }

    /**
     * Keeps the content of a file. When this returns, every reader sees the whole of it.
     *
     * @return its reference
     * @throws DocumentStoreException if it cannot be kept
     */
    String put(Path file);

    /** As {@link #put(Path)}, for what is in memory. */
    String put(byte[] content);

    /**
     * The content as a file to read, until that is closed.
     *
     * @throws DocumentStoreException if there is none of this reference, or it cannot be reached
     */
    Fetched fetch(String reference);

    /** Releases connections; what is kept stays. May be called twice. */
    @Override
    void close();

    /** The content of a reference, checked against it. */
    interface Fetched extends AutoCloseable {

        /** Not to be changed or deleted; may be gone after {@link #close()}. */
        Path file();

        /** Does not wait, and may be called twice. */
        @Override
        void close();
    }
}
