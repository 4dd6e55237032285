package io.github.genaistreams.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.cli.console.Terminal;
import io.github.genaistreams.cli.document.DocumentFiles;
import io.github.genaistreams.cli.document.DocumentForms;
import io.github.genaistreams.cli.document.Documents;
import io.github.genaistreams.cli.output.ItemLabels;
import io.github.genaistreams.cli.output.JsonOutput;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ItemKey;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the contents of documents are written. */
class DocumentPrinterTest {

    @TempDir
    Path dir;

    private final List<String> arguments = new ArrayList<>();
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Terminal terminal = Terminal.NONE;
    private boolean json;
    private String format = "html";
    private UnaryOperator<DocumentRequest.Builder> request = builder -> builder;

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
    void givesDocumentsOfOneNameAFileEachWhateverBecomesOfTheOthers() throws Exception {
        source("a/x.pdf", "x");
        source("b/x.pdf", "x");
        source("b/X.docx", "x");

        print(dir.resolve("out"), result(1), result(2));

        assertThat(dir.resolve("out/x.html")).doesNotExist();
        assertThat(dir.resolve("out/x-2.html")).hasContent("text 1");
        assertThat(dir.resolve("out/X-3.html")).hasContent("text 2");
    }

    @Test
    void mirrorsWhatIsBelowADirectoryAndSaysWhatIsFromWhere() throws Exception {
        source("a/2/report.pdf", "x");
        source("a/report.pdf", "x");
        arguments.clear();
        arguments.add(dir.resolve("a").toString());

        print(dir.resolve("out"));

        assertThat(dir.resolve("out/2/report.html")).hasContent("text 0");
        assertThat(dir.resolve("out/report.html")).hasContent("text 1");
        assertThat(out.toString(UTF_8).lines())
                .containsExactly(
                        "   0  %s -> %s".formatted(dir.resolve("a/2/report.pdf"), dir.resolve("out/2/report.html")),
                        "   1  %s -> %s".formatted(dir.resolve("a/report.pdf"), dir.resolve("out/report.html")));
    }

    @Test
    void takesTheNameOfAnAddressOrOfItsHostAndNothingOfItsQuery() throws Exception {
        source("q#1?.pdf", "x");
        arguments.add("https://example.org/papers/q.pdf?version=2#page=3");
        arguments.add("https://example.org/");
        arguments.add("https://example.org");
        arguments.add("https://example.org/papers/");
        arguments.add("checkpoint:c/1.2");

        print(dir.resolve("out"));

        assertThat(dir.resolve("out")).isDirectoryContaining("glob:**/example.org.html");
        assertThat(List.of("q#1?", "q", "example.org", "example.org-2", "papers", "checkpoint:c_1.2"))
                .allSatisfy(
                        name -> assertThat(dir.resolve("out/" + name + ".html")).exists());
    }

