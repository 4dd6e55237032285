package io.github.genaistreams.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.genaistreams.check.OutputCheck.Violation;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Json;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutputCheckTest {

    private static final String PATIENT = """
            {"type": "object", "additionalProperties": false, "required": ["name", "age"], "properties": {
              "name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}, "tags": {"$ref": "#/$defs/tags"}},
             "$defs": {"tags": {"type": "array", "items": {"enum": ["a", "b"]}}}}""";

    @Test
    void findsNoProblemInAValidAnswer() throws Exception {
        assertThat(violations(PATIENT, "{\"name\": \"Jane\", \"age\": 32, \"tags\": [\"a\"]}"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"name\": \"Jane\", \"age\": -1}                    | /age",
                "{\"name\": \"Jane\", \"age\": 3.5}                   | /age",
                "{\"name\": 7, \"age\": 3}                            | /name",
                "{\"name\": \"Jane\", \"age\": 3, \"tags\": [\"a\", \"c\"]} | /tags/1",
            })
    void saysWhereAnAnswerDiffers(String text, String at) throws Exception {
        assertThat(violations(PATIENT, text)).extracting(Violation::at).containsExactly(at);
    }

    @Test
    void namesWhatIsMissingAndWhatIsTooMuchInAnOrderThatNeverChanges() throws Exception {
        List<Violation> first = violations(PATIENT, "{\"nmae\": \"Jane\"}");

        assertThat(first).hasSize(3).isEqualTo(violations(PATIENT, "{\"nmae\": \"Jane\"}"));
        assertThat(first.toString()).contains("name", "age", "nmae");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "Sure! {\"name\":\"Jane\",\"age\":3}", "{\"name\":\"Jane\",\"age\":3} ok", "{\"name\":\"Ja"})
    void wantsOneJsonValueAndNothingElse(String text) throws Exception {
        assertThat(violations(PATIENT, text)).hasSize(1);
    }

    @Test
    void keepsWhatItSaysShort() throws Exception {
        List<Violation> violations = violations(
                "{\"type\":\"array\",\"items\":{\"enum\":[\"" + "x".repeat(5_000) + "\"]}}",
                "[" + "1,".repeat(100) + "1]");

        assertThat(violations).hasSize(10);
        assertThat(violations).allSatisfy(v -> assertThat(v.toString()).hasSizeLessThan(400));
    }

    @Test
    void readsAnOlderDraftIfTheSchemaNamesIt() throws Exception {
        String draft4 = "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"type\":\"object\","
                + "\"properties\":{\"n\":{\"minimum\":3,\"exclusiveMinimum\":true}}}";

        assertThat(violations(draft4, "{\"n\": 3}")).hasSize(1);
        assertThat(violations(draft4, "{\"n\": 4}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:1/schema.json",
                "file:///etc/hostname",
                "classpath:/io/github/genaistreams/cli/logback.xml"
            })
    void followsNoReferenceOutOfTheSchema(String reference) {
        assertThatThrownBy(() -> violations("{\"$ref\": \"" + reference + "\"}", "{}"))
                .hasMessageContaining(reference);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"pattern\": \"([\"}",
                "{\"$ref\": \"#nowhere\"}",
                "{\"$ref\": \"#/$defs/a\"}",
                "{\"properties\": {\"a\": {\"items\": {\"$ref\": \"https://example.com/s.json\"}}}}",
                "{\"$schema\": \"https://example.com/own\"}",
            })
    void knowsBeforeThereIsAnAnswerThatNoneCanBeChecked(String schema) throws Exception {
        assertThat(OutputCheck.flaw(request(schema)))
                .hasValueSatisfying(why -> assertThat(why).isNotBlank().hasSizeLessThan(400));
    }

    @Test
    void checksWithSchemasThatReferToThemselves() throws Exception {
        String tree = "{\"type\": \"object\", \"properties\": {\"next\": {\"$ref\": \"#\"}}}";

        assertThat(OutputCheck.flaw(request(tree))).isEmpty();
        assertThat(violations(tree, "{\"next\": {\"next\": 7}}"))
                .extracting(Violation::at)
                .containsExactly("/next/next");
    }

    private static List<Violation> violations(String schema, String text) throws JsonProcessingException {
        return OutputCheck.of(request(schema)).violations(text);
    }

    private static ResponsesRequest request(String schema) throws JsonProcessingException {
        return ResponsesRequest.builder()
                .model("m")
                .userPrompt("p")
                .responseFormat(
                        Json.MAPPER.readTree("{\"type\":\"json_schema\",\"name\":\"n\",\"schema\":" + schema + "}"))
                .validateOutput(true)
                .build();
    }
}
