package io.github.genaistreams.store;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that are useless without their process, in its own directory. A killed process cannot delete them, so the next
 * one does. A process that still runs holds a lock in its directory, which the system releases at the process's end.
 */
final class TemporaryFiles implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TemporaryFiles.class);
    private static final String PREFIX = "genai-streams-";
    private static final String LOCK = "lock";

    /** A younger directory without a lock may belong to a process that is just creating it. */
    private static final Duration MIN_AGE = Duration.ofHours(1);

    private final Path parent;
    private @Nullable Path directory;
    private @Nullable FileChannel lock;

    /** Deletes the files of ended processes; creates nothing yet. */
    TemporaryFiles(Path parent) {
        this.parent = parent;
        deleteLeft();
    }

    /** Below the system's directory for temporary files. */
    static TemporaryFiles inSystemDirectory() {
        return new TemporaryFiles(Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** A new file, empty. */
    synchronized Temporary create() {
        try {
            // Opened again even if a cleanup of the system's directory has deleted it.
            Path opened = directory != null && Files.isDirectory(directory) ? directory : open();
            return new Temporary(Files.createTempFile(opened, null, null));
        } catch (IOException e) {
            throw noRoom(parent, e);
        }
    }

    private Path open() throws IOException {
        release();
        Path opened = Files.createTempDirectory(parent, PREFIX);
        directory = opened;
        FileChannel held =
                FileChannel.open(opened.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock = held;
        held.lock();
        return opened;
    }

    private void release() throws IOException {
        if (lock != null) {
            lock.close();
            lock = null;
        }
    }

    private static DocumentStoreException noRoom(@Nullable Path directory, IOException e) {
        return new DocumentStoreException(
                "The directory for temporary files " + directory + " cannot hold a copy of a document ("
                        + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage())
                        + "): free space there, or set another directory with -Djava.io.tmpdir",
                true,
                e);
    }

    private void deleteLeft() {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path one : all) {
                if (Files.isDirectory(one, LinkOption.NOFOLLOW_LINKS)) {
                    deleteIfLeft(one);
                }
            }
        } catch (IOException e) {
            LOG.debug("Temporary files of earlier processes were not searched for: {}", e.toString());
        }
    }

    private static void deleteIfLeft(Path directory) {
        Path lock = directory.resolve(LOCK);
        try {
            if (Files.notExists(lock)) {
                Instant made = Files.getLastModifiedTime(directory).toInstant();
                if (made.plus(MIN_AGE).isBefore(Instant.now())) {
                    delete(directory);
                }
                return;
            }
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
                if (channel.tryLock() != null) {
                    delete(directory);
                }
            }
        } catch (OverlappingFileLockException e) {
            // Another store of this process has the lock.
        } catch (IOException e) {
            LOG.debug("{} of an earlier process could not be deleted: {}", directory, e.toString());
        }
    }

    private static void delete(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory);
    }

    @Override
    public synchronized void close() {
        try {
            release();
            if (directory != null) {
                delete(directory);
            }
        } catch (IOException e) {
            LOG.debug("{} could not be deleted; the next process tries again: {}", directory, e.toString());
        }
    }

    /** One of the files; deleted when it is closed. */
    record Temporary(Path file) implements DocumentStore.Fetched {

        /**
         * Writes the content to it, and returns the content's hash.
         *
         * @throws IOException            if the content cannot be read
         * @throws DocumentStoreException if the file cannot be written
         */
        String fill(InputStream content) throws IOException {
            try (OutputStream out = new Checked(file)) {
                return ContentHash.copy(content, out);
            } catch (UncheckedIOException e) {
                throw noRoom(file.getParent(), Objects.requireNonNull(e.getCause()));
            }
        }

        @Override
        public void close() {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                // Deleted with its directory.
            }
        }
    }

    /** Distinguishes write errors from read errors while copying. */
    private static final class Checked extends FilterOutputStream {

        private Checked(Path file) {
            super(open(file));
        }

        private static OutputStream open(Path file) {
            try {
                return Files.newOutputStream(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