    @Test
    void shortensANameThatHasNoRoomForItsEnding() throws Exception {
        source("ü".repeat(120) + "long-long.pdf.x", "x");
        source("a/" + "ü".repeat(120) + "long-long.pdf.x", "x");
        format = "markdown,html";

        print(dir.resolve("out"));

        try (var files = Files.list(dir.resolve("out"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .hasSize(4)
                    .allMatch(name -> name.startsWith("ü".repeat(120)));
        }
        assertThat(err.toString(UTF_8)).isEmpty();
    }

    @Test
    void writesAFileForEachFormThatWasAskedFor() throws Exception {
        source("x.pdf", "x");
        format = "markdown,html,json,chunks";

        print(dir.resolve("out"));

        assertThat(dir.resolve("out/x.md")).hasContent("# 0");
        assertThat(dir.resolve("out/x.html")).hasContent("text 0");
        assertThat(dir.resolve("out/x.json")).hasContent("{\"children\":[]}");
        assertThat(dir.resolve("out/x.chunks.json")).hasContent("{\"blocks\":[]}");
    }

    @Test
    void writesTheTreeIfNothingElseWasAskedFor() throws Exception {
        source("x.pdf", "x");
        format = null;

        print(dir.resolve("out"));

        assertThat(dir.resolve("out/x.json")).hasContent("{\"children\":[]}");
        assertThat(dir.resolve("out/x.html")).doesNotExist();
    }

    @Test
    void writesWhatWasExtractedAndTheFormsThatWereAskedForBeside() throws Exception {
        source("x.pdf", "x");
        format = "markdown,json";
        request = builder -> builder.pageSchema("{\"properties\":{}}");

        print(dir.resolve("out"));

        assertThat(dir.resolve("out/x.json")).hasContent("{\"a\":1}");
        assertThat(dir.resolve("out/x.tree.json")).hasContent("{\"children\":[]}");
        assertThat(dir.resolve("out/x.md")).hasContent("# 0");
    }

    @Test
    void keepsTheWholeAnswerIfItHasNoRequestedFormat() throws Exception {
        source("x.pdf", "x");

        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("something", "new");
        print(dir.resolve("out"), result(0, answer));

        assertThat(dir.resolve("out/x.json")).hasContent("{\"something\":\"new\"}");
    }

    @Test
    void keepsTheWholeAnswerBesideAnEmptyText() throws Exception {
        source("x.pdf", "x");

        ObjectNode answer =
                JsonNodeFactory.instance.objectNode().put("html", "").put("parse_quality_score", 5);
        print(dir.resolve("out"), result(0, answer));

        assertThat(dir.resolve("out/x.html")).isEmptyFile();
        assertThat(dir.resolve("out/x.json")).hasContent("{\"html\":\"\",\"parse_quality_score\":5}");
    }

    @Test
    void goesOnAfterAFileThatCannotBeWrittenAndSaysWhy() throws Exception {
        source("x.pdf", "x");
        source("y.pdf", "x");
        Files.createDirectories(dir.resolve("out/x.html/in the way"));

        int unwritten = print(dir.resolve("out"));

        assertThat(unwritten).isEqualTo(1);
        assertThat(err.toString(UTF_8))
                .contains(
                        dir.resolve("x.pdf") + ": " + dir.resolve("out/x.html") + " cannot be written: Is a directory");
        assertThat(dir.resolve("out/y.html")).hasContent("text 1");
    }

    @Test
    void writesAnAnswerWithHalfACharacterInIt() throws Exception {
        source("x.pdf", "x");

        int unwritten = print(
                dir.resolve("out"),
                result(0, JsonNodeFactory.instance.objectNode().put("html", "a\ud83d b")));

        assertThat(unwritten).isZero();
        assertThat(dir.resolve("out/x.html")).hasContent("a? b");
    }

    @Test
    void refusesAPlaceForOutputsWhereNoneCanBe() throws Exception {
        source("x.pdf", "x");
        Path file = Files.writeString(dir.resolve("file"), "");

        assertThatThrownBy(() -> print(file)).hasMessage("--out " + file + " is a file: give a directory.");
        assertThatThrownBy(() -> print(file.resolve("in it")))
                .hasMessageStartingWith("--out " + file.resolve("in it") + " is not writable: ");
    }

    @Test
    void refusesOutputsThatAPatternWouldTakeForDocuments() throws Exception {
        source("x.html", "x");
        arguments.clear();
        arguments.add(dir + "/*.html");

        assertThatThrownBy(() -> print(dir)).hasMessageContaining("x-2.html would be an input document");
        format = "markdown";
        print(dir);
        assertThat(dir.resolve("x.md")).hasContent("# 0");
    }

    @Test
    void givesAnotherProgramTheContentOfASingleDocumentAndNothingElse() throws Exception {
        source("x.pdf", "x");

        print(null, result(0, JsonNodeFactory.instance.objectNode().put("html", "text 0")));

        assertThat(out.toString(UTF_8)).isEqualTo("text 0\n");
    }

    @Test
    void keepsControlCharactersFromTheTerminalOnly() throws Exception {
        source("x\u001b[2J.pdf", "x");
        ObjectNode answer = JsonNodeFactory.instance.objectNode().put("html", "a\u001b]0;title\u0007b");

        print(null, result(0, answer));
        assertThat(out.toString(UTF_8)).isEqualTo("a\u001b]0;title\u0007b\n");

        out.reset();
        terminal = new Terminal(true, true, 80);
        print(null, result(0, answer));
        assertThat(out.toString(UTF_8)).contains("x[2J.pdf\na]0;titleb").doesNotContain("\u001b");
    }

    @Test
    void namesTheFileInJsonAndInFailures() throws Exception {
        Path file = source("x.pdf", "x");
        source("y.pdf", "x");
        CallResult failed = CallResult.builder(new ItemKey("b", 0), "documents")
                .error(new CallError("No such page", "invalid_request_error", "x", null, false, 400))
                .build();

        print(null, failed);
        assertThat(out.toString(UTF_8)).isEqualTo("   0  " + file + "  FAILED No such page\n");

        out.reset();
        json = true;
        print(null, failed);
        assertThat(new JsonMapper()
                        .readTree(out.toString(UTF_8))
                        .path("file_name")
                        .asText())
                .isEqualTo(file.toString());
    }

    @Test
    void writesAnEmptyFileForASuccessWithoutAnAnswer() throws Exception {
        source("page.pdf", "the source");

        int unwritten = print(
                dir,
                CallResult.builder(new ItemKey("b", 0), "documents")
                        .success(true)
                        .build());

        assertThat(unwritten).isZero();
        assertThat(dir.resolve("page.json")).isEmptyFile();
    }

    private Path source(String name, String content) throws Exception {
        Path file = dir.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
        arguments.add(file.toString());
        return file;
    }

    private static CallResult result(int index) {
        ObjectNode answer = JsonNodeFactory.instance
                .objectNode()
                .put("html", "text " + index)
                .put("markdown", "# " + index)
                .put("extraction_schema_json", "{ \"a\": 1 }");
        answer.putObject("json").putArray("children");
        answer.putObject("chunks").putArray("blocks");
        return result(index, answer);
    }

    private static CallResult result(int index, ObjectNode answer) {
        return CallResult.builder(new ItemKey("b", index), "documents")
                .success(true)
                .jsonResponse(answer)
                .build();
    }

    private int print(Path directory) {
        return print(
                directory,
                IntStream.range(0, Documents.of(arguments, directory).sources().size())
                        .mapToObj(DocumentPrinterTest::result)
                        .toArray(CallResult[]::new));
    }

    /** Returns how many could not be written. */
    private int print(Path directory, CallResult... results) {
        var cli = new Cli(
                InputStream.nullInputStream(),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                terminal,
                Map.of(),
                StopSignal.manual());
        Documents documents = Documents.of(arguments, directory);
        var forms = new DocumentForms(
                request.apply(DocumentRequest.builder().outputFormat(format)).buildUnchecked());
        DocumentFiles files = directory == null ? null : new DocumentFiles(directory, documents, forms);
        try (var printer = new DocumentPrinter(
                cli, Paint.OFF, json ? JsonOutput.lines(cli.out()) : null, files, documents.sources())) {
            for (CallResult result : results) {
                printer.print(result, new ItemLabels(null, null, Map.of()));
            }
            return printer.unwritten();
        }
    }
}
