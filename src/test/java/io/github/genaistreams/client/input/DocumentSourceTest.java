package io.github.genaistreams.client.input;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.check.DocumentCheck;
import io.github.genaistreams.model.DocumentRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is guessed about a document never refuses it. */
class DocumentSourceTest {

    private static final DocumentRequest COMMON = DocumentRequest.builder().buildUnchecked();

    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 3", "7000, 7000"})
    void tellsThePagesThatAPdfNames(String count, int pages) throws Exception {
        assertThat(inMemory(pdf(count)).expectedPages()).isEqualTo(pages);
        assertThat(inFile(pdf(count), "a.pdf").expectedPages()).isEqualTo(pages);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0", "-1", "7001", "2147483647", "99999999999999999999", "-2147483648", "/One", "[1]", "null"})
    void guessesNothingFromAPdfWhoseNumberOfPagesCannotBe(String count) throws Exception {
        for (DocumentRequest request : new DocumentRequest[] {inMemory(pdf(count)), inFile(pdf(count), "a.pdf")}) {
            assertThat(request.expectedPages()).isNull();
            assertThat(request.pages()).isEqualTo(1);
            assertThat(DocumentCheck.firstProblem(request)).isEmpty();
        }
    }

    static Stream<Arguments> documents() {
        byte[] good = TestDocuments.pdf("good", 2);
        return Stream.of(
                Arguments.of("encrypted", TestDocuments.encryptedPdf()),
                Arguments.of("cut off", Arrays.copyOf(good, good.length / 2)),
                Arguments.of("only its head", "%PDF-1.7".getBytes(ISO_8859_1)),
                Arguments.of("no objects", "%PDF-1.7\n%%EOF".getBytes(ISO_8859_1)),
                Arguments.of("arrays without end", ("%PDF-1.7\n1 0 obj " + "[".repeat(200_000)).getBytes(ISO_8859_1)),
                Arguments.of(
                        "dictionaries without end",
                        ("%PDF-1.7\n1 0 obj " + "<</A ".repeat(200_000)).getBytes(ISO_8859_1)),
                Arguments.of("pages that are their own", pages("2 0 R", "")),
                Arguments.of("no pages", pages("", "/Count 0")),
                Arguments.of("an image", TestDocuments.png()),
                Arguments.of("a text document", TestDocuments.docx("text")),
                Arguments.of("a byte", new byte[] {0}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("documents")
    @Timeout(20)
    void takesWhateverTheDocumentIs(String what, byte[] document) throws Exception {
        for (DocumentRequest request : new DocumentRequest[] {inMemory(document), inFile(document, "x")}) {
            assertThat(request.document().bytes()).isEqualTo(document);
            assertThat(DocumentCheck.firstProblem(request)).isEmpty();
            assertThat(request.pages()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\nb.pdf",
                "\"quoted\".pdf",
                "a;b=c",
                "%zz.pdf",
                "..pdf",
                ".hidden",
                "ä \u0001.pdf",
                "?x#y",
                "COM1"
            })
    void takesWhateverTheFileIsCalled(String name) throws Exception {
        DocumentRequest request = inFile(TestDocuments.png(), name);

        assertThat(request.fileName()).isEqualTo(name);
        assertThat(DocumentCheck.firstProblem(request)).isEmpty();
    }

    @Test
    void keepsWhatIsSaidOfAllDocuments() throws Exception {
        DocumentRequest common = COMMON.toBuilder().expectedPages(5).buildUnchecked();

        assertThat(DocumentSource.of(pdf("3"))
                        .request(common, null, Long.MAX_VALUE)
                        .expectedPages())
                .isEqualTo(5);
    }

    private static DocumentRequest inMemory(byte[] document) {
        return DocumentSource.of(document).request(COMMON, null, Long.MAX_VALUE);
    }

    private DocumentRequest inFile(byte[] document, String name) throws Exception {
        Path file = Files.write(dir.resolve(name), document);
        return DocumentSource.of(file).request(COMMON, null, Long.MAX_VALUE);
    }

    private static byte[] pdf(String count) {
        return pages("3 0 R", "/Count " + count);
    }

    /** As simple as a PDF can be, with the table of its objects: readers mend one without it. */
    private static byte[] pages(String kids, String more) {
        var pdf = new StringBuilder("%PDF-1.4\n");
        var table = new StringBuilder("xref\n0 4\n0000000000 65535 f \n");
        for (String object : new String[] {
            "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n",
            "2 0 obj <</Type/Pages/Kids[" + kids + "]" + more + ">> endobj\n",
            "3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj\n"
        }) {
            table.append("%010d 00000 n \n".formatted(pdf.length()));
            pdf.append(object);
        }
        int start = pdf.length();
        return pdf.append(table)
                .append("trailer <</Size 4/Root 1 0 R>>\nstartxref\n" + start + "\n%%EOF\n")
                .toString()
                .getBytes(ISO_8859_1);
    }
}
