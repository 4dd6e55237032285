package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.CliException;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.concurrent.TimeUnit;

/**
 * A file that replaces an earlier file of the same name only when it is complete. Until then, the output is in a file
 * beside it, whose name ends with {@code .part}. Output to something that is not a regular file, such as a pipe, is
 * written directly.
 */
public final class OutputFile extends FilterOutputStream {

    private static final String UNFINISHED = ".part";

    /** Maximum delay until a reader of the file sees an answer, while more answers arrive. */
    private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path place;
    private final Path written;
    private final FileChannel channel;
    private boolean complete;
    private long flushedNanos = System.nanoTime();

    private OutputFile(Path place, Path written, FileChannel channel) {
        super(new BufferedOutputStream(Channels.newOutputStream(channel), 64 * 1024));
        this.place = place;
        this.written = written;
        this.channel = channel;
    }

    /**
     * Writes nothing yet, but deletes the unfinished file of an earlier run.
     *
     * @throws CliException if another process writes the same file
     */
    public static OutputFile open(Path file) throws IOException {
        boolean exists = Files.exists(file);
        Path place = exists ? file.toRealPath() : file.toAbsolutePath();
        if (exists && !Files.isRegularFile(place)) {
            if (Files.isDirectory(place)) {
                throw new FileSystemException(file.toString(), null, "it is a directory");
            }
            return new OutputFile(place, place, FileChannel.open(place, StandardOpenOption.WRITE));
        }
        Path written = place.resolveSibling(place.getFileName() + UNFINISHED);
        var channel = FileChannel.open(written, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        if (!isLocked(channel)) {
            channel.close();
            throw new CliException(
                    file + " is being written by another run: wait until that run ends, or use another file.");
        }
        channel.truncate(0);
        var permissions = Files.getFileAttributeView(written, PosixFileAttributeView.class);
        if (exists && permissions != null) {
            permissions.setPermissions(Files.getPosixFilePermissions(place));
        }
        return new OutputFile(place, written, channel);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        // The superclass writes byte by byte.
        out.write(bytes, offset, length);
        if (System.nanoTime() - flushedNanos >= FLUSH_NANOS) {
            flush();
        }
    }

    @Override
    public void flush() throws IOException {
        super.flush();
        flushedNanos = System.nanoTime();
    }

    /**
     * Declares the output complete, so that {@link #close} moves the file to its place. Without this call, {@code
     * close} leaves the unfinished file.
     */
    public void complete() {
        complete = true;
    }

    @Override
    public void close() throws IOException {
        if (!channel.isOpen()) {
            return;
        }
        try (channel) {
            flush();
            if (written.equals(place)) {
                return;
            }
            if (complete) {
                channel.force(true);
                Files.move(written, place, StandardCopyOption.ATOMIC_MOVE);
            } else if (channel.size() == 0) {
                Files.delete(written);
            }
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // This process has locked it.
            return false;
        }
    }
}
