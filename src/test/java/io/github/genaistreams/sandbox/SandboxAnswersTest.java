package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.SandboxCaller.JSON;
import static io.github.genaistreams.sandbox.SandboxCaller.hello;
import static io.github.genaistreams.sandbox.SandboxCaller.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class SandboxAnswersTest {

    private static final String TOOLS = "'tools':[" + function("f") + "," + function("g") + ",{'type':'web_search'}]";

    private SandboxCaller api = new SandboxCaller(SandboxSettings.DEFAULTS);

    private static String function(String name) {
        return "{'type':'function','strict':true,'name':'" + name
                + "','parameters':{'type':'object','properties':{'n':{'type':'integer','minimum':3,'maximum':9}},'required':['n'],'additionalProperties':false}}";
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "Say hello       | 'tool_choice':'auto'                           | message",
                "Use a tool      | 'tool_choice':'auto'                           | f,g",
                "Call the office | 'temperature':1                                | f,g",
                "Recalling       | 'temperature':1                                | message",
                "Say hello       | 'tool_choice':'required'                       | f,g",
                "Say hello       | 'tool_choice':'required','parallel_tool_calls':false | f",
                "Say hello       | 'tool_choice':{'type':'function','name':'g'}   | g",
                "Use a tool      | 'tool_choice':'none'                           | message",
                "Say hello       | 'tool_choice':{'type':'allowed_tools','mode':'required','tools':[{'type':'function','name':'g'}]} | g",
                "Say hello       | 'tool_choice':{'type':'allowed_tools','mode':'auto','tools':[{'type':'function','name':'g'}]}     | message",
            })
    void shouldCallTheToolsThatAreChosen(String prompt, String members, String expected) throws Exception {
        JsonNode answer = api.answer("{'model':'m','input':'" + prompt + "'," + TOOLS + "," + members + "}");

        List<JsonNode> output = answer.path("output").valueStream().toList();
        assertThat(output.stream()
                        .map(item -> item.path("name").asText("message"))
                        .collect(Collectors.joining(",")))
                .isEqualTo(expected);
        for (JsonNode item : output) {
            if (item.has("arguments")) {
                assertThat(JSON.readTree(item.path("arguments").asText())
                                .path("n")
                                .asInt())
                        .isBetween(3, 9);
            }
        }
        assertThat(output.stream().map(item -> item.path("id").asText())).doesNotHaveDuplicates();
    }

    @Test
    void shouldAnswerInWordsOnceTheToolHasAnswered() throws Exception {
        JsonNode first = api.answer("{'model':'m','input':'Use a tool'," + TOOLS + ",'parallel_tool_calls':false}");
        String id = first.path("id").asText();
        String call = first.at("/output/0/call_id").asText();
        String next = "{'model':'m','previous_response_id':'" + id + "'," + TOOLS + ",'input':";

        assertThat(api.post(next + "'And now?'}").body()).contains("No tool output found");
        JsonNode second =
                api.answer(next + "[{'type':'function_call_output','call_id':'" + call + "','output':'call 42'}]}");

        assertThat(text(second)).contains("call 42").contains("In turn 1 you said “Use a tool”");
    }

    @Test
    void shouldShowReasoningAndChargeForIt() throws Exception {
        JsonNode answer = api.answer(hello("'reasoning':{'effort':'low','summary':'auto'}"));

        assertThat(answer.at("/output/0/type").asText()).isEqualTo("reasoning");
        assertThat(answer.at("/output/0/summary/0/type").asText()).isEqualTo("summary_text");
        assertThat(text(answer)).contains("Say hello");
        assertThat(answer.at("/usage/output_tokens_details/reasoning_tokens").asInt())
                .isEqualTo(32);
        assertThat(answer.at("/usage/output_tokens").asInt()).isGreaterThan(32);
    }

    @Test
    void shouldSpendAllTokensOnReasoningIfTheyDoNotSuffice() throws Exception {
        JsonNode answer = api.answer(hello("'reasoning':{'effort':'high'},'max_output_tokens':50"));

        assertThat(answer.path("status").asText()).isEqualTo("incomplete");
        assertThat(answer.path("output")).hasSize(1);
        assertThat(answer.at("/usage/output_tokens").asInt()).isEqualTo(50);
        assertThat(answer.at("/usage/output_tokens_details/reasoning_tokens").asInt())
                .isEqualTo(50);
    }

    @Test
    void shouldCutStructuredOutputWhereTheTokensEnd() throws Exception {
        String schema =
                "{'type':'object','properties':{'words':{'type':'array','minItems':20,'items':{'type':'string'}}},'required':['words'],'additionalProperties':false}";
        JsonNode answer = api.answer(hello(
                "'max_output_tokens':20,'text':{'format':{'type':'json_schema','name':'n','schema':" + schema + "}}"));

        assertThat(answer.at("/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
        assertThat(text(answer)).startsWith("{\"words\":[").doesNotEndWith("}").hasSize(80);
        assertThat(answer.at("/usage/output_tokens").asInt()).isEqualTo(20);
    }

    @Test
    void shouldRefuseAtARateOrWhenThePromptSaysSo() throws Exception {
        assertThat(api.answer("{'model':'m','input':'Please: sandbox:refusal'}")
                        .at("/output/0/content/0/type")
                        .asText())
                .isEqualTo("refusal");
        api.sandbox.apply(api.sandbox.settings().withFault(Fault.REFUSAL, 1));

        JsonNode answer = api.answer(hello(TOOLS + ",'tool_choice':'required'"));

        assertThat(answer.path("status").asText()).isEqualTo("completed");
        assertThat(answer.at("/output/0/content/0/refusal").asText()).isNotEmpty();
        assertThat(answer.at("/usage/output_tokens").asInt()).isPositive();
        assertThat(api.sandbox.stats().faults()).containsEntry(Fault.REFUSAL, 2L);
    }

    @Test
    void shouldFilterContentAndBillIt() throws Exception {
        api.sandbox.apply(api.sandbox.settings().withFault(Fault.CONTENT_FILTER, 1));
        JsonNode answer = api.answer(hello(""));

        assertThat(answer.path("status").asText()).isEqualTo("incomplete");
        assertThat(answer.at("/incomplete_details/reason").asText()).isEqualTo("content_filter");
        assertThat(text(answer)).isNotEmpty();
        assertThat(answer.at("/usage/output_tokens").asInt()).isPositive();
    }

    @Test
    void shouldFailWith200() throws Exception {
        api.sandbox.apply(api.sandbox.settings().withFault(Fault.FAILED, 1));
        JsonNode answer = api.answer(hello(""));

        assertThat(answer.path("status").asText()).isEqualTo("failed");
        assertThat(answer.at("/error/code").asText()).isEqualTo("server_error");
        assertThat(answer.path("usage").isNull()).isTrue();
        assertThat(api.sandbox.stats().succeeded(SandboxCaller.BATCH)).isZero();
    }

    @Test
    void shouldCacheLongPrefixesInBlocks() throws Exception {
        String prefix = "All of this stands before every question. ".repeat(120);
        String first = "{'model':'gpt-5.6-sol','instructions':'" + prefix + "','input':'One?'}";

        JsonNode usage = api.answer(first).path("usage");
        JsonNode again = api.answer(first.replace("One", "Two")).path("usage");
        JsonNode other = api.answer(first.replace("gpt-5.6-sol", "gpt-4o")).path("usage");

        long input = usage.path("input_tokens").asLong();
        assertThat(usage.at("/input_tokens_details/cached_tokens").asLong()).isZero();
        assertThat(usage.at("/input_tokens_details/cache_write_tokens").asLong())
                .isEqualTo(input);
        long cached = again.at("/input_tokens_details/cached_tokens").asLong();
        assertThat(cached).isEqualTo(prefix.length() / 4 / 128 * 128).isPositive();
        assertThat(again.at("/input_tokens_details/cache_write_tokens").asLong())
                .isEqualTo(input - cached);
        assertThat(other.at("/input_tokens_details/cached_tokens").asLong()).isZero();
        assertThat(other.at("/input_tokens_details/cache_write_tokens").asLong())
                .isZero();
    }

    @Test
    void shouldCacheShortPromptsUnderAKey() throws Exception {
        String keyed = hello("'prompt_cache_key':'k','instructions':'You are a very patient assistant.'");

        assertThat(cached(keyed)).isZero();
        assertThat(cached(keyed)).isPositive();
        assertThat(cached(keyed.replace("'k'", "'other'"))).isZero();
        assertThat(cached(hello(""))).isZero();
    }

    private long cached(String body) throws Exception {
        return api.answer(body).at("/usage/input_tokens_details/cached_tokens").asLong();
    }

    @Test
    void shouldRememberTheTurnBefore() throws Exception {
        JsonNode first = api.answer("{'model':'m','input':'My name is Ada'}");
        String second = "{'model':'m','input':'What is my name?','previous_response_id':'"
                + first.path("id").asText() + "'}";

        JsonNode answer = api.answer(second);

        assertThat(text(answer)).contains("In turn 1 you said “My name is Ada”");
        assertThat(answer.path("previous_response_id")).isEqualTo(first.path("id"));
        assertThat(answer.at("/usage/input_tokens").asLong())
                .isEqualTo(4 + first.at("/usage/total_tokens").asLong());
    }

    @Test
    void shouldRememberAConversation() throws Exception {
        api.answer("{'model':'m','input':'My name is Ada','conversation':'conv_1'}");
        JsonNode second = api.answer("{'model':'m','input':'Well?','conversation':{'id':'conv_1'}}");
        JsonNode other = api.answer("{'model':'m','input':'Well?','conversation':'conv_2'}");

        assertThat(text(second)).contains("My name is Ada");
        assertThat(second.at("/conversation/id").asText()).isEqualTo("conv_1");
        assertThat(text(other)).doesNotContain("Ada");
    }

    @Test
    void shouldNotReferToWhatWasNotStored() throws Exception {
        String id = api.answer(hello("'store':false")).path("id").asText();

        var refused = api.post(hello("'previous_response_id':'" + id + "'"));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(SandboxCaller.json(refused).at("/error/code").asText()).isEqualTo("previous_response_not_found");
        assertThat(api.get(id).statusCode()).isEqualTo(404);
    }

    @Test
    void shouldForgetTheLeastRecentlyUsedFirst() {
        var store = new ResponseStore(2);
        var request = JSON.createObjectNode();
        var turn = new Turn(request.put("input", "x"), "1", 0, Optional.empty(), 0, Optional.empty());
        var response = new StoredResponse(
                new CallId("b", 0, 1),
                new StatsCounter().item("b", 0),
                turn,
                ResponsesAnswers.answer(turn),
                StoredResponse.Life.OVER,
                true);
        store.put("a", request, response);
        store.put("b", request, response);
        store.find("a");
        store.put("c", request, response);

        assertThat(store.find("a")).isPresent();
        assertThat(store.find("b")).isEmpty();
    }
}
