package io.github.genaistreams.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.apache.avro.Schema;

/** The files of {@code schemas/}, as any Avro program reads them. */
final class SchemaFiles {

    static final Path DIRECTORY = Path.of("schemas");

    private SchemaFiles() {}

    /** That of a retry names that of its request, which is read before it. */
    static Schema current(String name) {
        return name.endsWith("-retry")
                ? parse(DIRECTORY.resolve(requestOf(name) + ".avsc"), DIRECTORY.resolve(name + ".avsc"))
                : parse(DIRECTORY.resolve(name + ".avsc"));
    }

    /** An earlier version; that of a retry is around that version of its request. */
    static Schema older(String name, int version) {
        return name.endsWith("-retry")
                ? parse(olderFile(requestOf(name), version), DIRECTORY.resolve(name + ".avsc"))
                : parse(olderFile(name, version));
    }

    static Path olderFile(String name, int version) {
        return DIRECTORY.resolve("older").resolve(name + ".v" + version + ".avsc");
    }

    private static String requestOf(String retry) {
        return retry.replace("-retry", "-request");
    }

    /** The last one. */
    private static Schema parse(Path... files) {
        var parser = new Schema.Parser();
        Schema last = null;
        try {
            for (Path file : files) {
                last = parser.parse(file.toFile());
            }
            return last;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
