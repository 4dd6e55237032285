package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.cli.GenAi;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** run documents. */
class RunDocumentsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    @Test
    void documentsOfADirectoryBecomeATextEachAndTheBadOnesAreNamed() throws Exception {
        Path scans = Files.createDirectories(directory.resolve("scans"));
        Files.write(scans.resolve("a.pdf"), TestDocuments.pdf("First", 2));
        Files.write(scans.resolve("b.pdf"), TestDocuments.largePdf("Second", 1_500_000));
        Files.write(scans.resolve("c.pdf"), TestDocuments.encryptedPdf());
        Path texts = directory.resolve("texts");
        String[] run = documents("scans", texts, scans);

        var first = new GenAi().run(run);

        assertThat(first.status()).as(first.err()).isEqualTo(1);
        assertThat(Files.readString(texts.resolve("a.md")))
                .startsWith("First, page 0")
                .contains("First, page 1");
        assertThat(Files.readString(texts.resolve("b.md"))).startsWith("Second, page 0");
        assertThat(texts.resolve("c.md")).doesNotExist();
        assertThat(first.out()).contains("c.pdf", "FAILED", "encrypted");
        assertThat(first.out()).contains(scans.resolve("a.pdf") + " -> " + texts.resolve("a.md") + "  2 pages");
        assertThat(first.err())
                .containsSubsequence("genai: batch scans, 3 documents", "2 succeeded", "1 failed")
                .doesNotContain("token");
        // Once, as the result, and not in the log as well.
        assertThat(first.out() + first.err()).containsOnlyOnce("encrypted");
        // The same command again reads what is there.
        Files.delete(texts.resolve("a.md"));
        var second = new GenAi().run(run);
        assertThat(second.err()).contains("3 of 3 documents submitted before");
        assertThat(texts.resolve("a.md")).exists();
    }

    @Test
    void saysHowManyPagesThereAreWithoutACall() throws Exception {
        Path scans = Files.createDirectories(directory.resolve("scans"));
        Files.write(scans.resolve("a.pdf"), TestDocuments.pdf("First", 3));
        Files.write(scans.resolve("b.png"), new byte[] {1});

        // Without a key.
        var text = new GenAi()
                .run("run", "documents", "--estimate", "--set", "datalab.requests.per.minute=1", scans.toString());
        var json = new GenAi().run("run", "documents", "--estimate", "--json", "--max-pages", "2", scans.toString());

        assertThat(text.status()).as(text.err()).isZero();
        assertThat(text.out()).isEqualToNormalizingNewlines("""
                        2 documents, 4 pages; the length of 1 document is unknown and counts as one page
                        Cost unknown: the API charges by page, and each result shows its cost.
                        Time: about 2 min
                          1 request per minute: 2 min
                        No calls were made.
                        """);
        assertThat(JSON.readTree(json.out()).path("pages").asInt()).isEqualTo(3);
        assertThat(JSON.readTree(json.out()).path("pages_unknown").asInt()).isEqualTo(1);
    }

    /** A run of documents that become Markdown in a directory. */
    private String[] documents(String batchId, Path texts, Path... documents) {
        var run = new ArrayList<>(List.of(
                "run",
                "documents",
                "--sandbox",
                "--batch-id",
                batchId,
                "--poll-interval-secs",
                "1",
                "--output-format",
                "markdown",
                "--out",
                texts.toString(),
                "--data-dir",
                directory.resolve("data").toString()));
        Arrays.stream(documents).map(Path::toString).forEach(run::add);
        return run.toArray(String[]::new);
    }

    /** It is paid by then, so nothing else may suffer from it. */
    @Test
    void anOutputThatCannotBeWrittenIsNamedAndWrittenByTheSameCommandLater() throws Exception {
        Path a = Files.write(directory.resolve("a.pdf"), TestDocuments.pdf("First", 1));
        Path b = Files.write(directory.resolve("b.pdf"), TestDocuments.pdf("Second", 1));
        Path texts = directory.resolve("texts");
        Path inTheWay = Files.createDirectories(texts.resolve("a.md"));
        String[] run = documents("mended", texts, a, b);

        var first = new GenAi().run(run);

        assertThat(first.status()).as(first.err()).isEqualTo(1);
        assertThat(first.err())
                .contains(
                        a + ": " + inTheWay + " cannot be written: Is a directory",
                        "2 succeeded",
                        "1 document could not be written. The results are kept and are not paid again. Fix the cause, then run the same command again");
        assertThat(texts.resolve("b.md")).exists();
        Files.delete(inTheWay);
        assertThat(new GenAi().run(run).status()).isZero();
        assertThat(inTheWay).content().startsWith("First, page 0");
    }

    @Test
    void aPlaceForOutputsThatIsAFileIsNamedBeforeAnythingStarts() throws Exception {
        Path a = Files.write(directory.resolve("a.pdf"), TestDocuments.pdf("First", 1));

        var refused = new GenAi().run("run", "documents", "--sandbox", "--out", a.toString(), a.toString());

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).isEqualTo("genai: --out " + a + " is a file: give a directory.\n");
    }

    @Test
    void documentsOfManyProducersComeOutWithTheirTextInTheirOrder() throws Exception {
        List<String> producers = List.of("cairo", "Ghostscript", "groff", "jsPDF", "PDFKit");
        List<String> run =
                new ArrayList<>(List.of("run", "documents", "--sandbox", "--poll-interval-secs", "1", "--json"));
        run.addAll(List.of(
                "--output-format",
                "markdown",
                "--data-dir",
                directory.resolve("data").toString()));
        for (String producer : producers) {
            run.add(Path.of("src/test/resources/documents", producer.toLowerCase(Locale.ROOT) + ".pdf")
                    .toString());
        }
        run.add(Files.write(directory.resolve("long.pdf"), TestDocuments.pdf("Long", 500))
                .toString());
        run.add(Files.write(directory.resolve("letter.docx"), TestDocuments.docx("Dear reader"))
                .toString());
        run.add(Files.write(directory.resolve("photo.png"), TestDocuments.png()).toString());
        byte[] whole = TestDocuments.pdf("Cut", 3);
        run.add(Files.write(directory.resolve("cut.pdf"), Arrays.copyOf(whole, whole.length / 3))
                .toString());
        run.add(Files.writeString(directory.resolve("notes.pdf"), "no PDF at all")
                .toString());

        var genai = new GenAi().run(run.toArray(String[]::new));

        assertThat(genai.status()).as(genai.err()).isEqualTo(1);
        List<JsonNode> results = new ArrayList<>();
        for (String line : genai.lines()) {
            results.add(JSON.readTree(line));
        }
        assertThat(results)
                .extracting(result -> result.path("index").asInt())
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        for (int i = 0; i < producers.size(); i++) {
            assertThat(results.get(i).at("/json_response/markdown").asText())
                    .as(producers.get(i))
                    .containsSubsequence(
                            "Made by " + producers.get(i) + ", first page.",
                            "Made by " + producers.get(i) + ", second page.");
        }
        assertThat(results.get(5).at("/json_response/markdown").asText())
                .containsSubsequence(IntStream.range(0, 500)
                        .mapToObj(page -> "Long, page " + page + "\n")
                        .toList());
        assertThat(results.get(5).path("page_count").asInt()).isEqualTo(500);
        assertThat(results.get(6).at("/json_response/markdown").asText()).contains("Dear reader");
        assertThat(results.get(7).path("success").asBoolean()).isTrue();
        assertThat(results.get(8).path("success").asBoolean()).isFalse();
        assertThat(results.get(9).at("/error/message").asText()).contains("Unsupported file type");
        assertThat(genai.err()).contains("8 succeeded, 2 failed", "512 pages", "¢");
    }

    @Test
    void aMissingDocumentIsNamed() {
        var result = new GenAi().run("run", "documents", "--sandbox", "/no/such/file.pdf");

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).contains("/no/such/file.pdf cannot be read: there is no such file.");
        assertThat(new GenAi().run("run", "documents", "x.pdf").err()).contains("DATALAB_API_KEY");
    }
}
