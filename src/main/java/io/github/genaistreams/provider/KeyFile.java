package io.github.genaistreams.provider;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A key in a file, which is read again when it changes, so that a mounted secret can be rotated while calls continue.
 * Checks the file at most once a second, so an event loop may call it. If the file is temporarily missing, empty or
 * invalid, the last key stays.
 */
public final class KeyFile implements ApiKey {

    private static final Logger LOG = LoggerFactory.getLogger(KeyFile.class);
    private static final long LOOK_EVERY_NANOS = Duration.ofSeconds(1).toNanos();

    private final Path file;
    private Secret key;
    private FileTime modified;
    private long looked;
    private @Nullable String complaint;

    /** @throws IllegalArgumentException if the file has no key now; the message names the file */
    public KeyFile(Path file) {
        this.file = file;
        try {
            modified = Files.getLastModifiedTime(file);
            key = read();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "The key file " + file + " cannot be read (" + e.getClass().getSimpleName() + ")", e);
        }
        if (key.reveal().isEmpty()) {
            throw new IllegalArgumentException("The key file " + file + " is empty");
        }
        looked = System.nanoTime();
    }

    @Override
    public synchronized Secret current() {
        long now = System.nanoTime();
        if (now - looked >= LOOK_EVERY_NANOS) {
            looked = now;
            look();
        }
        return key;
    }

    private void look() {
        try {
            FileTime time = Files.getLastModifiedTime(file);
            if (time.equals(modified)) {
                return;
            }
            Secret read = read();
            if (read.reveal().isEmpty()) {
                // It is being written; it is checked again in a second.
                return;
            }
            if (read.flaw().isPresent()) {
                complain("contains no valid key: it " + read.flaw().get());
                return;
            }
            modified = time;
            complaint = null;
            if (!read.reveal().equals(key.reveal())) {
                key = read;
                LOG.info("The key in {} has changed; the worker uses the new key", file);
            }
        } catch (IOException e) {
            complain("can no longer be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    private void complain(String about) {
        if (!about.equals(complaint)) {
            LOG.warn("The key file {} {}; the worker continues to use its last key", file, about);
            complaint = about;
        }
    }

    private Secret read() throws IOException {
        return new Secret(Files.readString(file).strip());
    }
}
