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

/**
 * Limits a data directory to one user at a time. The lock belongs to the operating system, so it ends with a killed
 * process. The file stays and names its last owner.
 */
final class DirectoryLock implements AutoCloseable {

    private static final String FILE = "in-use.lock";

    private final FileChannel channel;

    private DirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Creates the directory if it is missing. */
    static DirectoryLock of(Path directory) {
        Path file = directory.resolve(FILE);
        FileChannel channel;
        try {
            Files.createDirectories(directory);
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new LocalKafkaException(
                    "Cannot use %s as data directory of a local Kafka: %s. Give a directory that this user may write."
                            .formatted(directory, e),
                    e);
        }
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new OverlappingFileLockException();
            }
            byte[] owner =
                    "process %d%n".formatted(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8);
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(owner), 0);
            return new DirectoryLock(channel);
        } catch (OverlappingFileLockException | IOException e) {
            String owner = owner(file);
            quietly(channel);
            throw new LocalKafkaException(
                    "The data directory %s is in use by another local Kafka%s. Stop that one first, or give another directory."
                            .formatted(directory, owner),
                    e);
        }
    }

    /** Whether somebody uses the directory. */
    static boolean isHeld(Path directory) {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
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

    private static void quietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException ignored) {
            // nothing was written
        }
    }

    @Override
    public void close() {
        quietly(channel);
    }
}
