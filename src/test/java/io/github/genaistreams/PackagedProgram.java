package io.github.genaistreams;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.cli.Main;
import io.github.genaistreams.sandbox.TemporaryDirectory;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The program as {@code bin/genai} starts it: in jars, with the archive of its classes. A start from directories takes
 * twice the processor time.
 *
 * <p>One build makes it once, in {@code target}, whichever of its JVMs comes first. The others do not wait for the archive: until it
 * is there, they start without.
 */
public final class PackagedProgram {

    private final Path jar;
    private final Path archive;

    private PackagedProgram(Path jar, Path archive) {
        this.jar = jar;
        this.archive = archive;
    }

    private static final class Holder {
        private static final PackagedProgram MADE = make();
    }

    /** A process of it. */
    public static ProcessBuilder of(String... arguments) {
        return of(List.of(), arguments);
    }

    /**
     * A process of it.
     *
     * @param options of the JVM
     */
    public static ProcessBuilder of(List<String> options, String... arguments) {
        PackagedProgram program = Holder.MADE;
        List<String> all = new ArrayList<>(options);
        if (program.hasArchive()) {
            all.addAll(List.of("-XX:SharedArchiveFile=" + program.archive, "-Xlog:cds*=off"));
        }
        return TestJvm.of(classPath(program.jar), all, Main.class, arguments);
    }

    private static PackagedProgram make() {
        try {
            Path classes = Path.of(Main.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            Path dir = Files.createDirectories(classes.resolveSibling("packaged-program"));
            var program = new PackagedProgram(dir.resolve("genai-streams.jar"), dir.resolve("classes.jsa"));
            try (var locks = lockFile(dir.resolve("jar.lock"))) {
                locks.lock();
                if (isOlderThan(classes, program.jar)) {
                    program.pack(classes, dir);
                }
            }
            try (var locks = lockFile(dir.resolve("archive.lock"))) {
                if (locks.tryLock() != null && !program.hasArchive()) {
                    Path made = Files.createTempDirectory(dir, "made");
                    try {
                        program.archive(made);
                    } finally {
                        TemporaryDirectory.delete(made);
                    }
                }
            }
            return program;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static FileChannel lockFile(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** Of the jar as it is. */
    private boolean hasArchive() {
        try {
            return Files.exists(archive)
                    && Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar)) > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOlderThan(Path classes, Path jar) throws IOException {
        if (!Files.exists(jar)) {
            return true;
        }
        FileTime made = Files.getLastModifiedTime(jar);
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file).compareTo(made) > 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private void pack(Path classes, Path dir) throws IOException {
        Path packed = dir.resolve("packed.jar");
        try (OutputStream out = Files.newOutputStream(packed);
                var entries = new JarOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile)
                    .sorted(Comparator.naturalOrder())
                    .toList()) {
                entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, entries);
            }
        }
        Files.move(packed, jar, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Of a run of broker, sandbox, worker and client in one JVM. */
    private void archive(Path made) throws IOException, InterruptedException {
        Path dumped = made.resolve("classes.jsa");
        Path log = made.resolve("archive.log");
        int status = TestJvm.of(
                        classPath(jar),
                        List.of("-XX:ArchiveClassesAtExit=" + dumped, "-Djava.io.tmpdir=" + made),
                        Main.class,
                        "demo",
                        "--requests",
                        "20",
                        "--documents",
                        "2",
                        "--json")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(status).as(Files.readString(log)).isZero();
        Files.move(dumped, archive, StandardCopyOption.ATOMIC_MOVE);
    }

    /** As a user has it, without the tests' classes and log configuration. No directory may be part of the archive. */
    private static String classPath(Path jar) {
        return Stream.concat(
                        Stream.of(jar.toString()),
                        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                                .filter(entry -> entry.endsWith(".jar")))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
