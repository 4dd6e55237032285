package io.github.genaistreams.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.TestDocuments;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The text of documents, as it is and in its order. */
class DocumentPagesTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"cairo", "Ghostscript", "groff", "jsPDF", "PDFKit"})
    void readsThePagesOfAProducerInTheirOrder(String producer) throws Exception {
        var pages = DocumentPages.read(
                        Path.of("src/test/resources/documents", producer.toLowerCase(Locale.ROOT) + ".pdf"))
                .pages();

        assertThat(String.join("\n", pages.get(0))).contains("Made by " + producer + ", first page.");
        assertThat(String.join("\n", pages.get(1))).contains("Made by " + producer + ", second page.");
    }

    @Test
    void readsTheColumnsOfAPageOneAfterTheOther() throws Exception {
        assertThat(pages(twoColumns()))
                .containsExactly(List.of("Left, line 1", "Left, line 2", "Right, line 1", "Right, line 2"));
    }

    @ParameterizedTest
    @CsvSource({"50, 3", "95, 3", "99, 3", "50, 200", "95, 200"})
    void failsAPdfThatIsCutOff(int percent, int pages) {
        byte[] whole = TestDocuments.pdf("Cut", pages);

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> pages(Arrays.copyOf(whole, whole.length * percent / 100)))
                .withMessageContaining("not complete");
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 95})
    void failsAPdfOfAnotherProducerThatIsCutOff(int percent) throws Exception {
        for (String producer : List.of("cairo", "ghostscript", "groff", "jspdf", "pdfkit")) {
            byte[] whole = Files.readAllBytes(Path.of("src/test/resources/documents", producer + ".pdf"));
            assertThatExceptionOfType(IOException.class)
                    .as(producer)
                    .isThrownBy(() -> pages(Arrays.copyOf(whole, whole.length * percent / 100)))
                    .withMessageContaining("not complete");
        }
    }

    /** A file for slow lines begins with a table of contents and an end of its own, which says that it is at 0. */
    @Test
    void failsAPdfIfOnlyItsFirstPartHasArrived() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> pages("%PDF-1.7\n1 0 obj\nstartxref\n0\n%%EOF\n2 0 obj\n<</Ty".getBytes()))
                .withMessageContaining("not complete");
    }

    @Test
    void readsAPdfThatIsFollowedByALittleMore() throws Exception {
        byte[] whole = TestDocuments.pdf("Mailed", 1);

        assertThat(pages(Arrays.copyOf(whole, whole.length + 200)))
                .containsExactly(List.of("Mailed, page 0", "A second paragraph."));
    }

    @Test
    void readsTheLinesAndCharactersOfAWordDocument() throws Exception {
        byte[] document = TestDocuments.docx(
                "It&#8217;s 3 &lt; 4</w:t><w:br/><w:t>the next line</w:t></w:r></w:p>" + "<w:p/><w:p><w:r><w:t>Second");

        assertThat(pages(document)).containsExactly(List.of("It\u2019s 3 < 4\nthe next line", "Second"));
        assertThat(converted(document, "html").path("html").asText())
                .isEqualTo("<p>It\u2019s 3 &lt; 4<br>the next line</p>\n<p>Second</p>\n");
        assertThat(converted(document, "markdown").path("markdown").asText())
                .isEqualTo("It\u2019s 3 < 4  \nthe next line\n\nSecond");
    }

    @Test
    void failsAWordDocumentThatIsDamaged() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> pages(TestDocuments.docx("<")))
                .withMessage("The document is damaged");
    }

    @Test
    void readsTheTextOfAWebPage() throws Exception {
        byte[] page = """
                <!DOCTYPE html><html><!-- a > b --><style>p { color: red }</style>
                <body><p>Tea &amp; <b>bar</b>,
                 3&nbsp;&lt; 4</p><p>2 < 3</p></body></html>
                """.getBytes();

        assertThat(converted(page, "markdown").path("markdown").asText()).isEqualTo("Tea & bar, 3 < 4\n\n2 < 3");
        assertThat(converted(page, "html").path("html").asText())
                .isEqualTo("<p>Tea &amp; bar, 3 &lt; 4</p>\n<p>2 &lt; 3</p>\n");
    }

    @Test
    void marksThePagesOfHtmlIfAsked() throws Exception {
        ObjectNode result = DocumentResult.of(
                DocumentPages.read(file(TestDocuments.pdf("A", 2))),
                Map.of("output_format", "html", "paginate", "true"));

        assertThat(result.path("html").asText())
                .isEqualTo(
                        "<div class='page' data-page-id='0'>\n<p>A, page 0</p>\n<p>A second paragraph.</p>\n</div>\n"
                                + "<div class='page' data-page-id='1'>\n<p>A, page 1</p>\n<p>A second paragraph.</p>\n</div>\n");
    }

    private ObjectNode converted(byte[] document, String format) throws Exception {
        return DocumentResult.of(DocumentPages.read(file(document)), Map.of("output_format", format));
    }

    private List<List<String>> pages(byte[] document) throws Exception {
        return DocumentPages.read(file(document)).pages();
    }

    private Path file(byte[] document) throws IOException {
        return Files.write(directory.resolve("document"), document);
    }

    private static byte[] twoColumns() throws IOException {
        try (var document = new PDDocument()) {
            var page = new PDPage();
            document.addPage(page);
            try (var content = new PDPageContentStream(document, page)) {
                content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
                for (String column : List.of("Left", "Right")) {
                    for (int line = 1; line <= 2; line++) {
                        content.beginText();
                        content.newLineAtOffset(column.equals("Left") ? 72 : 320, 720 - 14 * line);
                        content.showText(column + ", line " + line);
                        content.endText();
                    }
                }
            }
            var bytes = new ByteArrayOutputStream();
            document.save(bytes);
            return bytes.toByteArray();
        }
    }
}
