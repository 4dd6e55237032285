package io.github.genaistreams.cli.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.genaistreams.cli.console.CliException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files are documents. */
class DocumentsTest {

    @TempDir
    Path dir;

    @Test
    void aDirectoryIsAllFilesBelowItByName() throws Exception {
        make("scans/b.pdf", "scans/2/a.pdf", "scans/a.pdf");

        assertThat(found(dir.resolve("scans").toString()))
                .containsExactly("scans/2/a.pdf", "scans/a.pdf", "scans/b.pdf");
    }

    @Test
    void whatIsHiddenBelowTheStartIsNotPaidFor() throws Exception {
        make(".home/scans/a.pdf", ".home/scans/.git/objects/x", ".home/scans/2/.Trash/b.pdf", ".home/scans/.c.pdf");

        assertThat(found(dir + "/.home/scans")).containsExactly(".home/scans/a.pdf");
        assertThat(found(dir + "/.home/**/*.pdf")).containsExactly(".home/scans/a.pdf");
    }

    @Test
    void aPatternForAnyDepthIncludesTheTop() throws Exception {
        make("scans/top.pdf", "scans/1/a.pdf", "scans/1/2/b.pdf", "scans/1/2/c.txt");

        assertThat(found(dir + "/scans/**/*.pdf")).containsExactly("scans/1/2/b.pdf", "scans/1/a.pdf", "scans/top.pdf");
        assertThat(found(dir + "/**/1/**/*.pdf")).containsExactly("scans/1/2/b.pdf", "scans/1/a.pdf");
    }

    @ParameterizedTest
    @ValueSource(strings = {"scans/*.pdf", "scans//*.pdf", "scans/./*.pdf", "s*//*.pdf", "{scans,other}/*.pdf"})
    void aPatternOfOneLevelIsThatLevel(String pattern) throws Exception {
        make("scans/a.pdf", "scans/1/b.pdf", "top.pdf");

        assertThat(found(dir + "/" + pattern)).containsExactly("scans/a.pdf");
    }

    @Test
    void aLinkToADirectoryIsThatDirectory() throws Exception {
        make("scans/a.pdf", "scans/1/b.pdf");
        Files.createSymbolicLink(dir.resolve("link"), dir.resolve("scans"));
        Files.createSymbolicLink(dir.resolve("scans/1/up"), dir.resolve("scans"));

        assertThat(found(dir + "/link")).containsExactly("link/1/b.pdf", "link/a.pdf");
        assertThat(found(dir + "/link/*.pdf")).containsExactly("link/a.pdf");
    }

    @Test
    void aDirectoryThatCannotBeReadIsLeftOutAndNamed() throws Exception {
        make("scans/a.pdf", "scans/locked/b.pdf");
        Path locked = dir.resolve("scans/locked");
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("---------"));
        try {
            assumeFalse(Files.isReadable(locked), "root may read everything");
            Documents documents = Documents.of(List.of(dir + "/scans"), null);
            assertThat(documents.sources()).hasSize(1);
            assertThat(documents.leftOut()).containsExactly(locked + " (no permission)");
            assertThat(Documents.of(List.of(dir + "/scans/*.pdf"), null).leftOut())
                    .isEmpty();
        } finally {
            Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void outputsOfAnEarlierRunAreNoDocuments() throws Exception {
        make("scans/a.pdf", "scans/out/a.md");
        Path out = dir.resolve("scans/out");
        Files.createSymbolicLink(dir.resolve("link"), out);

        for (Path outputs : List.of(out, dir.resolve("link"), dir.resolve("scans/./out"))) {
            assertThat(found(outputs, dir + "/scans")).containsExactly("scans/a.pdf");
            assertThat(found(outputs, dir + "/scans/**")).containsExactly("scans/a.pdf");
        }
        assertThat(found(dir, dir + "/scans/*.pdf")).containsExactly("scans/a.pdf");
    }

    @Test
    void outputsDoNotGoToADirectoryOfDocuments() throws Exception {
        make("scans/a.pdf");

        assertThatThrownBy(() -> Documents.of(List.of(dir + "/scans"), dir.resolve("./scans")))
                .isInstanceOf(CliException.class)
                .hasMessageContaining("--out")
                .hasMessageContaining("the outputs would be input documents of the next run");
    }

    @Test
    void anEmptyFileIsNamedBeforeAnythingIsPaid() throws Exception {
        make("scans/a.pdf");
        Path empty = Files.createFile(dir.resolve("scans/empty.pdf"));

        assertThatThrownBy(() -> Documents.of(List.of(empty.toString()), null))
                .hasMessage("The file " + empty + " is empty: remove it from the command.");
        Documents found = Documents.of(List.of(dir + "/scans"), null);
        assertThat(found.sources()).hasSize(1);
        assertThat(found.leftOut()).containsExactly(empty + " (empty)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://", "https://example.org/a b.pdf"})
    void anInvalidAddressIsNamed(String address) {
        assertThatThrownBy(() -> Documents.of(List.of(address), null))
                .isInstanceOf(CliException.class)
                .hasMessageContaining(address + " is not an http or https address");
    }

    private List<String> found(String argument) {
        return found(null, argument);
    }

    private List<String> found(Path outputs, String argument) {
        return Documents.of(List.of(argument), outputs).sources().stream()
                .map(source -> dir.relativize(source.file()).normalize().toString())
                .toList();
    }

    private void make(String... files) throws Exception {
        for (String file : files) {
            Files.createDirectories(dir.resolve(file).getParent());
            Files.writeString(dir.resolve(file), "x");
        }
    }
}
