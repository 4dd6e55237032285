package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestJvm;
import io.github.genaistreams.cli.Main;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The program as {@code bin/genai} starts it: in jars, with the archive of classes, which no directory may be part of. */
record PackagedProgram(String classPath, Path archive) {

    /** Makes the jar and the archive in this directory. */
    static PackagedProgram madeIn(Path dir) {
        try {
            Path jar = jar(dir.resolve("genai-streams.jar"));
            String classPath = Stream.concat(
                            Stream.of(jar.toString()),
                            Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                                    .filter(entry -> entry.endsWith(".jar")))
                    .collect(Collectors.joining(File.pathSeparator));
            Path archive = dir.resolve("classes.jsa");
            int status = TestJvm.of(
                            classPath,
                            List.of("-XX:ArchiveClassesAtExit=" + archive, "-Djava.io.tmpdir=" + dir),
                            Main.class,
                            "demo",
                            "--requests",
                            "20",
                            "--documents",
                            "2",
                            "--json")
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(dir.resolve("archive.log").toFile())
                    .start()
                    .waitFor();
            assertThat(status).isZero();
            assertThat(archive).isNotEmptyFile();
            return new PackagedProgram(classPath, archive);
        } catch (IOException | URISyntaxException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    ProcessBuilder start(List<String> options, String command) {
        List<String> all = Stream.concat(Stream.of("-XX:SharedArchiveFile=" + archive), options.stream())
                .toList();
        return TestJvm.of(classPath, all, Main.class, command);
    }

    private static Path jar(Path jar) throws IOException, URISyntaxException {
        Path classes = Path.of(
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (OutputStream out = Files.newOutputStream(jar);
                var entries = new JarOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                entries.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, entries);
            }
        }
        return jar;
    }
}
