package io.github.genaistreams.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.genaistreams.TestJvm;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TemporaryFilesTest {

    @TempDir
    Path dir;

    @Test
    void leavesNothingWhenItIsClosed() throws Exception {
        var files = new TemporaryFiles(dir);
        assertThat(dir).isEmptyDirectory();
        TemporaryFiles.Temporary closed = files.create();
        TemporaryFiles.Temporary open = files.create();
        assertThat(open.file()).hasParent(closed.file().getParent()).exists();

        closed.close();
        closed.close();
        assertThat(closed.file()).doesNotExist();
        files.close();

        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void deletesWhatAKilledProcessHasLeftButNothingOfOneThatRuns() throws Exception {
        Process process = TestJvm.of(List.of(), Holder.class, dir.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            Path file = Path.of(process.inputReader().readLine());

            new TemporaryFiles(dir);
            assertThat(file).exists();

            process.destroyForcibly();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(file).exists();
            new TemporaryFiles(dir);
            assertThat(dir).isEmptyDirectory();
        } finally {
            process.destroyForcibly();
        }
    }

    /** A process with one temporary file, which it names, until it is killed, or nobody is there to kill it. */
    static final class Holder {
        public static void main(String[] args) throws Exception {
            var files = new TemporaryFiles(Path.of(args[0]));
            System.out.println(files.create().file());
            System.in.read();
        }
    }

    @Test
    void leavesAloneWhatIsJustBeingMadeAndWhatIsNotItsOwn() throws Exception {
        Path made = Files.createDirectory(dir.resolve("genai-streams-1"));
        Path old = Files.createDirectory(dir.resolve("genai-streams-2"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(7_200)));
        Path other = Files.createDirectory(dir.resolve("else-1"));
        Path link = Files.createSymbolicLink(dir.resolve("genai-streams-3"), other);

        try (var live = new TemporaryFiles(dir)) {
            Path file = live.create().file();
            new TemporaryFiles(dir);
            assertThat(file).exists();
        }

        assertThat(dir.toFile().list())
                .containsExactlyInAnyOrder(
                        made.getFileName().toString(),
                        other.getFileName().toString(),
                        link.getFileName().toString());
    }

    @Test
    void goesOnWhenItsDirectoryWasClearedAway() throws Exception {
        try (var files = new TemporaryFiles(dir)) {
            Path first = files.create().file();
            Files.delete(first);
            Files.delete(first.resolveSibling("lock"));
            Files.delete(first.getParent());

            assertThat(files.create().file()).exists();
        }
    }

    @Test
    void saysWhichDirectoryTakesNothing() {
        Path missing = dir.resolve("missing");

        assertThatThrownBy(() -> new TemporaryFiles(missing).create())
                .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                        .isTrue())
                .hasMessageContainingAll("directory for temporary files " + missing, "java.io.tmpdir");
    }

    @Test
    void aFullDiskIsNotTakenForAStoreThatCannotBeRead() throws Exception {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "this system has no device that is always full");
        var file = new TemporaryFiles.Temporary(Files.createSymbolicLink(dir.resolve("full"), full));

        assertThatThrownBy(() -> file.fill(new ByteArrayInputStream(new byte[] {1})))
                .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                        .isTrue())
                .hasMessageContainingAll("directory for temporary files " + dir, "No space left", "free space there");
    }

    @Test
    void aConnectionThatBreaksOffIsNotTakenForAFullDisk() throws Exception {
        try (var files = new TemporaryFiles(dir)) {
            InputStream broken = new InputStream() {
                @Override
                public int read() throws IOException {
                    throw new IOException("reset");
                }
            };

            assertThatThrownBy(() -> files.create().fill(broken))
                    .isInstanceOf(IOException.class)
                    .hasMessage("reset");
        }
    }
}
