package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.client.input.RequestFile;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireFormat;
import java.io.ByteArrayInputStream;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests as users of the Python library genai-coroutines have them in its documentation, each as a whole-batch record:
 * accepted, and sent as the API wants them. Only the key is left out, which no record may hold.
 */
class ReadmeExamplesTest {

    private static final String PATIENT_SCHEMA = "{'type':'object','properties':{'name':{'type':'string'},"
            + "'age':{'type':'integer'},'diagnosis':{'type':'string'},'date':{'type':'string'}},"
            + "'required':['name','age','diagnosis','date'],'additionalProperties':false}";

    private static final String CONDITION_SCHEMA = "{'type':'object','properties':{'name':{'type':'string'},"
            + "'age':{'type':'integer'},'condition':{'type':'string'}},"
            + "'required':['name','age','condition'],'additionalProperties':false}";

    private static final String WEATHER_PARAMETERS =
            "{'type':'object','properties':{'location':{'type':'string'}},'required':['location']}";

    static Stream<Arguments> examples() {
        return Stream.of(
                arguments(
                        "JSON schema, strict",
                        "{'model':'gpt-4o-mini','system_prompt':'Extract patient info from the text.','user_prompts':['Patient John Doe, age 45, diagnosed with hypertension on 2024-01-15.'],"
                                + "'response_format':{'type':'json_schema','json_schema':{'name':'patient_info','schema':"
                                + PATIENT_SCHEMA + ",'strict':true}}}",
                        "{'model':'gpt-4o-mini','instructions':'Extract patient info from the text.','input':'Patient John Doe, age 45, diagnosed with hypertension on 2024-01-15.','text':{'format':{'type':'json_schema',"
                                + "'name':'patient_info','schema':" + PATIENT_SCHEMA + ",'strict':true}}}"),
                arguments(
                        "JSON object",
                        "{'model':'gpt-4o-mini','system_prompt':'S','user_prompts':['P'],"
                                + "'response_format':{'type':'json_object'}}",
                        "{'model':'gpt-4o-mini','instructions':'S','input':'P Respond in JSON format.',"
                                + "'text':{'format':{'type':'json_object'}}}"),
                arguments(
                        "plain text",
                        "{'model':'gpt-4o-mini','system_prompt':'S','user_prompts':['P'],'response_format':{'type':'text'}}",
                        "{'model':'gpt-4o-mini','instructions':'S','input':'P','text':{'format':{'type':'text'}}}"),
                arguments(
                        "reasoning model",
                        "{'model':'o3-mini','system_prompt':'Solve this step by step.','user_prompts':['What is 1234 * 5678?'],'response_format':{'type':'text'},"
                                + "'reasoning_effort':'high','reasoning_summary':'detailed'}",
                        "{'model':'o3-mini','instructions':'Solve this step by step.','input':'What is 1234 * 5678?','text':{'format':{'type':'text'}},"
                                + "'reasoning':{'effort':'high','summary':'detailed'}}"),
                arguments(
                        "function calling",
                        "{'model':'gpt-4o','system_prompt':'You are a helpful assistant with access to tools.','user_prompts':['What\\u0027s the weather in San Francisco?'],'response_format':{'type':'text'},"
                                + "'tools':[{'type':'function','function':{'name':'get_weather',"
                                + "'description':'Get current weather for a location','parameters':"
                                + WEATHER_PARAMETERS + "}}],'tool_choice':'auto'}",
                        "{'model':'gpt-4o','instructions':'You are a helpful assistant with access to tools.','input':'What\\u0027s the weather in San Francisco?','text':{'format':{'type':'text'}},"
                                + "'tools':[{'type':'function','name':'get_weather',"
                                + "'description':'Get current weather for a location','parameters':"
                                + WEATHER_PARAMETERS + ",'strict':false}],'tool_choice':'auto'}"),
                arguments(
                        "second turn",
                        "{'model':'gpt-4o','system_prompt':'You are a helpful assistant.','user_prompts':['Can you elaborate on that?'],'response_format':{'type':'text'},"
                                + "'previous_response_id':'resp_1'}",
                        "{'model':'gpt-4o','instructions':'You are a helpful assistant.','input':'Can you elaborate on that?','text':{'format':{'type':'text'}},"
                                + "'previous_response_id':'resp_1'}"),
                arguments(
                        "every parameter of the table",
                        "{'system_prompt':'S','user_prompts':['P'],'model':'gpt-4o','response_format':{'type':'text'},"
                                + "'timeout_secs':60,'max_concurrent_requests':10,'max_retries':5,'retry_delay_min_ms':1000,'retry_delay_max_ms':60000,"
                                + "'temperature':0.7,'top_p':0.9,'max_output_tokens':500,'reasoning_effort':'low',"
                                + "'reasoning_summary':'auto','tools':[{'type':'web_search'}],"
                                + "'tool_choice':{'type':'web_search_preview'},'parallel_tool_calls':true,"
                                + "'previous_response_id':'resp_1','include':['file_search_call.results'],'store':false,"
                                + "'truncation':'auto','metadata':{'run':'1'},'service_tier':'default','stream':true}",
                        "{'instructions':'S','input':'P','model':'gpt-4o','text':{'format':{'type':'text'}},"
                                + "'temperature':0.7,'top_p':0.9,'max_output_tokens':500,"
                                + "'reasoning':{'effort':'low','summary':'auto'},'tools':[{'type':'web_search'}],"
                                + "'tool_choice':{'type':'web_search_preview'},'parallel_tool_calls':true,"
                                + "'previous_response_id':'resp_1','include':['file_search_call.results'],'store':false,"
                                + "'truncation':'auto','metadata':{'run':'1'},'service_tier':'default','stream':true,"
                                + "'stream_options':{'include_obfuscation':false}}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("examples")
    void areAcceptedAndSentAsTheApiWantsThem(String name, String record, String body) {
        assertThat(requests(record)).isNotEmpty().allSatisfy(request -> {
            assertThat(ResponsesCheck.firstProblem(request)).isEmpty();
            assertThat(ResponsesBody.of(request)).isEqualTo(Parameters.json(body));
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("examples")
    void meanTheSameInAvro(String name, String record, String body) {
        assertThat(requests(record)).allSatisfy(request -> {
            var placed = request.toBuilder().batchId("b").build();
            var avro = Codecs.RESPONSES_REQUEST.decode(Codecs.RESPONSES_REQUEST.encode(placed, WireFormat.AVRO));
            assertThat(avro).isEqualTo(placed);
        });
    }

    private static final String USAGE_EXAMPLE = """
            {
              "batch_id": "b",
              "model": "gpt-4o-mini",
              "system_prompt": "You are an expert data extractor.",
              "user_prompts": [
                "Extract: John Doe, 45, hypertension",
                "Extract: Jane Smith, 32, diabetes"
              ],
              "response_format": {
                "type": "json_schema",
                "json_schema": {
                  "name": "patient",
                  "schema": {
                    "type": "object",
                    "properties": {
                      "name": {"type": "string"},
                      "age": {"type": "integer"},
                      "condition": {"type": "string"}
                    },
                    "required": ["name", "age", "condition"],
                    "additionalProperties": false
                  },
                  "strict": true
                }
              },
              "max_concurrent_requests": 20,
              "max_retries": 3
            }
            """;

    @Test
    void theUsageExampleIsARecordWordForWord() {
        var whole = (Decoded.Whole<ResponsesRequest>) RequestDecoder.responses().decode(USAGE_EXAMPLE.getBytes(UTF_8));

        assertThat(whole.items()).hasSize(2).allSatisfy(request -> {
            assertThat(ResponsesCheck.firstProblem(request)).isEmpty();
            assertThat(request.policy().maxRetries()).isEqualTo(3);
        });
        assertThat(ResponsesBody.of(whole.items().get(1)))
                .isEqualTo(Parameters.json("{'model':'gpt-4o-mini','instructions':'You are an expert data extractor.',"
                        + "'input':'Extract: Jane Smith, 32, diabetes','text':{'format':{'type':'json_schema',"
                        + "'name':'patient','schema':" + CONDITION_SCHEMA + ",'strict':true}}}"));
    }

    @Test
    void aKeyInARecordIsRefusedAndNotRepeated() {
        String withKey = USAGE_EXAMPLE.replaceFirst("\\{", "{\"api_key\": \"YOUR_OPENAI_KEY\",");

        var invalid =
                (Decoded.Invalid<ResponsesRequest>) RequestDecoder.responses().decode(withKey.getBytes(UTF_8));

        assertThat(invalid.error().param()).isEqualTo("api_key");
        assertThat(invalid.error().message())
                .contains("in the worker's configuration")
                .doesNotContain("YOUR_OPENAI_KEY");
    }

    static List<ResponsesRequest> requests(String record) {
        var in = new ByteArrayInputStream(record.replace('\'', '"').getBytes(UTF_8));
        try (var file = new RequestFile(in, ResponsesRequest.builder().buildUnchecked())) {
            return file.list();
        }
    }
}
