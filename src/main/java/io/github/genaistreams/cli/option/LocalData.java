package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.embedded.EmbeddedStack;
import io.github.genaistreams.embedded.LocalKafka;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The data of runs on this machine in one directory.
 *
 * @param directory the directory with the data of the broker, the state of the worker, and documents
 */
public record LocalData(Path directory) {

    /** Name of a directory that is being deleted. */
    private static final String DELETED = "deleted";

    /** The existing directories: that of the API, and that of the sandbox. */
    public static List<LocalData> all(Cli cli, @Nullable Path dataDir) {
        return Stream.of(false, true)
                .map(sandbox -> new LocalData(LocalOptions.directory(cli, dataDir, sandbox)))
                .filter(data -> LocalKafka.isDataDir(data.broker()))
                .toList();
    }

    /** The parent of these directories. */
    public static Path base(Cli cli, @Nullable Path dataDir) {
        return LocalOptions.base(cli, dataDir);
    }

    public String name() {
        return directory.getFileName().toString();
    }

    /** Whether a run, or another command, uses it now. */
    public boolean isInUse() {
        return LocalKafka.isInUse(broker());
    }

    /** The run that is in progress there, or the data of an earlier one. */
    public PlaceOptions.Place open(Cli cli, GlobalOptions global) {
        return PlaceOptions.open(cli, global, directory);
    }

    /** Size of the files in bytes, without Kafka's indexes: while a broker runs, these take less disk than their size. */
    public long bytes() {
        var bytes = new AtomicLong();
        visit(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                bytes.addAndGet(file.toString().endsWith("index") ? 0 : attributes.size());
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                // A running broker has deleted the file.
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
        return bytes.get();
    }

    /**
     * Deletes the data, but no files that do not come from a run. A new run can start at once, even if this process is
     * killed during the deletion. The next deletion then deletes the rest.
     *
     * @throws io.github.genaistreams.embedded.LocalKafkaException if it is in use; nothing was deleted then
     * @throws CliException if a file cannot be deleted
     */
    public void delete() {
        LocalKafka.whileUnused(broker(), () -> {
            Path deleted = directory.resolve(DELETED);
            try {
                deleteTree(deleted);
                Files.createDirectory(deleted);
                Path state = LocalOptions.state(directory);
                // The directory of the broker comes last: it has the lock that keeps a run away.
                for (Path part : List.of(state, EmbeddedStack.documents(state), broker())) {
                    if (Files.exists(part)) {
                        Files.move(part, deleted.resolve(part.getFileName()));
                    }
                }
                deleteTree(deleted);
            } catch (IOException | UncheckedIOException e) {
                throw new CliException("Not all of " + directory + " could be deleted: " + e, e);
            }
        });
    }

    private Path broker() {
        return LocalOptions.broker(directory);
    }

    private static void deleteTree(Path tree) {
        if (!Files.exists(tree)) {
            return;
        }
        visit(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void visit(Path tree, SimpleFileVisitor<Path> visitor) {
        try {
            Files.walkFileTree(tree, visitor);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
