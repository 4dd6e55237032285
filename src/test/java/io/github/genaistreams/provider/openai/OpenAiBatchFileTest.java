package io.github.genaistreams.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.input.RequestFile;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Json;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A line for OpenAI's Batch API becomes a request, and that the body the line has. */
class OpenAiBatchFileTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'instructions': 'Be brief.'",
                "'text': {'format': {'type': 'text'}}",
                "'text': {'format': {'type': 'json_schema', 'name': 'n', 'schema': {'type': 'object'}, 'strict': true}}",
                "'text': {'format': {'type': 'json_schema', 'name': 'n', 'schema': {'type': 'object'}, 'later': [1]}}",
                "'text': {'verbosity': 'low'}",
                "'text': {'verbosity': 'low', 'later': {'a': null}}",
                "'reasoning': {'effort': 'high'}",
                "'reasoning': {'summary': 'auto'}",
                "'reasoning': {'effort': 'high', 'summary': 'auto', 'later': 1}",
                "'reasoning': {'generate_summary': 'auto'}",
                "'max_output_tokens': 100",
                "'temperature': 0.25",
                "'top_p': 0.5",
                "'top_logprobs': 3",
                "'tools': [{'type': 'function', 'name': 'f', 'parameters': {'type': 'object'}, 'strict': false}]",
                "'tools': [{'type': 'function', 'name': 'f', 'parameters': {'type': 'object'}}, {'type': 'web_search'}]",
                "'tool_choice': 'required'",
                "'tool_choice': {'type': 'function', 'name': 'f'}",
                "'parallel_tool_calls': false",
                "'max_tool_calls': 2",
                "'previous_response_id': 'resp_1'",
                "'conversation': 'conv_1'",
                "'conversation': {'id': 'conv_1'}",
                "'prompt': {'id': 'pmpt_1', 'version': '2', 'variables': {'a': 'b'}}",
                "'include': ['reasoning.encrypted_content']",
                "'store': false",
                "'background': true",
                "'stream': false",
                "'truncation': 'auto'",
                "'context_management': [{'type': 'compaction', 'compact_threshold': 1000}]",
                "'metadata': {'a': 'b'}",
                "'service_tier': 'flex'",
                "'prompt_cache_key': 'k'",
                "'prompt_cache_options': {'mode': 'm'}",
                "'prompt_cache_retention': '24h'",
                "'safety_identifier': 's'",
                "'moderation': {'model': 'm'}",
                "'user': 'u'",
                "'a_field_of_tomorrow': {'a': [1.50, null, {'b': true}]}",
                // Names of ours, but not of the API: they are the API's to refuse.
                "'timeout_secs': 5, 'credential': 'x', 'user_prompt': 'y', 'extra_body': {'z': 1}",
            })
    void sendsEachFieldAsItIs(String field) throws Exception {
        assertSame("{'model': 'm', 'input': 'Hi.', " + field + "}");
    }

    @Test
    void sendsInputItemsAsTheyAre() throws Exception {
        assertSame("{'model': 'm', 'input': [{'type': 'message', 'role': 'user', 'content': [{'type': 'input_text',"
                + " 'text': 'Hi.'}, {'type': 'input_image', 'image_url': 'https://a/b.png'}]}]}");
    }

    @Test
    void sendsATemplateWithoutInput() throws Exception {
        assertSame("{'model': 'm', 'prompt': {'id': 'pmpt_1'}}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "reasoning": {"effort": "low"} | low
            "reasoning": null              | high
            "reasoning": {"effort": null}  | high
            """)
    void takesFromTheTemplateWhatTheBodyLeavesOpen(String field, String effort) throws Exception {
        var template = ResponsesRequest.builder()
                .model("template")
                .reasoningEffort("high")
                .extraBody(Json.MAPPER.readTree("{\"a\":1}"));

        ObjectNode sent =
                sent(Json.MAPPER.readTree("{\"input\": \"Hi.\", \"b\": 2, " + field + "}"), template.buildUnchecked());

        assertThat(sent.path("model").asText()).isEqualTo("template");
        assertThat(sent.path("reasoning").path("effort").asText()).isEqualTo(effort);
        assertThat(sent.path("a").asInt()).isEqualTo(1);
        assertThat(sent.path("b").asInt()).isEqualTo(2);
    }

    private static void assertSame(String text) throws Exception {
        JsonNode body = Json.MAPPER.readTree(text.replace('\'', '"'));
        assertThat(Json.MAPPER.readTree(
                        sent(body, ResponsesRequest.builder().buildUnchecked()).toString()))
                .isEqualTo(body);
    }

    private static ObjectNode sent(JsonNode body, ResponsesRequest template) {
        String line = "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/responses\",\"body\":" + body + "}";
        try (var file = new RequestFile(new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)), template)) {
            ResponsesRequest request = file.list().get(0);
            assertThat(file.form()).isEqualTo(RequestFile.Form.OPENAI_BATCH);
            assertThat(file.customId(0)).contains("a");
            assertThat(file.customId(1)).isEmpty();
            return ResponsesBody.of(request);
        }
    }
}
