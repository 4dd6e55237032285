package io.github.genaistreams.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Local state that has been unused for too long. It is a copy of changelogs, and continues where it ended. Kafka drops
 * a deletion marker after {@code delete.retention.ms} of the changelog (a day by default). A copy that is older would
 * keep items open that other workers have answered, and their calls would be made again. Kafka Streams' own
 * {@code state.cleanup.dir.max.age.ms} depends on when a task's directory was created, not on when it was last written
 * to.
 *
 * <p>A start of Kafka Streams writes to files without making their content newer. So a separate file, {@value #MARK},
 * records the maximum age. It is written while all tasks are running, which means that all changelogs have been read.
 */
final class OldState {

    private static final Logger LOG = LoggerFactory.getLogger(OldState.class);

    /**
     * Half of the time for which Kafka keeps deletion markers. The other half is for reading the rest of the changelog.
     */
    static final Duration MAX_WAIT = Duration.ofHours(12);

    /** How often to call {@link #isCurrent}. */
    static final Duration INTERVAL = Duration.ofSeconds(10);

    static final String MARK = "genai-state-current";

    private OldState() {}

    /**
     * Deletes the state of every task that has not been written to for {@link #MAX_WAIT}, and the state of all tasks if
     * no worker has run with it for that long. The worker reads it again from Kafka. Call this before Kafka Streams starts,
     * while nobody else uses the directory.
     *
     * @param group the directory of the application ID in {@code state.dir}; may be missing
     * @throws WorkerException if a directory cannot be deleted
     */
    static void delete(Path group, Instant now) {
        Instant running = marked(group);
        Instant oldest = null; // of the remaining state
        for (Path task : tasks(group)) {
            try {
                Instant written = lastWrite(task);
                Instant current = running.isBefore(written) ? running : written;
                Duration age = Duration.between(current, now);
                if (age.compareTo(MAX_WAIT) > 0) {
                    LOG.info("The state in {} is {} h old; the worker reads it again from Kafka", task, age.toHours());
                    Utils.delete(task.toFile());
                } else if (oldest == null || current.isBefore(oldest)) {
                    oldest = current;
                }
            } catch (IOException | UncheckedIOException e) {
                throw new WorkerException(
                        "The state in " + task + " may be too old to use, and cannot be deleted ("
                                + e.getClass().getSimpleName() + "): delete it, and start the worker again",
                        e);
            }
        }
        begin(group, oldest);
    }

    /**
     * Deletes the state of all tasks. It is read again from Kafka. Call it while nobody uses the directory.
     *
     * @throws WorkerException if it cannot be deleted
     */
    static void discard(Path group) {
        try {
            for (Path task : tasks(group)) {
                Utils.delete(task.toFile());
            }
            Files.deleteIfExists(group.resolve(MARK));
        } catch (IOException e) {
            throw new WorkerException(
                    "The state in " + group + " cannot be used, and cannot be deleted ("
                            + e.getClass().getSimpleName() + "): delete it, and start the worker again",
                    e);
        }
    }

    /** @param oldest time of the oldest state; null if there is none */
    private static void begin(Path group, @Nullable Instant oldest) {
        try {
            if (oldest == null) {
                // New state has no age yet, and it may take a while until all tasks are running.
                Files.deleteIfExists(group.resolve(MARK));
            } else if (!Files.exists(group.resolve(MARK))) {
                // The state is from an earlier version, or from a worker whose tasks never ran. Only its files show its
                // age.
                mark(group, oldest);
            }
        } catch (IOException e) {
            throw new WorkerException(
                    "The state directory " + group + " cannot be written ("
                            + e.getClass().getSimpleName() + ")",
                    e);
        }
    }

    /** A time far in the future if there is no mark. */
    private static Instant marked(Path group) {
        Path mark = group.resolve(MARK);
        try {
            return Files.exists(mark) ? Files.getLastModifiedTime(mark).toInstant() : Instant.MAX;
        } catch (IOException e) {
            throw new WorkerException(
                    "The state directory " + group + " cannot be read ("
                            + e.getClass().getSimpleName() + ")",
                    e);
        }
    }

    /** Records that the state of all tasks is the same as in Kafka. */
    static void isCurrent(Path group, Instant now) {
        try {
            mark(group, now);
        } catch (IOException e) {
            LOG.warn(
                    "The age of the state could not be written to {} ({}): a later start may read the state again"
                            + " from Kafka",
                    group,
                    e.getClass().getSimpleName());
        }
    }

    private static void mark(Path group, Instant time) throws IOException {
        Path mark = group.resolve(MARK);
        if (!Files.exists(mark)) {
            Files.createFile(mark);
        }
        Files.setLastModifiedTime(mark, FileTime.from(time));
    }

    private static List<Path> tasks(Path group) {
        if (!Files.isDirectory(group)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(group)) {
            return files.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new WorkerException(
                    "The state directory " + group + " cannot be read ("
                            + e.getClass().getSimpleName() + ")",
                    e);
        }
    }

    /** The newest file counts: the time of the directory itself changes only when a file is added or removed. */
    private static Instant lastWrite(Path task) throws IOException {
        try (Stream<Path> files = Files.walk(task)) {
            return files.map(OldState::modified).max(Comparator.naturalOrder()).orElse(Instant.MIN);
        }
    }

    private static Instant modified(Path file) {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
