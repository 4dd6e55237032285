package io.github.genaistreams.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import org.slf4j.LoggerFactory;

/** Deletes temporary files. A failure is only a warning. */
public final class TemporaryDirectory {

    private TemporaryDirectory() {}

    /** Deletes the directory and all within it. */
    public static void delete(Path directory) {
        try (var files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            LoggerFactory.getLogger(TemporaryDirectory.class)
                    .warn("The temporary directory {} could not be deleted", directory, e);
        }
    }
}
