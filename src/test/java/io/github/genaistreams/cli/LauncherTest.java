package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/genai}, with a Java that only notes what it is asked to do. */
@Timeout(30)
class LauncherTest {

    private static final String ONE_COMPILER = "-XX:TieredStopAtLevel=1";

    @TempDir
    Path home;

    private Path jar;
    private Path archive;
    private Path asked;
    private String userOptions = "";

    @BeforeEach
    void setUp() throws IOException {
        Files.createDirectories(home.resolve("bin"));
        Files.copy(Path.of("bin/genai"), home.resolve("bin/genai"));
        Files.writeString(home.resolve("pom.xml"), "");
        jar = Files.createDirectory(home.resolve("target")).resolve("genai-streams.jar");
        Files.writeString(jar, "");
        archive = jar.resolveSibling("classes-java-17.0.1.jsa");
        asked = home.resolve("asked");
        java("17.0.1", "archives");
    }

    @Test
    void archivesTheClassesOnceForEachBuild() throws Exception {
        assertThat(run("run", "a b")).containsExactly("genai: preparing quick starts (once for each build) ...");
        assertThat(archive).hasContent("classes");
        assertThat(asked())
                .hasSize(2)
                .first()
                .asString()
                .contains("-XX:ArchiveClassesAtExit=", " demo ", ONE_COMPILER)
                .doesNotContain("-XX:SharedArchiveFile");
        assertThat(asked().get(1)).contains("-XX:SharedArchiveFile=" + archive).endsWith("run a b");

        assertThat(run("run")).isEmpty();
        assertThat(asked()).hasSize(3);

        Files.setLastModifiedTime(archive, FileTime.from(Instant.EPOCH));
        run("run");
        assertThat(asked()).hasSize(5);
        try (var left = Files.list(archive.getParent())) {
            assertThat(left).containsExactlyInAnyOrder(jar, archive);
        }
    }

    @Test
    void doesWithoutAnArchiveThatCannotBeMade() throws Exception {
        java("17.0.1", "fails");

        assertThat(run("run")).hasSize(1);
        assertThat(run("run")).isEmpty();

        assertThat(asked())
                .hasSize(3)
                .filteredOn(line -> line.contains("SharedArchiveFile"))
                .isEmpty();
    }

    /** Another's classes may be laid out in another way. */
    @Test
    void makesAnArchiveForEachJava() throws Exception {
        run("run");
        java("25.0.2", "archives");

        run("run");

        assertThat(asked().get(3))
                .contains("-XX:SharedArchiveFile=" + archive.resolveSibling("classes-java-25.0.2.jsa"));
    }

    /** As copied to another machine, and called where newer files are. */
    @Test
    void needsNoSourcesBesideTheJar() throws Exception {
        Files.delete(home.resolve("pom.xml"));
        Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));

        assertThat(run("run")).containsExactly("genai: preparing quick starts (once for each build) ...");
        assertThat(run("run")).isEmpty();
    }

    @Test
    void leavesTheLastWordToTheUsersOptions() throws Exception {
        userOptions = "-XX:TieredStopAtLevel=4 -Xmx512m";

        run("worker");

        assertThat(asked().get(1)).contains(ONE_COMPILER + " ", " -XX:TieredStopAtLevel=4 -Xmx512m -jar ");
    }

    /** @param archives {@code archives}, or {@code fails} */
    private void java(String version, String archives) throws IOException {
        Path bin = Files.createDirectories(home.resolve("jdk/bin"));
        Files.writeString(home.resolve("jdk/release"), "JAVA_VERSION=\"" + version + "\"\n");
        Path java = bin.resolve("java");
        Files.writeString(java, """
                #!/usr/bin/env bash
                echo "$*" >>'%s'
                for option; do
                  [[ $option == -XX:ArchiveClassesAtExit=* ]] || continue
                  [[ %s == archives ]] || exit 1
                  printf classes >"${option#*=}"
                  echo noise; echo noise >&2
                done
                """.formatted(asked, archives));
        assertThat(java.toFile().setExecutable(true)).isTrue();
    }

    private List<String> asked() throws IOException {
        return Files.readAllLines(asked);
    }

    /** What it says itself. */
    private List<String> run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(home.resolve("bin/genai").toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.directory(home.toFile());
        builder.environment().put("JAVA_HOME", home.resolve("jdk").toString());
        builder.environment().put("GENAI_JAVA_OPTS", userOptions);
        Process process = builder.start();
        List<String> output = process.inputReader().lines().toList();
        assertThat(process.waitFor()).isZero();
        return output;
    }
}
