package io.github.genaistreams.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A store in a directory, which processes and, over a network file system, machines may share. Content is written to a
 * temporary name, forced to disk, and moved to its place atomically, so that nobody sees a part of it. Its place is
 * {@code ab/cdef…}.
 *
 * <p>Files and directories have the process's default permissions (umask): users who share a store need a common group
 * with write permission.
 */
public final class DirectoryStore implements DocumentStore {

    private static final String UNFINISHED = ".unfinished-";

    /**
     * Nobody writes a single file for this long. Other machines, whose processes are not visible, may also write here.
     */
    private static final Duration ABANDONED_AFTER = Duration.ofDays(1);

    private final Path root;
    private final AtomicBoolean isCleared = new AtomicBoolean();

    /** @param root created when the first document is stored */
    public DirectoryStore(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    /** Where it is. */
    public Path root() {
        return root;
    }

    @Override
    public String put(Path file) {
        return put(() -> Files.newInputStream(file));
    }

    @Override
    public String put(byte[] content) {
        return put(() -> new ByteArrayInputStream(content));
    }

    private interface Content {
        InputStream open() throws IOException;
    }

    private String put(Content content) {
        Path unfinished = null;
        try {
            Files.createDirectories(root);
            if (!isCleared.getAndSet(true)) {
                deleteUnfinished();
            }
            // Not a temporary file: only its owner could read it, and the worker may be another user.
            unfinished = root.resolve(UNFINISHED + UUID.randomUUID());
            String hash = copy(content, unfinished);
            Path place = place(hash);
            Files.createDirectories(place.getParent());
            if (Files.exists(place)) {
                touch(place);
            } else {
                Files.move(unfinished, place, StandardCopyOption.ATOMIC_MOVE);
                unfinished = null;
            }
            return ContentHash.reference(hash);
        } catch (IOException | ReadOnlyFileSystemException e) {
            throw new DocumentStoreException(
                    "The document store " + root + " cannot store a document (" + reason(e)
                            + "): free space there, or allow this user to write to it",
                    true,
                    e);
        } finally {
            delete(unfinished);
        }
    }

    private static String copy(Content content, Path to) throws IOException {
        String hash = ContentHash.copy(content.open(), to);
        // Its reference is committed to Kafka next. The content must be at least as durable.
        try (FileChannel file = FileChannel.open(to, StandardOpenOption.WRITE)) {
            file.force(true);
        }
        return hash;
    }

    /** Files of processes that were killed while writing. */
    private void deleteUnfinished() throws IOException {
        Instant before = Instant.now().minus(ABANDONED_AFTER);
        try (DirectoryStream<Path> all = Files.newDirectoryStream(root, UNFINISHED + "*")) {
            for (Path file : all) {
                try {
                    if (Files.getLastModifiedTime(file).toInstant().isBefore(before)) {
                        Files.deleteIfExists(file);
                    }
                } catch (IOException e) {
                    // It belongs to another user, or has been deleted.
                }
            }
        }
    }

    /** It is in use again: a cleanup by age must see that. */
    private static void touch(Path place) {
        try {
            Files.setLastModifiedTime(place, FileTime.from(Instant.now()));
        } catch (IOException e) {
            // Only its owner may set the time; the file exists in any case.
        }
    }

    private static void delete(@Nullable Path file) {
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                // No reader looks for its name.
            }
        }
    }

    @Override
    public Fetched fetch(String reference) {
        if (!DocumentStore.isReference(reference)) {
            throw new DocumentStoreException("This is not a reference to a document in the store", false, null);
        }
        String hash = ContentHash.in(reference);
        Path place = place(hash);
        try {
            // A link could lead anywhere; the store creates none.
            if (!Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS)) {
                boolean storeIsThere = Files.isDirectory(root);
                throw new DocumentStoreException(
                        storeIsThere
                                ? "The document store " + root + " has no " + reference
                                        + ": store it again, and check that clients and workers use the same store"
                                : "The document store " + root
                                        + " does not exist or cannot be read: check that clients and workers use the"
                                        + " same store",
                        !storeIsThere,
                        null);
            }
            if (!hash.equals(ContentHash.of(place))) {
                throw new DocumentStoreException(
                        "The document store " + root + " has content that does not match " + reference
                                + ": delete it there and store the document again",
                        false,
                        null);
            }
            return new InPlace(place);
        } catch (IOException e) {
            throw new DocumentStoreException(
                    "The document store " + root + " cannot be read (" + reason(e) + ")",
                    !(e instanceof NoSuchFileException),
                    e);
        }
    }

    private record InPlace(Path file) implements Fetched {
        @Override
        public void close() {}
    }

    @Override
    public void close() {}

    private Path place(String hash) {
        return root.resolve(hash.substring(0, 2)).resolve(hash.substring(2));
    }

    private static String reason(Exception e) {
        return e instanceof AccessDeniedException
                ? "no permission"
                : e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage());
    }
}
