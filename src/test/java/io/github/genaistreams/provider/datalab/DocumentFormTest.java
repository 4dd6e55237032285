package io.github.genaistreams.provider.datalab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.github.genaistreams.check.DocumentCheck;
import io.github.genaistreams.model.DocumentBytes;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.wire.Json;
import io.vertx.ext.web.multipart.FormDataPart;
import io.vertx.ext.web.multipart.MultipartForm;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentFormTest {

    private static final String SCHEMA = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}";

    @Test
    void sendsTheDefaultsThatAreNotTheApisAndNothingElse() {
        assertThat(fields(request().build())).isEqualTo(Map.of("output_format", "json", "mode", "accurate"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "\"markdown\"                    | output_format     | markdown",
                "\"json, html\"                  | output_format     | json,html",
                "[\"json\",\"chunks\"]           | output_format     | json,chunks",
                "\"[\\\"json\\\", \\\"html\\\"]\"   | output_format     | json,html",
            })
    void takesOneOutputFormatOrSeveral(String json, String field, String sent) throws Exception {
        assertThat(fields(request().outputFormat(tree(json)).build())).containsEntry(field, sent);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "\"track_changes,extract_links\"                | extras            | track_changes,extract_links",
                "[\"track_changes\",\"infographic\"]             | extras            | track_changes,infographic",
                "\"[\\\"track_changes\\\"]\"                       | extras            | track_changes",
                "{\"keep_spreadsheet_formatting\":true}          | additional_config | {\"keep_spreadsheet_formatting\":true}",
                "\"{\\\"keep_spreadsheet_formatting\\\":true}\"  | additional_config | {\"keep_spreadsheet_formatting\":true}",
            })
    void takesExtrasAsWordsAsAListOrAsAnObject(String json, String field, String sent) throws Exception {
        DocumentRequest request = request().extras(tree(json)).build();

        assertThat(DocumentCheck.firstProblem(request)).isEmpty();
        assertThat(fields(request)).containsEntry(field, sent).hasSize(3);
    }

    /** Whose call it is, and how it is made: nothing to the API. */
    private static final Set<String> NOT_SENT = Set.of(
            "batchId",
            "index",
            "batchSize",
            "expectedPages",
            "pollIntervalSecs",
            "maxPollAttempts",
            "timeoutSecs",
            "maxRetries",
            "baseRetryDelaySecs",
            "jitterPercent",
            "resubmitOnUnknown",
            "maxConcurrentRequests",
            "priority",
            "credential");

    /** In the part with the document. */
    private static final Set<String> OF_THE_FILE = Set.of("document", "documentRef", "fileName", "contentType");

    /** Those whose field is not simply a text of the value. */
    private static final Map<String, Map<String, String>> OTHERWISE = Map.of(
            "outputFormat", Map.of("output_format", "word"),
            "extras", Map.of("extras", "word"),
            "pageSchema", Map.of("page_schema", "{\"a\":1}"),
            "segmentationSchema", Map.of("segmentation_schema", "{\"a\":1}"),
            "additionalConfig", Map.of("additional_config", "{\"a\":1}"),
            "extraFields", Map.of("a", "1"));

    static Stream<RecordComponent> parameters() {
        return Arrays.stream(DocumentRequest.class.getRecordComponents());
    }

    @ParameterizedTest
    @MethodSource("parameters")
    void everyParameterArrivesInTheForm(RecordComponent parameter) throws Exception {
        String name = parameter.getName();
        Object value = example(parameter);
        Map<String, String> sent = new HashMap<>(fields(only(parameter, value)));
        Map<String, String> usual = Map.of("output_format", "json", "mode", "accurate");
        usual.forEach((field, otherwise) -> sent.remove(field, otherwise));

        if (NOT_SENT.contains(name) || OF_THE_FILE.contains(name)) {
            assertThat(sent).isEmpty();
        } else {
            String field = PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(name);
            assertThat(sent).isEqualTo(OTHERWISE.getOrDefault(name, Map.of(field, value.toString())));
        }
    }

    @Test
    void theDocumentIsAPartWithItsNameAndItsType() {
        var type = new MediaType("a.pdf", "application/pdf");
        DocumentRequest inline = request().build();
        DocumentRequest stored = DocumentRequest.builder()
                .batchId("b")
                .documentRef("sha256/" + "0".repeat(64))
                .build();

        for (MultipartForm form : List.of(
                DocumentForm.of(inline, Endpoint.MARKER, inline.document().bytes(), type),
                DocumentForm.of(stored, Endpoint.CONVERT, Path.of("pom.xml"), type))) {
            FormDataPart file = StreamSupport.stream(form.spliterator(), false)
                    .filter(FormDataPart::isFileUpload)
                    .findFirst()
                    .orElseThrow();
            assertThat(file.name()).isEqualTo("file");
            assertThat(file.filename()).isEqualTo("a.pdf");
            assertThat(file.mediaType()).isEqualTo("application/pdf");
            assertThat(file.isText()).isFalse();
        }
        assertThat(DocumentForm.of(
                        DocumentRequest.builder()
                                .batchId("b")
                                .fileUrl("https://x")
                                .build(),
                        Endpoint.MARKER))
                .noneMatch(FormDataPart::isFileUpload);
    }

    @Test
    void aBuilderKeepsEveryParameter() throws Exception {
        Object[] values = new Object[DocumentRequest.class.getRecordComponents().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = example(DocumentRequest.class.getRecordComponents()[i]);
        }
        var all = (DocumentRequest) DocumentRequest.class.getDeclaredConstructors()[0].newInstance(values);

        assertThat(all.toBuilder().buildUnchecked()).isEqualTo(all);
    }

    private static DocumentRequest only(RecordComponent parameter, Object value) throws Exception {
        Object[] values = parameters()
                .map(other -> other.getName().equals(parameter.getName())
                        ? value
                        : other.getType() == int.class ? (Object) 0 : null)
                .toArray();
        return (DocumentRequest) DocumentRequest.class.getDeclaredConstructors()[0].newInstance(values);
    }

    private static Object example(RecordComponent parameter) throws Exception {
        Class<?> type = parameter.getType();
        if (type == JsonNode.class) {
            boolean isWords = Set.of("outputFormat", "extras").contains(parameter.getName());
            return tree(isWords ? "\"word\"" : "{\"a\":1}");
        }
        return type == String.class
                ? "text"
                : type == Boolean.class
                        ? true
                        : type == DocumentBytes.class ? new DocumentBytes(new byte[] {1}) : (Object) 7;
    }

    @Test
    void extraFieldsAreSentAsTextsOrAsJson() throws Exception {
        DocumentRequest request = request()
                .extraFields(tree("{\"use_llm\":true,\"x\":\"y\",\"list\":[1]}"))
                .build();

        assertThat(fields(request))
                .containsEntry("use_llm", "true")
                .containsEntry("x", "y")
                .containsEntry("list", "[1]");
    }

    static Stream<Arguments> namesTheFieldThatIsWrong() {
        return Stream.of(
                row("document", "exactly one", r -> r.document((byte[]) null)),
                row("document", "exactly one", r -> r.fileUrl("https://example.org/a.pdf")),
                row("document", "is empty", r -> r.document(new byte[0])),
                row("file_url", "http or https", r -> r.document((byte[]) null).fileUrl("file:///etc/passwd")),
                row("document_ref", "not a reference", r -> r.document((byte[]) null)
                        .documentRef("../../etc/passwd")),
                row("output_format", "unknown format", r -> r.outputFormat("pdf")),
                row("mode", "not a valid mode", r -> r.mode("very fast!")),
                row("page_schema", "no properties", r -> r.pageSchema("{\"type\":\"object\"}")),
                row("page_schema", "cannot be used together", r -> r.pageSchema(SCHEMA)
                        .schemaId("s")),
                row("segmentation_schema", "not a JSON object", r -> r.segmentationSchema("[1]")),
                row("segmentation_schema", "cannot be used together", r -> r.segmentationSchema(SCHEMA)
                        .schemaId("s")),
                row("page_range", "not a list of pages", r -> r.pageRange("first")),
                row("page_range", "before it begins", r -> r.pageRange("9-3")),
                row("max_pages", "from 1 to 7000", r -> r.maxPages(0)),
                row(
                        "extras",
                        "not a comma-separated string",
                        r -> r.extras(Json.MAPPER.createArrayNode().add(3))),
                row("extras", "not a comma-separated string", r -> r.extras("[\"broken\"")),
                row("extras", "not a comma-separated string", r -> r.extras("[{\"track_changes\":true}]")),
                row("content_type", "not a media type", r -> r.contentType("application/pdf\r\nX-Evil: 1")),
                row("content_type", "not a media type", r -> r.contentType("application/pdf\n")),
                row("content_type", "not a media type", r -> r.contentType("pdf")),
                row("content_type", "not a media type", r -> r.contentType("")),
                row("content_type", "not a media type", r -> r.contentType("text/plain; name=\"a\r\nb\"")),
                row("extra_fields", "not a JSON object", r -> r.extraFields(Json.MAPPER.createArrayNode())),
                row(
                        "extra_fields",
                        "invalid name for a form field",
                        r -> r.extraFields(Json.MAPPER.createObjectNode().put("a\"; filename=\"x", 1))),
                row(
                        "extra_fields",
                        "invalid name for a form field",
                        r -> r.extraFields(
                                Json.MAPPER.createObjectNode().put("ok", 1).put("a\r\nX-Evil: 1", 1))),
                row(
                        "extra_fields",
                        "invalid name for a form field",
                        r -> r.extraFields(Json.MAPPER.createObjectNode().put("", 1))),
                row("webhook_url", "http or https", r -> r.webhookUrl("javascript:alert(1)")),
                row("poll_interval_secs", "from 1", r -> r.pollIntervalSecs(0)),
                row("max_retries", "from 0", r -> r.maxRetries(-1)),
                row("jitter_percent", "from 0", r -> r.jitterPercent(-1)));
    }

    private static Arguments row(String field, String says, UnaryOperator<DocumentRequest.Builder> change) {
        return Arguments.of(field, says, change);
    }

    @ParameterizedTest
    @MethodSource
    void namesTheFieldThatIsWrong(String field, String says, UnaryOperator<DocumentRequest.Builder> change) {
        var problem = DocumentCheck.firstProblem(change.apply(request()).buildUnchecked())
                .orElseThrow();

        assertThat(problem.param()).isEqualTo(field);
        assertThat(problem.message()).startsWith("`" + field + "`").contains(says);
    }

    /** Of one document it is a guess, maybe an earlier version's; of all of them it is a mistake. */
    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 7_001, Integer.MAX_VALUE})
    void refusesPagesThatCannotBeOnlyWhereTheyAreSaidOfAllDocuments(int pages) {
        DocumentRequest request = request().expectedPages(pages).build();

        assertThat(DocumentCheck.firstProblem(request)).isEmpty();
        assertThat(request.pages()).isEqualTo(1);
        assertThat(DocumentCheck.commonProblem(request).orElseThrow().param()).isEqualTo("expected_pages");
    }

    @Test
    void countsNoMorePagesThanAreAskedForOfADocumentThatIsTooLong() {
        DocumentRequest.Builder request = request().expectedPages(Integer.MAX_VALUE);

        assertThat(request.maxPages(20).build().pages()).isEqualTo(20);
        assertThat(request.pageRange("0-9").build().pages()).isEqualTo(10);
        assertThat(request().expectedPages(-1).pageRange("0-9").build().pages()).isEqualTo(10);
    }

    @Test
    void findsNothingWrongWithAPlainDocument() {
        assertThat(DocumentCheck.firstProblem(request().build())).isEmpty();
        assertThat(DocumentCheck.firstProblem(request()
                        .outputFormat("json,html")
                        .pageRange("0, 5-10,20")
                        .pageSchema(SCHEMA)
                        .mode("lite")
                        .contentType("text/csv; charset=utf-8; header=\"a b\"")
                        .extraFields(Json.MAPPER
                                .createObjectNode()
                                .put("use_llm", true)
                                .put("a[0].b-c", 1))
                        .build()))
                .isEmpty();
    }

    private static Map<String, String> fields(DocumentRequest request) {
        return DocumentForm.fields(request, Endpoint.MARKER);
    }

    @Test
    void sendsAnEndpointThatDoesNotConvertOnlyWhatItTakes() throws Exception {
        DocumentRequest request = request()
                .pageRange("0-2")
                .skipCache(true)
                .extraFields(tree("{\"langs\":\"en\"}"))
                .build();

        assertThat(DocumentForm.fields(request, Endpoint.OCR))
                .isEqualTo(Map.of("page_range", "0-2", "skip_cache", "true", "langs", "en"));
        assertThat(DocumentForm.fields(request().paginate(true).build(), Endpoint.TRACK_CHANGES))
                .isEqualTo(Map.of("paginate", "true"));
    }

    private static JsonNode tree(String json) throws Exception {
        return Json.MAPPER.readTree(json);
    }

    private static DocumentRequest.Builder request() {
        return DocumentRequest.builder().batchId("b").document("%PDF-1.7".getBytes());
    }
}
