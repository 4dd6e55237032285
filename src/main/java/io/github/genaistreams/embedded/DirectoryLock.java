package io.github.genaistreams.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Limits a data directory to one user at a time. The lock belongs to the operating system, so it ends with a killed
 * process. The file stays and names its last owner.
 */
final class DirectoryLock implements AutoCloseable {

    private static final String FILE = "in-use.lock";

    private static final int TRIES_AGAIN = 5;
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Locks the directory, which is created if it is missing. {@link #isHeld} in another process holds the lock for a moment,
     * so this tries for a quarter of a second.
     */
    static DirectoryLock of(Path directory) {
        Path file = directory.resolve(FILE);
        Optional<DirectoryLock> lock = tryLock(directory, file);
        for (int i = 0; lock.isEmpty() && i < TRIES_AGAIN; i++) {
            LockSupport.parkNanos(PAUSE.toNanos());
            lock = tryLock(directory, file);
        }
        return lock.orElseThrow(() -> new LocalKafkaException(
                ("The data directory %s is in use by another local Kafka%s. Stop the other one first, or use another"
                                + " directory.")
                        .formatted(directory, owner(file))));
    }

    /** Empty if another process has the lock. Opens the file each time, since the directory may have been deleted. */
    private static Optional<DirectoryLock> tryLock(Path directory, Path file) {
        FileChannel channel = null;
        try {
            Files.createDirectories(directory);
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                quietly(channel);
                return Optional.empty();
            }
            byte[] owner =
                    "process %d%n".formatted(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(owner), 0);
            return Optional.of(new DirectoryLock(channel));
        } catch (OverlappingFileLockException e) {
            quietly(channel);
            return Optional.empty();
        } catch (IOException e) {
            quietly(channel);
            throw new LocalKafkaException(
                    ("Cannot use %s as data directory of a local Kafka: %s. Use a directory that this user can write"
                                    + " to.")
                            .formatted(directory, e),
                    e);
        }
    }

    /** Whether a local Kafka has ever used the directory. */
    static boolean existsIn(Path directory) {
        return Files.isRegularFile(directory.resolve(FILE));
    }

    /** Whether a local Kafka uses the directory now. Any number of processes may check at the same time. */
    static boolean isHeld(Path directory) {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return lock == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String owner(Path file) {
        try {
            String text = Files.readString(file).strip();
            return text.isEmpty() ? "" : " (" + text + ")";
        } catch (IOException unreadable) {
            return "";
        }
    }

    private static void quietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException ignored) {
            // Nothing was written.
        }
    }

    @Override
    public void close() {
        quietly(channel);
    }
}
