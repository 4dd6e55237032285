package io.github.genaistreams.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ResponsesBodyTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @ParameterizedTest(name = "{0}")
    @MethodSource("io.github.genaistreams.provider.openai.Parameters#all")
    void sendsEachParameterUnderItsName(String name, ResponsesRequest request, JsonNode adds) {
        ObjectNode expected = JSON.createObjectNode().put("model", "m").put("input", "Hi");
        expected.setAll((ObjectNode) adds);

        assertThat(ResponsesCheck.firstProblem(request)).isEmpty();
        assertThat(ResponsesBody.of(request)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // The Chat spelling
                "{'type':'function','function':{'name':'f','parameters':{'type':'object'}}}"
                        + "| {'type':'function','name':'f','parameters':{'type':'object'},'strict':false}",
                "{'type':'function','function':{'name':'f','description':'d','parameters':{},'strict':true}}"
                        + "| {'type':'function','name':'f','description':'d','parameters':{},'strict':true}",
                "{'type':'function','function':{'name':'f','strict':null}}"
                        + "| {'type':'function','name':'f','strict':false,'parameters':{'type':'object','properties':{}}}",
                "{'type':'custom','custom':{'name':'c','format':{'type':'grammar','grammar':{'syntax':'lark','definition':'x'}}}}"
                        + "| {'type':'custom','name':'c','format':{'type':'grammar','syntax':'lark','definition':'x'}}",
                "{'type':'custom','custom':{'name':'c'}} | {'type':'custom','name':'c'}",
                // Flat, and others
                "{'type':'function','name':'f','parameters':{}} | {'type':'function','name':'f','parameters':{}}",
                "{'type':'function','name':'f','parameters':null,'strict':null}"
                        + "| {'type':'function','name':'f','parameters':null,'strict':null}",
                "{'type':'web_search','filters':{'a':1}} | {'type':'web_search','filters':{'a':1}}",
                "{'type':'brand_new','brand_new':{'a':1}} | {'type':'brand_new','brand_new':{'a':1}}",
            })
    void sendsToolsInTheFlatSpelling(String tool, String flat) {
        var request =
                Parameters.least().tools(Parameters.json("[" + tool + "]")).build();
        var before = request.tools().deepCopy();

        assertThat(ResponsesBody.of(request).get("tools")).containsExactly(Parameters.json(flat));
        assertThat(request.tools()).as("the request is not changed").isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'auto' | 'auto'",
                "{'type':'function','function':{'name':'f'}} | {'type':'function','name':'f'}",
                "{'type':'function','name':'f'} | {'type':'function','name':'f'}",
                "{'type':'custom','custom':{'name':'c'}} | {'type':'custom','name':'c'}",
                "{'type':'file_search'} | {'type':'file_search'}",
                "{'type':'mcp','server_label':'s'} | {'type':'mcp','server_label':'s'}",
                "{'type':'allowed_tools','allowed_tools':{'mode':'auto','tools':[{'type':'function','function':{'name':'f'}}]}}"
                        + "| {'type':'allowed_tools','mode':'auto','tools':[{'type':'function','name':'f'}]}",
                "{'type':'allowed_tools','mode':'auto','tools':[{'type':'mcp','server_label':'s'}]}"
                        + "| {'type':'allowed_tools','mode':'auto','tools':[{'type':'mcp','server_label':'s'}]}",
            })
    void sendsTheToolChoiceInTheFlatSpelling(String choice, String flat) {
        var request = Parameters.least().toolChoice(Parameters.json(choice)).build();

        assertThat(ResponsesCheck.firstProblem(request)).isEmpty();
        assertThat(ResponsesBody.of(request).get("tool_choice")).isEqualTo(Parameters.json(flat));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[{'type':'message','role':'user','content':'List'}] | [{'type':'message','role':'user','content':'List Respond in JSON format.'}]",
                "[{'type':'message','role':'user','content':'As JSON'}] | [{'type':'message','role':'user','content':'As JSON'}]",
                "[{'type':'message','role':'developer','content':'json!'},{'type':'message','role':'user','content':'List'}]"
                        + "| [{'type':'message','role':'developer','content':'json!'},{'type':'message','role':'user','content':'List'}]",
                "[{'type':'message','role':'user','content':[{'type':'input_text','text':'json'}]},{'type':'message','role':'user','content':'b'}]"
                        + "| [{'type':'message','role':'user','content':[{'type':'input_text','text':'json'}]},{'type':'message','role':'user','content':'b'}]",
                "[{'type':'message','role':'user','content':'a'},{'type':'message','role':'user','content':'b'},{'type':'message','role':'assistant','content':'c'}]"
                        + "| [{'type':'message','role':'user','content':'a'},{'type':'message','role':'user','content':'b Respond in JSON format.'},"
                        + "{'type':'message','role':'assistant','content':'c'}]",
                "[{'type':'message','role':'user','content':[{'type':'input_text','text':'a'},{'type':'input_image','file_id':'json'}]}]"
                        + "| [{'type':'message','role':'user','content':[{'type':'input_text','text':'a Respond in JSON format.'},"
                        + "{'type':'input_image','file_id':'json'}]}]",
                "[{'type':'message','role':'user','content':[{'type':'input_image','file_id':'x'}]}]"
                        + "| [{'type':'message','role':'user','content':[{'type':'input_image','file_id':'x'},"
                        + "{'type':'input_text','text':'Respond in JSON format.'}]}]",
                "[{'type':'function_call_output','call_id':'c','output':'7'}]"
                        + "| [{'type':'function_call_output','call_id':'c','output':'7'},"
                        + "{'type':'message','role':'user','content':'Respond in JSON format.'}]",
            })
    void speaksOfJsonInItemsToo(String items, String input) {
        var request = Parameters.least()
                .userPrompt(UserPrompt.of(Parameters.json(items)))
                .responseFormat(Parameters.json("{'type':'json_object'}"))
                .systemPrompt("Answer in JSON, which does not count")
                .build();

        assertThat(ResponsesBody.of(request).get("input")).isEqualTo(Parameters.json(input));
        assertThat(request.userPrompt())
                .as("the request is not changed")
                .isEqualTo(UserPrompt.of(Parameters.json(items)));
    }

    @Test
    void saysNothingToATemplateThatSaysItAll() {
        var request = ResponsesRequest.builder()
                .batchId("b")
                .model("m")
                .prompt(Parameters.json("{'id':'pmpt_1'}"))
                .build();

        assertThat(ResponsesCheck.firstProblem(request)).isEmpty();
        assertThat(ResponsesBody.of(request)).isEqualTo(Parameters.json("{'model':'m','prompt':{'id':'pmpt_1'}}"));
        for (WireFormat format : WireFormat.values()) {
            assertThat(Codecs.RESPONSES_REQUEST.decode(Codecs.RESPONSES_REQUEST.encode(request, format)))
                    .isEqualTo(request);
        }
    }

    @Test
    void extraBodyGoesLast() {
        var request = Parameters.least().temperature(0.5).stream(true)
                .reasoningEffort("low")
                .extraBody(Parameters.json("{'temperature':0.7,'new':{'a':[1]},'reasoning':{'effort':'high'},"
                        + "'stream_options':{'include_obfuscation':true},'metadata':null}"))
                .build();

        assertThat(ResponsesBody.of(request))
                .isEqualTo(
                        Parameters.json(
                                "{'model':'m','input':'Hi','temperature':0.7,'new':{'a':[1]},'stream':true,"
                                        + "'reasoning':{'effort':'high'},'stream_options':{'include_obfuscation':true},'metadata':null}"));
        assertThat(request.extraBody().path("new").path("a")).hasSize(1);
    }

    @Test
    void sendsWhatIsSetAndNothingElse() throws Exception {
        var least = ResponsesRequest.builder()
                .batchId("b")
                .model("m")
                .userPrompt("Hi")
                .build();
        assertThat(ResponsesBody.of(least)).isEqualTo(JSON.readTree("{\"model\":\"m\",\"input\":\"Hi\"}"));

        var most = least.toBuilder()
                .systemPrompt("Be kind")
                .maxOutputTokens(64)
                .temperature(0.5)
                .responseFormat(JSON.readTree("{\"type\":\"text\"}"))
                .build();
        assertThat(JSON.readTree(ResponsesBody.of(most).toString())).isEqualTo(JSON.readTree("""
                                {"model":"m","instructions":"Be kind","input":"Hi","text":{"format":{"type":"text"}},
                                 "max_output_tokens":64,"temperature":0.5}"""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'text'} | {'format':{'type':'text'}}",
                "{'type':'json_object'} | {'format':{'type':'json_object'}}",
                // The Chat spelling
                "{'type':'json_schema','json_schema':{'name':'n','schema':{'a':1},'strict':false,'description':'d'}}"
                        + "| {'format':{'type':'json_schema','name':'n','schema':{'a':1},'strict':false,'description':'d'}}",
                "{'type':'json_schema','json_schema':{'schema':{}}}"
                        + "| {'format':{'type':'json_schema','schema':{},'name':'response','strict':true}}",
                "{'type':'json_schema','json_schema':{'name':null,'schema':{},'strict':null}}"
                        + "| {'format':{'type':'json_schema','schema':{},'name':'response','strict':true}}",
                // Flat
                "{'type':'json_schema','name':'n','schema':{},'strict':false}"
                        + "| {'format':{'type':'json_schema','name':'n','schema':{},'strict':false}}",
                "{'type':'json_schema','schema':{}}"
                        + "| {'format':{'type':'json_schema','schema':{},'name':'response'}}",
                // With its wrapper
                "{'format':{'type':'json_schema','name':'n','schema':{},'strict':false},'verbosity':'low'}"
                        + "| {'format':{'type':'json_schema','name':'n','schema':{},'strict':false},'verbosity':'low'}",
                "{'format':{'type':'json_object'}} | {'format':{'type':'json_object'}}",
            })
    void putsEverySpellingOfTheFormatIntoText(String responseFormat, String text) throws Exception {
        var given = JSON.readTree(responseFormat.replace('\'', '"'));
        var before = given.deepCopy();
        var request = ResponsesRequest.builder()
                .model("m")
                .userPrompt("json")
                .responseFormat(given)
                .build();

        assertThat(ResponsesBody.of(request).get("text")).isEqualTo(JSON.readTree(text.replace('\'', '"')));
        assertThat(given).as("the request is not changed").isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'json_object'} | List them | List them Respond in JSON format.",
                "{'type':'json_object'} | List them as Json | List them as Json",
                "{'format':{'type':'json_object'}} | List them | List them Respond in JSON format.",
                "{'type':'text'} | List them | List them",
                "null | List them | List them",
            })
    void speaksOfJsonWhenTheApiInsists(String responseFormat, String prompt, String input) throws Exception {
        var request = ResponsesRequest.builder()
                .model("m")
                .userPrompt(prompt)
                .responseFormat(JSON.readTree(responseFormat.replace('\'', '"')))
                .build();

        assertThat(ResponsesBody.of(request).get("input").asText()).isEqualTo(input);
    }
}
