package io.github.genaistreams.provider.datalab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.http.Json;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DocumentFormTest {

    private static final String SCHEMA = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}";

    @Test
    void sendsTheDefaultsThatAreNotTheApisAndNothingElse() {
        assertThat(DocumentForm.fields(request().build()))
                .isEqualTo(Map.of("output_format", "json", "mode", "accurate"));
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
        assertThat(DocumentForm.fields(request().outputFormat(tree(json)).build()))
                .containsEntry(field, sent);
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
        Map<String, String> fields =
                DocumentForm.fields(request().extras(tree(json)).build());

        assertThat(fields).containsEntry(field, sent).hasSize(3);
    }

    @Test
    void sendsEveryParameterAsText() throws Exception {
        DocumentRequest all = request()
                .pageSchema(SCHEMA)
                .paginate(true)
                .pageRange("0-5")
                .maxPages(10)
                .disableImageExtraction(false)
                .webhookUrl("https://example.org/hook")
                .skipCache(true)
                .extraFields(tree("{\"word_bboxes\":true,\"x\":\"y\"}"))
                .build();

        assertThat(DocumentForm.fields(all))
                .containsEntry("page_schema", SCHEMA)
                .containsEntry("paginate", "true")
                .containsEntry("page_range", "0-5")
                .containsEntry("max_pages", "10")
                .containsEntry("disable_image_extraction", "false")
                .containsEntry("webhook_url", "https://example.org/hook")
                .containsEntry("skip_cache", "true")
                .containsEntry("word_bboxes", "true")
                .containsEntry("x", "y");
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                row("document", "exactly one", r -> r.document((byte[]) null)),
                row("document", "exactly one", r -> r.fileUrl("https://example.org/a.pdf")),
                row("document", "is empty", r -> r.document(new byte[0])),
                row("file_url", "http or https", r -> r.document((byte[]) null).fileUrl("file:///etc/passwd")),
                row("document_ref", "no reference", r -> r.document((byte[]) null)
                        .documentRef("../../etc/passwd")),
                row("output_format", "unknown format", r -> r.outputFormat("pdf")),
                row("mode", "no word", r -> r.mode("very fast!")),
                row("page_schema", "no properties", r -> r.pageSchema("{\"type\":\"object\"}")),
                row("page_schema", "exclude", r -> r.pageSchema(SCHEMA).schemaId("s")),
                row("page_range", "no list of pages", r -> r.pageRange("first")),
                row("page_range", "before it begins", r -> r.pageRange("9-3")),
                row("max_pages", "from 1 to 7000", r -> r.maxPages(0)),
                row(
                        "extras",
                        "neither words",
                        r -> r.extras(Json.MAPPER.createArrayNode().add(3))),
                row("extras", "neither words", r -> r.extras("[\"broken\"")),
                row("webhook_url", "http or https", r -> r.webhookUrl("javascript:alert(1)")),
                row("expected_pages", "from 1", r -> r.expectedPages(0)),
                row("poll_interval_secs", "from 1", r -> r.pollIntervalSecs(0)),
                row("max_retries", "from 0", r -> r.maxRetries(-1)),
                row("jitter_percent", "from 0", r -> r.jitterPercent(-1)));
    }

    private static Arguments row(String field, String says, UnaryOperator<DocumentRequest.Builder> change) {
        return Arguments.of(field, says, change);
    }

    @ParameterizedTest
    @MethodSource
    void wrong(String field, String says, UnaryOperator<DocumentRequest.Builder> change) {
        var problem =
                DocumentCheck.firstProblem(change.apply(request()).build()).orElseThrow();

        assertThat(problem.param()).isEqualTo(field);
        assertThat(problem.message()).startsWith("`" + field + "`").contains(says);
    }

    @Test
    void findsNothingWrongWithAPlainDocument() {
        assertThat(DocumentCheck.firstProblem(request().build())).isEmpty();
        assertThat(DocumentCheck.firstProblem(request()
                        .outputFormat("json,html")
                        .pageRange("0, 5-10,20")
                        .pageSchema(SCHEMA)
                        .mode("lite")
                        .build()))
                .isEmpty();
    }

    private static JsonNode tree(String json) throws Exception {
        return Json.MAPPER.readTree(json);
    }

    private static DocumentRequest.Builder request() {
        return DocumentRequest.builder().batchId("b").document("%PDF-1.7".getBytes());
    }
}
