package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.SandboxCaller.JSON;
import static io.github.genaistreams.sandbox.SandboxCaller.hello;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SandboxParametersTest {

    private SandboxCaller api;

    @BeforeAll
    void start() {
        api = new SandboxCaller(SandboxSettings.DEFAULTS);
    }

    @AfterAll
    void stop() {
        api.close();
    }

    /** The API adds optional parameters over time, and its own clients send them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'unheard_of':1",
                "'reasoning':{'effort':'low','depth':3}",
                "'text':{'verbosity':'low','tone':'dry'}",
                "'stream':false,'prompt_cache_options':{'mode':'implicit','scope':'team'}",
                "'moderation':{'model':'m','action':'flag'}",
            })
    void shouldTakeParametersThatAreNew(String members) throws Exception {
        assertThat(api.post(hello(members)).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'background':false",
                "'context_management':[{'type':'compaction','compact_threshold':1000}]",
                "'conversation':'conv_9'",
                "'include':['message.output_text.logprobs','web_search_call.results']",
                "'max_tool_calls':1,'parallel_tool_calls':false",
                "'moderation':{'model':'omni'}",
                "'prompt':{'id':'p','variables':{'a':'b'}}",
                "'prompt_cache_key':'k','prompt_cache_options':{'mode':'explicit','ttl':'30m'},'prompt_cache_retention':'in_memory'",
                "'reasoning':{'effort':'xhigh','summary':'auto','mode':'pro','context':'all_turns'}",
                "'safety_identifier':'s','user':'u','store':false",
                "'stream_options':null,'top_logprobs':20",
                "'text':{'verbosity':'high'},'truncation':'auto'",
                "'service_tier':'flex','temperature':2,'top_p':0",
                "'tools':[{'type':'mcp','server_label':'l','server_url':'u'},{'type':'code_interpreter','container':{'type':'auto'}}],'tool_choice':{'type':'mcp','server_label':'l'}",
            })
    void shouldTakeEveryParameter(String members) throws Exception {
        assertThat(api.answer(hello(members)).path("status").asText()).isEqualTo("completed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{'role':'user','content':'hi'}]",
                "[{'type':'message','role':'developer','content':[{'type':'input_text','text':'hi'}]}]",
                "[{'role':'user','content':[{'type':'input_image','file_id':'f','detail':'original'},{'type':'input_file','file_url':'https://x/y.pdf'},{'type':'input_file','filename':'a','file_data':'data:x'}]}]",
                "[{'role':'user','content':'hi'},{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},{'type':'function_call_output','call_id':'c','output':'42'}]",
                "[{'type':'item_reference','id':'msg_1'},{'role':'user','content':'hi'}]",
            })
    void shouldTakeEveryFormOfInput(String input) throws Exception {
        assertThat(api.answer("{'model':'m','input':" + input + "}")
                        .path("status")
                        .asText())
                .isEqualTo("completed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'messages':[]                                     | unknown_parameter            | messages",
                "'max_tokens':16                                   | unknown_parameter            | max_tokens",
                "'reasoning':{'effort':'huge'}                     | invalid_value                | reasoning.effort",
                "'reasoning':'low'                                 | invalid_type                 | reasoning",
                "'background':'yes'                                | invalid_type                 | background",
                "'background':true,'store':false                   |                              | store",
                "'stream_options':{'include_obfuscation':false}    |                              | stream_options",
                "'context_management':[{'type':'compaction','compact_threshold':999}] | integer_below_min_value | context_management[0].compact_threshold",
                "'conversation':'c','previous_response_id':'r'     | mutually_exclusive_parameters | previous_response_id",
                "'conversation':{}                                 | missing_required_parameter   | conversation.id",
                "'previous_response_id':'resp_0'                   | previous_response_not_found  | previous_response_id",
                "'include':['everything']                          | invalid_value                | include[0]",
                "'include':'message.output_text.logprobs'          | invalid_type                 | include",
                "'max_output_tokens':16.5                          | invalid_type                 | max_output_tokens",
                "'max_tool_calls':0                                | integer_below_min_value      | max_tool_calls",
                "'parallel_tool_calls':1                           | invalid_type                 | parallel_tool_calls",
                "'prompt':{'version':'1'}                          | missing_required_parameter   | prompt.id",
                "'prompt_cache_retention':'forever'                | invalid_value                | prompt_cache_retention",
                "'prompt_cache_options':{'mode':'x'}               | invalid_value                | prompt_cache_options.mode",
                "'safety_identifier':'12345678901234567890123456789012345678901234567890123456789012345' | string_above_max_length | safety_identifier",
                "'service_tier':'gold'                             | invalid_value                | service_tier",
                "'store':'no'                                      | invalid_type                 | store",
                "'text':{'verbosity':'chatty'}                     | invalid_value                | text.verbosity",
                "'text':{'format':{'type':'json_schema','name':'a b','schema':{}}} | invalid_value | text.format.name",
                "'top_logprobs':21                                 | integer_above_max_value      | top_logprobs",
                "'truncation':'middle'                             | invalid_value                | truncation",
                "'metadata':{'12345678901234567890123456789012345678901234567890123456789012345':'v'} | string_above_max_length | metadata",
                "'tools':[{'type':'function','function':{'name':'f','parameters':{}}}] | missing_required_parameter | tools[0].name",
                "'tools':[{'type':'web_search'},{'name':'f'}]      | missing_required_parameter   | tools[1].type",
                "'tools':{'type':'function'}                       | invalid_type                 | tools",
                "'tools':[{'type':'function','name':'f','strict':true,'parameters':{'type':'object','properties':{}}}] | invalid_function_parameters | tools[0].parameters",
                "'tool_choice':'must'                              | invalid_value                | tool_choice",
                "'tool_choice':'required'                          |                              | tool_choice",
                "'tool_choice':{'type':'function','function':{'name':'f'}} | missing_required_parameter | tool_choice.name",
                "'tool_choice':{'type':'function','name':'f'}      |                              | tool_choice",
                "'tool_choice':{'type':'allowed_tools','tools':[]} | missing_required_parameter   | tool_choice.mode",
            })
    void shouldRefuseWhatTheApiRefuses(String members, String code, String param) throws Exception {
        assertRefused(hello(members), code, param);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "5                                                  | invalid_type               | input",
                "['hi']                                             | invalid_type               | input[0]",
                "[{'role':'user'}]                                  | missing_required_parameter | input[0].content",
                "[{'content':'hi'}]                                 | missing_required_parameter | input[0].role",
                "[{'role':'boss','content':'hi'}]                   | invalid_value              | input[0].role",
                "[{'role':'user','content':[{'type':'text','text':'hi'}]}] | invalid_value       | input[0].content[0].type",
                "[{'role':'user','content':[{'type':'input_text'}]}] | missing_required_parameter | input[0].content[0].text",
                "[{'role':'user','content':[{'type':'input_image'}]}] | missing_required_parameter | input[0].content[0].image_url",
                "[{'role':'user','content':[{'type':'input_file','file_data':'x'}]}] | missing_required_parameter | input[0].content[0].filename",
                "[{'type':'function_call_output','call_id':'c','output':'1'}] |                  | input",
                "[{'type':'function_call','call_id':'c','name':'f','arguments':'{}'}] |           | input",
            })
    void shouldRefuseInputThatTheApiRefuses(String input, String code, String param) throws Exception {
        assertRefused("{'model':'m','input':" + input + "}", code, param);
    }

    private void assertRefused(String body, String code, String param) throws Exception {
        var response = api.post(body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = SandboxCaller.json(response).path("error");
        assertThat(error.path("code").asText(null)).isEqualTo(code);
        assertThat(error.path("param").asText(null)).isEqualTo(param);
        assertThat(error.path("message").asText()).isNotEmpty();
    }

    @Test
    void shouldEchoWhatTheCallAskedFor() throws Exception {
        String asked =
                "'instructions':'Be brief','reasoning':{'effort':'low'},'truncation':'auto','metadata':{'a':'b'},'tool_choice':'none','max_output_tokens':500,'temperature':0.5,'safety_identifier':'s','store':false";
        JsonNode answer = api.answer(hello(asked));

        JsonNode request = JSON.readTree("{" + asked.replace('\'', '"') + "}");
        request.fieldNames().forEachRemaining(name -> {
            if (!name.equals("reasoning")) {
                assertThat(answer.get(name)).as(name).isEqualTo(request.get(name));
            }
        });
        assertThat(answer.at("/reasoning/effort").asText()).isEqualTo("low");
        assertThat(answer.at("/reasoning/summary").isNull()).isTrue();
        assertThat(answer.at("/text/format/type").asText()).isEqualTo("text");
    }

    @ParameterizedTest
    @CsvSource({"auto, default", "default, default", "flex, flex", "priority, priority", "fast, priority"})
    void shouldNameTheTierThatServed(String asked, String served) throws Exception {
        assertThat(api.answer(hello("'service_tier':'" + asked + "'"))
                        .path("service_tier")
                        .asText())
                .isEqualTo(served);
    }

    @Test
    void shouldMakeFunctionsStrictThatDoNotSay() throws Exception {
        String schema = "{'type':'object','properties':{'a':{'type':'object','properties':{'b':{'type':'string'}}}}}";
        JsonNode tools = api.answer(hello("'tools':[{'type':'function','name':'f','parameters':" + schema
                        + "},{'type':'function','name':'g','strict':false,'parameters':" + schema + "}]"))
                .path("tools");

        assertThat(tools.at("/0/strict").asBoolean()).isTrue();
        assertThat(tools.at("/0/parameters/required/0").asText()).isEqualTo("a");
        assertThat(tools.at("/0/parameters/properties/a/additionalProperties").asBoolean(true))
                .isFalse();
        assertThat(tools.at("/1/strict").asBoolean(true)).isFalse();
        assertThat(tools.at("/1/parameters")).isEqualTo(JSON.readTree(schema.replace('\'', '"')));
    }

    @Test
    void shouldCountTheTokensOfAnInputAsTheCallDoes() throws Exception {
        String body =
                "{'model':'m','instructions':'Be brief','input':[{'role':'user','content':[{'type':'input_text','text':'What is this?'},{'type':'input_image','image_url':'https://x/y.png'}]}],'tools':[{'type':'web_search'}]}";

        var counted = SandboxCaller.okay(api.send("POST", "/responses/input_tokens", body));

        assertThat(counted.path("object").asText()).isEqualTo("response.input_tokens");
        assertThat(counted.path("input_tokens").asInt())
                .isGreaterThan(765)
                .isEqualTo(api.answer(body).at("/usage/input_tokens").asInt());
        assertThat(api.send("POST", "/responses/input_tokens", "{'model':'m'}").statusCode())
                .isEqualTo(400);
    }
}
