package io.github.genaistreams.provider.datalab;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.model.DocumentRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Documents that nobody has named, as the API is told what they are. */
class MediaTypeTest {

    private static final String OOXML = "application/vnd.openxmlformats-officedocument.";

    @TempDir
    Path dir;

    static Stream<Arguments> documents() {
        List<String> word = List.of("1Table", "CompObj", "Data", "SummaryInformation", "WordDocument");
        return Stream.of(
                Arguments.of("pdf", "application/pdf", TestDocuments.pdf("x", 1)),
                Arguments.of("png", "image/png", TestDocuments.png()),
                Arguments.of("docx", OOXML + "wordprocessingml.document", TestDocuments.docx("x")),
                Arguments.of("xlsx", OOXML + "spreadsheetml.sheet", TestDocuments.xlsx()),
                Arguments.of("pptx", OOXML + "presentationml.presentation", TestDocuments.pptx()),
                Arguments.of(
                        "docx",
                        OOXML + "wordprocessingml.document",
                        TestDocuments.zip(
                                "word/document.xml", "<w/>", "xl.txt", "x", "[Content_Types].xml", "<Types/>")),
                Arguments.of(
                        "ods",
                        "application/vnd.oasis.opendocument.spreadsheet",
                        TestDocuments.withMimetype("application/vnd.oasis.opendocument.spreadsheet")),
                Arguments.of("epub", "application/epub+zip", TestDocuments.withMimetype("application/epub+zip")),
                Arguments.of("doc", "application/msword", TestDocuments.ole(word, List.of())),
                Arguments.of("doc", "application/msword", TestDocuments.ole(word, List.of("Workbook", "CompObj"))),
                Arguments.of(
                        "xls",
                        "application/vnd.ms-excel",
                        TestDocuments.ole(List.of("Workbook"), List.of("WordDocument"))),
                Arguments.of(
                        "ppt",
                        "application/vnd.ms-powerpoint",
                        TestDocuments.ole(List.of("Pictures", "PowerPoint Document"), List.of())),
                Arguments.of("zip", "application/zip", TestDocuments.zip("a.txt", "x")),
                Arguments.of(
                        "bin", "application/octet-stream", TestDocuments.ole(List.of("EncryptedPackage"), List.of())),
                Arguments.of("bin", "application/octet-stream", TestDocuments.zip("[Content_Types].xml", "<Types/>")),
                Arguments.of("bin", "application/octet-stream", new byte[] {1, 2, 3}));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void aDocumentWithoutANameIsLookedInto(String end, String type, byte[] document) throws Exception {
        var told = new MediaType("document." + end, type);
        Path file = Files.write(dir.resolve("stored"), document);

        assertThat(MediaType.of(request().build(), document)).isEqualTo(told);
        assertThat(MediaType.of(request().build(), file)).isEqualTo(told);
    }

    /** A name without an end, or with a wrong one, says nothing either. */
    @ParameterizedTest
    @MethodSource("documents")
    void noTypeIsMadeUp(String end, String type, byte[] document) {
        for (String name : List.of("report", "report.tmp")) {
            assertThat(MediaType.of(request().fileName(name).build(), document).contentType())
                    .doesNotContain("x-tika");
        }
    }

    @Test
    void whatTheRequestSaysHolds() {
        assertThat(MediaType.of(request().fileName("../a/table.csv").build(), "a,b".getBytes()))
                .isEqualTo(new MediaType("table.csv", "text/csv"));
        assertThat(MediaType.of(
                        request().contentType("image/webp").fileName("x.webp").build(), new byte[] {1}))
                .isEqualTo(new MediaType("x.webp", "image/webp"));
        assertThat(MediaType.of(request().fileName("table.ods").build(), TestDocuments.zip("a", "x")))
                .isEqualTo(new MediaType("table.ods", "application/vnd.oasis.opendocument.spreadsheet"));
    }

    /** A seeded search for what the reading of a broken directory could trip over: it has to end, and to throw nothing. */
    @Test
    void aDamagedDocumentIsOfSomeType() {
        var random = new Random(7);
        for (byte[] document : List.of(
                TestDocuments.xlsx(),
                TestDocuments.withMimetype("application/epub+zip"),
                TestDocuments.ole(List.of("a", "b", "Workbook"), List.of("c")))) {
            for (int i = 0; i < 500; i++) {
                byte[] damaged = Arrays.copyOf(document, document.length - random.nextInt(40));
                for (int n = 0; n < 8; n++) {
                    // Most of what can go wrong is near the ends.
                    int near = random.nextInt(Math.min(damaged.length, 1_100));
                    int place = random.nextBoolean() ? near : damaged.length - 1 - near;
                    damaged[place] = (byte) (random.nextBoolean() ? -1 : random.nextInt());
                }
                assertThat(MediaType.of(request().build(), damaged).contentType())
                        .isNotBlank();
            }
        }
    }

    private static DocumentRequest.Builder request() {
        return DocumentRequest.builder().batchId("b").document(new byte[] {1});
    }
}
