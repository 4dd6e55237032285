package io.github.genaistreams.provider.openai;

import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Every parameter of a request, and what it adds to the body of {@code {"model":"m","input":"Hi"}}. */
public final class Parameters {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Parameters() {}

    static Stream<Arguments> all() {
        return Stream.of(
                row("system_prompt", b -> b.systemPrompt("Be kind"), "{'instructions':'Be kind'}"),
                row(
                        "user_prompt",
                        b -> b.userPrompt(UserPrompt.of(json("[{'role':'user','content':'Hi'}]"))),
                        "{'input':[{'type':'message','role':'user','content':'Hi'}]}"),
                row(
                        "user_prompt with parts",
                        b -> b.userPrompt(UserPrompt.of(json(PARTS))),
                        "{'input':" + PARTS.replace("'role'", "'type':'message','role'") + "}"),
                row(
                        "user_prompt with other items",
                        b -> b.userPrompt(UserPrompt.of(json(ITEMS))),
                        "{'input':" + ITEMS + "}"),
                row(
                        "response_format",
                        b -> b.responseFormat(
                                json("{'type':'json_schema','name':'n','schema':" + SCHEMA + ",'strict':true}")),
                        "{'text':{'format':{'type':'json_schema','name':'n','schema':" + SCHEMA + ",'strict':true}}}"),
                row("max_output_tokens", b -> b.maxOutputTokens(64), "{'max_output_tokens':64}"),
                row("temperature", b -> b.temperature(0.5), "{'temperature':0.5}"),
                row("top_p", b -> b.topP(0.25), "{'top_p':0.25}"),
                row("top_logprobs", b -> b.topLogprobs(3), "{'top_logprobs':3}"),
                row("reasoning_effort", b -> b.reasoningEffort("high"), "{'reasoning':{'effort':'high'}}"),
                row("reasoning_summary", b -> b.reasoningSummary("auto"), "{'reasoning':{'summary':'auto'}}"),
                row(
                        "both of reasoning",
                        b -> b.reasoningEffort("brand_new").reasoningSummary("detailed"),
                        "{'reasoning':{'effort':'brand_new','summary':'detailed'}}"),
                row("verbosity", b -> b.verbosity("low"), "{'text':{'verbosity':'low'}}"),
                row(
                        "verbosity beside a format",
                        b -> b.verbosity("low").responseFormat(json("{'type':'text'}")),
                        "{'text':{'format':{'type':'text'},'verbosity':'low'}}"),
                row(
                        "verbosity beside a wrapped format",
                        b -> b.verbosity("low").responseFormat(json("{'format':{'type':'text'},'verbosity':'high'}")),
                        "{'text':{'format':{'type':'text'},'verbosity':'low'}}"),
                row(
                        "tools",
                        b -> b.tools(json("[{'type':'web_search'},{'type':'file_search','vector_store_ids':['v']}]")),
                        "{'tools':[{'type':'web_search'},{'type':'file_search','vector_store_ids':['v']}]}"),
                row("tool_choice", b -> b.toolChoice("required"), "{'tool_choice':'required'}"),
                row(
                        "tool_choice as an object",
                        b -> b.toolChoice(json("{'type':'function','name':'f'}")),
                        "{'tool_choice':{'type':'function','name':'f'}}"),
                row("parallel_tool_calls", b -> b.parallelToolCalls(false), "{'parallel_tool_calls':false}"),
                row("max_tool_calls", b -> b.maxToolCalls(2), "{'max_tool_calls':2}"),
                row("previous_response_id", b -> b.previousResponseId("resp_1"), "{'previous_response_id':'resp_1'}"),
                row("conversation", b -> b.conversation(json("'conv_1'")), "{'conversation':'conv_1'}"),
                row(
                        "conversation as an object",
                        b -> b.conversation(json("{'id':'conv_1'}")),
                        "{'conversation':{'id':'conv_1'}}"),
                row(
                        "prompt",
                        b -> b.prompt(json("{'id':'pmpt_1','version':'2','variables':{'city':'Ulm'}}")),
                        "{'prompt':{'id':'pmpt_1','version':'2','variables':{'city':'Ulm'}}}"),
                row(
                        "include",
                        b -> b.include(List.of("file_search_call.results", "reasoning.encrypted_content")),
                        "{'include':['file_search_call.results','reasoning.encrypted_content']}"),
                row("store", b -> b.store(false), "{'store':false}"),
                row("background", b -> b.background(true), "{'background':true}"),
                row("stream", b -> b.stream(true), "{'stream':true,'stream_options':{'include_obfuscation':false}}"),
                row("no stream", b -> b.stream(false), "{'stream':false}"),
                row("truncation", b -> b.truncation("auto"), "{'truncation':'auto'}"),
                row(
                        "context_management",
                        b -> b.contextManagement(json("[{'type':'compaction','compact_threshold':1000}]")),
                        "{'context_management':[{'type':'compaction','compact_threshold':1000}]}"),
                row("metadata", b -> b.metadata(Map.of("run", "7")), "{'metadata':{'run':'7'}}"),
                row("service_tier", b -> b.serviceTier("flex"), "{'service_tier':'flex'}"),
                row("flex_fallback", b -> b.serviceTier("flex").flexFallback(true), "{'service_tier':'flex'}"),
                row("prompt_cache_key", b -> b.promptCacheKey("k"), "{'prompt_cache_key':'k'}"),
                row(
                        "prompt_cache_options",
                        b -> b.promptCacheOptions(json("{'mode':'explicit','ttl':'30m'}")),
                        "{'prompt_cache_options':{'mode':'explicit','ttl':'30m'}}"),
                row("prompt_cache_retention", b -> b.promptCacheRetention("24h"), "{'prompt_cache_retention':'24h'}"),
                row("safety_identifier", b -> b.safetyIdentifier("u"), "{'safety_identifier':'u'}"),
                row(
                        "moderation",
                        b -> b.moderation(json("{'model':'omni-moderation-latest'}")),
                        "{'moderation':{'model':'omni-moderation-latest'}}"),
                row(
                        "extra_body",
                        b -> b.extraBody(json("{'reasoning':{'mode':'pro'}}")).reasoningEffort("low"),
                        "{'reasoning':{'effort':'low','mode':'pro'}}"),
                row(
                        "a JSON null in a free-form field",
                        b -> b.tools(json("null")).extraBody(json("null")),
                        "{}"),
                row(
                        "what is for us alone",
                        b -> b.timeoutSecs(1)
                                .totalWaitSecs(1)
                                .streamIdleTimeoutSecs(1)
                                .maxRetries(1)
                                .retryDelayMinMs(1)
                                .retryDelayMaxMs(1)
                                .failOnIncomplete(false)
                                .credential("eu")
                                .maxConcurrentRequests(3)
                                .priority(7),
                        "{}"));
    }

    public static final String SCHEMA =
            "{'type':'object','properties':{'a':{'type':'string'}},'required':['a'],'additionalProperties':false}";

    private static final String PARTS = "[{'role':'user','content':[{'type':'input_text','text':'What is it?'},"
            + "{'type':'input_image','image_url':'https://example.org/a.png','detail':'low'},"
            + "{'type':'input_file','file_id':'file_1'}]}]";

    private static final String ITEMS = "[{'type':'message','role':'developer','content':'Be brief'},"
            + "{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
            + "{'type':'function_call_output','call_id':'c','output':'7'},"
            + "{'type':'message','role':'user','content':'Go on'}]";

    static ResponsesRequest.Builder least() {
        return ResponsesRequest.builder().batchId("b").model("m").userPrompt("Hi");
    }

    public static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Arguments row(String name, UnaryOperator<ResponsesRequest.Builder> change, String adds) {
        return arguments(name, change.apply(least()).build(), json(adds));
    }
}
