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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Local state that was away for too long. It is a copy of changelogs, and goes on from where it ended. Kafka forgets a deletion after
 * {@code delete.retention.ms} of the changelog, a day unless the broker says otherwise: a copy that ended before it would keep open
 * items that other workers have answered meanwhile, and they would be called and answered once more. Kafka Streams' own
 * {@code state.cleanup.dir.max.age.ms} goes by when a task's directory was made, not by when it was last written to.
 *
 * <p>A start of Kafka Streams writes to files, though what is in them gets no newer. So a file of our own, {@value #MARK}, says how old it
 * is at most: it is written to while all tasks are running, which is when they have read all of their changelogs.
 */
final class OldState {

    private static final Logger LOG = LoggerFactory.getLogger(OldState.class);

    /** Half of the time for which Kafka knows deletions: the rest of the changelog is read within the other half. */
    static final Duration MAX_WAIT = Duration.ofHours(12);

    /** How often {@link #isCurrent} is to be called. */
    static final Duration INTERVAL = Duration.ofSeconds(10);

    static final String MARK = "genai-state-current";

    private OldState() {}

    /**
     * Deletes the state of all tasks that nothing was written to for {@link #MAX_WAIT}, and that of all if no worker was running with it
     * for so long. It is read again from Kafka. To be called before Kafka Streams starts; nobody else may use the directory meanwhile.
     *
     * @param group {@code state.dir} and in it the directory of the application ID; need not exist
     * @throws WorkerException if one cannot be deleted
     */
    static void delete(Path group, Instant now) {
        Instant running = marked(group);
        Instant oldest = null; // of what is left
        for (Path task : tasks(group)) {
            try {
                Instant written = lastWrite(task);
                Instant current = running.isBefore(written) ? running : written;
                Duration age = Duration.between(current, now);
                if (age.compareTo(MAX_WAIT) > 0) {
                    LOG.info("The state in {} is {} h old and is read again from Kafka", task, age.toHours());
                    Utils.delete(task.toFile());
                } else if (oldest == null || current.isBefore(oldest)) {
                    oldest = current;
                }
            } catch (IOException | UncheckedIOException e) {
                throw new WorkerException(
                        "The state in " + task + " may be too old to go on with, and cannot be deleted ("
                                + e.getClass().getSimpleName() + "): delete it, and start again",
                        e);
            }
        }
        begin(group, oldest);
    }

    /** @param oldest of what is there; null if nothing is */
    private static void begin(Path group, Instant oldest) {
        try {
            if (oldest == null) {
                // What comes now is new, and may have no worker running with it for a while.
                Files.deleteIfExists(group.resolve(MARK));
            } else if (!Files.exists(group.resolve(MARK))) {
                // Of an earlier version, or of a worker that never came to run. Its files say how old it is this once.
                mark(group, oldest);
            }
        } catch (IOException e) {
            throw new WorkerException(
                    "The state directory " + group + " cannot be written ("
                            + e.getClass().getSimpleName() + ")",
                    e);
        }
    }

    /** Long after now if there is no mark. */
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

    /** Notes that the state of all tasks is that of Kafka. */
    static void isCurrent(Path group, Instant now) {
        try {
            mark(group, now);
        } catch (IOException e) {
            LOG.warn(
                    "It cannot be noted in {} that the state is current ({}): a later start may read it again from Kafka",
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

    /** Of any file in it: the directory itself is written to when a file comes or goes. */
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
