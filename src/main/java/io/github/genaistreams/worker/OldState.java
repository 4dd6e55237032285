package io.github.genaistreams.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 */
final class OldState {

    private static final Logger LOG = LoggerFactory.getLogger(OldState.class);

    /** Half of the time for which Kafka knows deletions: the rest of the changelog is read within the other half. */
    static final Duration LONGEST = Duration.ofHours(12);

    private OldState() {}

    /**
     * Deletes the state of all tasks that nothing was written to for {@link #LONGEST}. It is read again from Kafka. Nobody else may use
     * the directory meanwhile.
     *
     * @param group {@code state.dir} and in it the directory of the application ID; need not exist
     * @throws WorkerException if one cannot be deleted
     */
    static void delete(Path group, Instant now) {
        for (Path task : tasks(group)) {
            try {
                Duration age = Duration.between(lastWrite(task), now);
                if (age.compareTo(LONGEST) > 0) {
                    LOG.info("The state in {} is {} h old and is read again from Kafka", task, age.toHours());
                    Utils.delete(task.toFile());
                }
            } catch (IOException | UncheckedIOException e) {
                throw new WorkerException(
                        "The state in " + task + " may be too old to go on with, and cannot be deleted ("
                                + e.getClass().getSimpleName() + "): delete it, and start again",
                        e);
            }
        }
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
