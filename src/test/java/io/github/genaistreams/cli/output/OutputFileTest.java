package io.github.genaistreams.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {

    @TempDir
    Path directory;

    private Path file;
    private Path part;

    @BeforeEach
    void earlierFile() throws IOException {
        file = Files.writeString(directory.resolve("answers.csv"), "earlier");
        part = directory.resolve("answers.csv.part");
    }

    @Test
    void theEarlierFileStaysUntilAllIsWritten() throws IOException {
        Files.writeString(part, "left by a killed run, and longer");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        try (var out = OutputFile.open(file)) {
            out.write("later".getBytes(UTF_8));
            out.flush();
            assertThat(file).hasContent("earlier");
            assertThat(part).hasContent("later");
            out.complete();
        }

        assertThat(file).hasContent("later");
        assertThat(part).doesNotExist();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void somebodyWhoWatchesTheUnfinishedFileSeesAnswersAsTheyCome() throws IOException {
        try (var out = OutputFile.open(file)) {
            await().untilAsserted(() -> {
                out.write("an answer\n".getBytes(UTF_8));
                assertThat(Files.readString(part)).startsWith("an answer\nan answer\n");
            });
        }
    }

    @Test
    void whatIsUnfinishedStaysBesideIt() throws IOException {
        try (var out = OutputFile.open(file)) {
            out.write('l');
        }

        assertThat(file).hasContent("earlier");
        assertThat(part).hasContent("l");
    }

    @Test
    void aRunThatWritesNothingLeavesNothing() throws IOException {
        OutputFile.open(file).close();

        assertThat(part).doesNotExist();
    }

    @Test
    void aLinkStaysALink() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        try (var out = OutputFile.open(link)) {
            out.write('l');
            out.complete();
        }

        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("l");
    }

    @Test
    void twoRunsDoNotWriteTheSameFile() throws IOException {
        try (var out = OutputFile.open(file)) {
            out.write('l');
            out.flush();
            assertThatThrownBy(() -> OutputFile.open(file)).hasMessageContaining("is being written by another run");
            assertThat(part).hasContent("l");
        }
    }

    @Test
    void aDirectoryAndAMissingPlaceAreRefused() {
        assertThatThrownBy(() -> OutputFile.open(directory)).hasMessageContaining("it is a directory");
        assertThatThrownBy(() -> OutputFile.open(directory.resolve("none/a.csv")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aDeviceIsWrittenToDirectly() throws IOException {
        try (var out = OutputFile.open(Path.of("/dev/null"))) {
            out.write('l');
            out.complete();
        }

        assertThat(Path.of("/dev/null.part")).doesNotExist();
    }
}
