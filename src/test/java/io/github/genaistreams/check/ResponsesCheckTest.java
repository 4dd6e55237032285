package io.github.genaistreams.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.provider.openai.Parameters;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ResponsesCheckTest {

    private static final String PROMPT = "the-secret-prompt";

    @ParameterizedTest
    @MethodSource
    void namesTheFieldAndWhatToDo(String field, String message, UnaryOperator<ResponsesRequest.Builder> change) {
        var request = change.apply(valid()).buildUnchecked();

        assertThat(ResponsesCheck.firstProblem(request)).hasValueSatisfying(error -> {
            assertThat(error.param()).isEqualTo(field);
            assertThat(error.message())
                    .startsWith(field + " ")
                    .contains(message)
                    .doesNotContain(PROMPT);
            assertThat(error.type()).isEqualTo("invalid_request");
            assertThat(error.isRetriable()).isFalse();
            assertThat(error.httpStatus()).isNull();
        });
    }

    static Stream<Arguments> namesTheFieldAndWhatToDo() {
        return Stream.of(
                row("model", "is missing", b -> b.model(null)),
                row("model", "is missing", b -> b.model(" ")),
                row("user_prompt", "is missing or empty", b -> b.userPrompt((UserPrompt) null)),
                row("user_prompt", "is missing or empty", b -> b.userPrompt("")),
                row("user_prompt", "shorten it", b -> b.userPrompt("x".repeat(10_485_761))),
                row("user_prompt", "unpaired surrogate at position 17", b -> b.userPrompt(PROMPT + "\ud83d")),
                row("system_prompt", "unpaired surrogate at position 0", b -> b.systemPrompt("\ude00x")),
                row("temperature", "from 0 to 2", b -> b.temperature(-0.1)),
                row("temperature", "from 0 to 2", b -> b.temperature(2.1)),
                row("temperature", "is NaN", b -> b.temperature(Double.NaN)),
                row("max_output_tokens", "is 15: use 16 or more", b -> b.maxOutputTokens(15)),
                row("timeout_secs", "is 0: use 1 to 86400", b -> b.timeoutSecs(0)),
                row("timeout_secs", "is 86401", b -> b.timeoutSecs(86_401)),
                row("max_retries", "is -1: use 0 to 100", b -> b.maxRetries(-1)),
                row("max_retries", "is 101", b -> b.maxRetries(101)),
                row("retry_delay_min_ms", "is -1: use 0 or more", b -> b.retryDelayMinMs(-1)),
                row("retry_delay_max_ms", "is -1: use 0 or more", b -> b.retryDelayMaxMs(-1)),
                row("retry_delay_min_ms", "is 70000, more than", b -> b.retryDelayMinMs(70_000)),
                row("retry_delay_min_ms", "is 2, more than", b -> b.retryDelayMinMs(2)
                        .retryDelayMaxMs(1)),
                row("retry_delay_max_ms", "is 500, less than", b -> b.retryDelayMaxMs(500)),
                format("response_format", "is not an object", "\"json_object\""),
                format("response_format", "is not an object", "[]"),
                format("response_format", "has no type", "{}"),
                format("response_format", "has no type", "{'type':7}"),
                format("response_format", "has the type \"xml\"", "{'type':'xml'}"),
                format("response_format.format", "is not an object", "{'format':'text'}"),
                format("response_format", "has the type \"xml\"", "{'format':{'type':'xml'}}"),
                format("response_format.schema", "is missing", "{'type':'json_schema'}"),
                format("response_format.json_schema", "is not an object", "{'type':'json_schema','json_schema':[]}"),
                format("response_format.json_schema.schema", "is missing", "{'type':'json_schema','json_schema':{}}"),
                format(
                        "response_format.json_schema.schema",
                        "not an object",
                        "{'type':'json_schema','json_schema':{'schema':true}}"),
                format(
                        "response_format.json_schema.name",
                        "1 to 64 letters",
                        "{'type':'json_schema','json_schema':{'name':'a b','schema':{}}}"),
                format("response_format.name", "1 to 64 letters", "{'type':'json_schema','name':'','schema':{}}"),
                format("response_format.name", "1 to 64 letters", "{'type':'json_schema','name':1,'schema':{}}"),
                format(
                        "response_format.name",
                        "1 to 64 letters",
                        "{'type':'json_schema','name':'" + "n".repeat(65) + "','schema':{}}"),
                format("response_format.strict", "true or false", "{'type':'json_schema','strict':1,'schema':{}}"),
                format(
                        "response_format.schema",
                        "at /properties/a must set additionalProperties to false",
                        "{'type':'json_schema','strict':true,'schema':{'type':'object','additionalProperties':false,"
                                + "'required':['a'],'properties':{'a':{'type':'object'}}}}"),
                format(
                        "response_format.json_schema.schema",
                        "must have the type object",
                        "{'type':'json_schema','json_schema':{'schema':{}}}"),
                prompt("user_prompt", "is an empty list", "[]"),
                prompt("user_prompt[1]", "is not an object", "[{'role':'user','content':'a'},'the-secret-prompt']"),
                prompt("user_prompt[0].role", "is missing", "[{'content':'the-secret-prompt'}]"),
                prompt("user_prompt[0].role", "is missing", "[{'type':'message','role':7,'content':'a'}]"),
                prompt("user_prompt[0].type", "is not a string", "[{'type':7,'role':'user','content':'a'}]"),
                prompt("user_prompt[0].content", "is missing or empty", "[{'role':'user'}]"),
                prompt("user_prompt[0].content", "is missing or empty", "[{'role':'user','content':[]}]"),
                prompt("user_prompt[0].content[0]", "has no type", "[{'role':'user','content':['the-secret-prompt']}]"),
                part("user_prompt[0].content[0]", "has no type", "{'text':'the-secret-prompt'}"),
                part("user_prompt[0].content[0].text", "is missing", "{'type':'input_text'}"),
                part("user_prompt[0].content[0].type", "use input_text", "{'type':'text','text':'a'}"),
                part("user_prompt[0].content[0].type", "input_image", "{'type':'image_url','image_url':{'url':'a'}}"),
                part("user_prompt[0].content[0]", "needs one of image_url, file_id", "{'type':'input_image'}"),
                part(
                        "user_prompt[0].content[0].image_url",
                        "not a string",
                        "{'type':'input_image','image_url':{'url':'a'}}"),
                part("user_prompt[0].content[0]", "needs one of file_id, file_data, file_url", "{'type':'input_file'}"),
                part("user_prompt[0].content[0].text", "unpaired surrogate", "{'type':'input_text','text':'\\ud83d'}"),
                row("top_p", "is 1.1: use a number from 0 to 1", b -> b.topP(1.1)),
                row("top_p", "is -0.1", b -> b.topP(-0.1)),
                row("top_logprobs", "is 21: use 0 to 20", b -> b.topLogprobs(21)),
                row("top_logprobs", "is -1", b -> b.topLogprobs(-1)),
                row("max_tool_calls", "is 0: use 1 or more", b -> b.maxToolCalls(0)),
                row("reasoning_effort", "is blank", b -> b.reasoningEffort("")),
                row("reasoning_summary", "is blank", b -> b.reasoningSummary(" ")),
                row("verbosity", "is blank", b -> b.verbosity("")),
                row("truncation", "is blank", b -> b.truncation("")),
                row("service_tier", "is blank", b -> b.serviceTier("")),
                row("prompt_cache_key", "is blank", b -> b.promptCacheKey("")),
                row("prompt_cache_retention", "is blank", b -> b.promptCacheRetention("")),
                row("previous_response_id", "is blank", b -> b.previousResponseId("")),
                row("previous_response_id", "cannot be used together", b -> b.previousResponseId("r")
                        .conversation(json("'c'"))),
                row("conversation", "is not an ID or", b -> b.conversation(json("7"))),
                row("conversation", "is not an ID or", b -> b.conversation(json("{'id':7}"))),
                row("prompt", "is not an object with an id", b -> b.prompt(json("{'version':'1'}"))),
                row("prompt", "a text belongs in user_prompt", b -> b.prompt(json("'Name a river.'"))),
                row("store", "must be stored", b -> b.background(true).store(false)),
                row("store", "must be stored", b -> b.background(true).extraBody(json("{'store':false}"))),
                row("include[1]", "is blank", b -> b.include(List.of("a", ""))),
                row("include[0]", "is null", b -> b.include(Collections.singletonList(null))),
                row("metadata", "has 17 entries, but the API accepts 16", b -> b.metadata(entries(17))),
                row("metadata." + "k".repeat(40) + "…", "at most 64", b -> b.metadata(Map.of("k".repeat(65), "v"))),
                row("metadata.k", "at most 512", b -> b.metadata(Map.of("k", "v".repeat(513)))),
                row("metadata.k", "is null", b -> b.metadata(Collections.singletonMap("k", null))),
                row("safety_identifier", "at most 64", b -> b.safetyIdentifier("s".repeat(65))),
                row("prompt_cache_options", "is not an object", b -> b.promptCacheOptions(json("'24h'"))),
                row("moderation", "is not an object", b -> b.moderation(json("[]"))),
                row("context_management", "is not a list", b -> b.contextManagement(json("{'type':'compaction'}"))),
                row("context_management[0]", "with a type", b -> b.contextManagement(json("[{}]"))),
                row("tools", "is not a list", b -> b.tools(json("{'type':'function'}"))),
                row("tools[1]", "with a type", b -> b.tools(json("[{'type':'web_search'},'x']"))),
                row("tools[0]", "with a type", b -> b.tools(json("[{'name':'f'}]"))),
                row("tools[0].name", "is missing", b -> b.tools(json("[{'type':'function','parameters':{}}]"))),
                row("tools[0].function.name", "is missing", b -> b.tools(json("[{'type':'function','function':{}}]"))),
                row("tools[0].name", "not valid", b -> b.tools(json("[{'type':'custom','name':'a b'}]"))),
                row(
                        "tools[0].strict",
                        "true or false",
                        b -> b.tools(json("[{'type':'function','name':'f','strict':'yes'}]"))),
                row(
                        "tools[0].parameters",
                        "is not an object",
                        b -> b.tools(json("[{'type':'function','name':'f','parameters':[]}]"))),
                row(
                        "tools[0].parameters",
                        "at /properties/a must be in the list of required",
                        b -> b.tools(json("[{'type':'function','name':'f','strict':true,'parameters':{'type':'object',"
                                + "'properties':{'a':{}},'additionalProperties':false}}]"))),
                row("tool_choice", "is not auto, none, required or", b -> b.toolChoice(json("7"))),
                row("tool_choice", "is not auto, none, required or", b -> b.toolChoice("")),
                row("tool_choice", "is not auto, none, required or", b -> b.toolChoice(json("{'name':'f'}"))),
                row("tool_choice.name", "is missing", b -> b.toolChoice(json("{'type':'function'}"))),
                row(
                        "tool_choice.function.name",
                        "is missing",
                        b -> b.toolChoice(json("{'type':'function','function':{}}"))),
                row("tool_choice.tools", "is missing", b -> b.toolChoice(json("{'type':'allowed_tools'}"))),
                row("extra_body", "is not an object", b -> b.extraBody(json("[]"))),
                row("extra_body.model", "use the request field model", b -> b.extraBody(json("{'model':'x'}"))),
                row("extra_body.input", "the request field user_prompt", b -> b.extraBody(json("{'input':'x'}"))),
                row("extra_body.stream", "the request field stream", b -> b.extraBody(json("{'stream':null}"))),
                row(
                        "extra_body.background",
                        "the request field background",
                        b -> b.extraBody(json("{'background':true}"))),
                row("total_wait_secs", "is 0: use 1 to 86400", b -> b.totalWaitSecs(0)),
                row("stream_idle_timeout_secs", "is 0: use 1 to 86400", b -> b.streamIdleTimeoutSecs(0)),
                row("validate_output", "is not a json_schema", b -> b.validateOutput(true)),
                row("validate_output", "is not a json_schema", b -> b.validateOutput(true)
                        .responseFormat(json("{'type':'json_object'}"))),
                row("repair_attempts", "is -1: use 0 to 10", b -> b.repairAttempts(-1)),
                row("response_format", "cannot be used to check answers", b -> b.validateOutput(true)
                        .responseFormat(json("{'type':'json_schema','schema':{'$schema':'https://example.com/own'}}"))),
                row("response_format.schema", "points outside the schema", b -> b.validateOutput(true)
                        .responseFormat(json("{'type':'json_schema','schema':{'$ref':'https://example.com/own'}}"))),
                row("repair_attempts", "validate_output is not", b -> b.repairAttempts(1)
                        .responseFormat(json("{'type':'json_schema','schema':{}}"))),
                row("credential", "is not an alias", b -> b.credential("the-secret-prompt ")),
                row("credential", "is not an alias", b -> b.credential("")),
                row("max_concurrent_requests", "is 0: use 1 or more", b -> b.maxConcurrentRequests(0)),
                row("priority", "is 101: use 1 to 100", b -> b.priority(101)));
    }

    @Test
    void letsEverythingElsePass() {
        assertPasses(b -> b);
        assertPasses(b -> b.userPrompt("x".repeat(10_485_760)));
        assertPasses(b -> b.userPrompt("😀 is one character"));
        assertPasses(b -> b.temperature(0.0).maxOutputTokens(16).timeoutSecs(86_400));
        assertPasses(b -> b.temperature(2.0).maxRetries(0).retryDelayMinMs(0).retryDelayMaxMs(0));
        assertPasses(b -> b.responseFormat(json("null")));
        assertPasses(b -> b.responseFormat(json("{'type':'text'}")));
        assertPasses(b -> b.responseFormat(
                json("{'type':'json_schema','json_schema':{'name':null,'strict':false,'schema':{}}}")));
        assertPasses(
                b -> b.responseFormat(json("{'type':'json_schema','json_schema':{'schema':" + Parameters.SCHEMA + "}}"))
                        .validateOutput(true)
                        .repairAttempts(10));
        assertPasses(b -> b.repairAttempts(0).validateOutput(false));
        assertPasses(b -> b.topP(0.0).topLogprobs(0).maxToolCalls(1));
        assertPasses(b -> b.topP(1.0).topLogprobs(20).safetyIdentifier("s".repeat(64)));
        assertPasses(b -> b.metadata(entries(16)));
        assertPasses(b -> b.metadata(Map.of("k".repeat(64), "😀".repeat(512))));
        assertPasses(b -> b.background(true).store(true).previousResponseId("r"));
        assertPasses(b -> b.store(false).background(false).credential("eu-west_1.a"));
        assertPasses(
                b -> b.reasoningEffort("brand_new").serviceTier("brand_new").include(List.of("brand.new")));
        assertPasses(b -> b.tools(json("[]")).include(List.of()).metadata(Map.of()));
        assertPasses(b -> b.tools(json("[{'type':'function','name':'f','parameters':null,'strict':null}]")));
        assertPasses(b -> b.userPrompt(UserPrompt.of(json("[{'type':'item_reference','id':'x'},{'role':'user',"
                + "'content':[{'type':'brand_new'},{'type':'input_file','filename':'a','file_data':'x'}]}]"))));
        assertPasses(b -> b.responseFormat(json("{'format':{'type':'json_schema','name':'a-B_9','schema':{}}}")));
    }

    private static void assertPasses(UnaryOperator<ResponsesRequest.Builder> change) {
        assertThat(ResponsesCheck.firstProblem(change.apply(valid()).build())).isEmpty();
    }

    private static ResponsesRequest.Builder valid() {
        return ResponsesRequest.builder().batchId("b").model("m").userPrompt(PROMPT);
    }

    private static Arguments row(String field, String message, UnaryOperator<ResponsesRequest.Builder> change) {
        return Arguments.of(field, message, change);
    }

    private static Arguments prompt(String field, String message, String items) {
        return row(field, message, b -> b.userPrompt(UserPrompt.of(json(items))));
    }

    private static Arguments part(String field, String message, String part) {
        return prompt(field, message, "[{'role':'user','content':[" + part + "]}]");
    }

    private static Map<String, String> entries(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
    }

    private static Arguments format(String field, String message, String responseFormat) {
        return row(field, message, b -> b.responseFormat(json(responseFormat)));
    }

    private static JsonNode json(String text) {
        return Parameters.json(text);
    }
}
