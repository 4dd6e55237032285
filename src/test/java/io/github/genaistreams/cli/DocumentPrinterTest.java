package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the contents of documents are written. */
class DocumentPrinterTest {

    @TempDir
    Path dir;

    private final List<DocumentOptions.Source> sources = new ArrayList<>();

    @BeforeEach
    void makeDirectories() throws Exception {
        Files.createDirectories(dir.resolve("a"));
        Files.createDirectories(dir.resolve("b"));
    }

    @Test
    void neverWritesOverADocument() throws Exception {
        Path page = source("page.html", "the source");
        Path other = source("page-2.html", "another source");

        print(dir);

        assertThat(page).hasContent("the source");
        assertThat(other).hasContent("another source");
        assertThat(dir.resolve("page-3.html")).hasContent("text 0");
        assertThat(dir.resolve("page-2-2.html")).hasContent("text 1");
    }

    @Test
    void neverWritesOverADocumentThatHasAnotherNameThere() throws Exception {
        Path page = source("a/page.html", "the source");
        Files.createSymbolicLink(dir.resolve("link"), dir.resolve("a"));

        print(dir.resolve("link"));

        assertThat(page).hasContent("the source");
        assertThat(dir.resolve("a/page-2.html")).hasContent("text 0");
    }

    @Test
    void givesDocumentsOfOneNameAFileEach() throws Exception {
        source("a/x.pdf", "");
        source("b/x.pdf", "");
        source("b/x.docx", "");

        print(dir.resolve("out"));

        assertThat(dir.resolve("out/x.html")).hasContent("text 0");
        assertThat(dir.resolve("out/x-2.html")).hasContent("text 1");
        assertThat(dir.resolve("out/x-3.html")).hasContent("text 2");
    }

    @Test
    void leavesOutTheQueryOfAnAddressButNothingOfAFileName() throws Exception {
        source("q#1?.pdf", "");
        String url = "https://example.org/papers/q.pdf?version=2#page=3";
        sources.add(new DocumentOptions.Source(url, null, url));

        print(dir.resolve("out"));

        assertThat(dir.resolve("out/q#1?.html")).hasContent("text 0");
        assertThat(dir.resolve("out/q.html")).hasContent("text 1");
    }

    private Path source(String name, String content) throws Exception {
        Path file = Files.writeString(dir.resolve(name), content);
        sources.add(new DocumentOptions.Source(file.toString(), file, null));
        return file;
    }

    private void print(Path directory) {
        var out = new PrintStream(new ByteArrayOutputStream());
        try (var printer = new DocumentPrinter(out, Paint.OFF, false, directory, sources)) {
            for (int i = 0; i < sources.size(); i++) {
                var answer = JsonNodeFactory.instance
                        .objectNode()
                        .put("output_format", "html")
                        .put("html", "text " + i);
                printer.print(
                        CallResult.builder(new ItemKey("b", i), "documents")
                                .success(true)
                                .jsonResponse(answer)
                                .build(),
                        null);
            }
        }
    }
}
