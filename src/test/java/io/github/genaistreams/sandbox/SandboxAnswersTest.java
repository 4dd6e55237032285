package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.SandboxCaller.JSON;
import static io.github.genaistreams.sandbox.SandboxCaller.hello;
import static io.github.genaistreams.sandbox.SandboxCaller.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SandboxAnswersTest {

    private SandboxCaller api = new SandboxCaller(SandboxSettings.DEFAULTS);

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void showsReasoningAndChargesForIt() throws Exception {
        JsonNode answer = api.answer(hello("'reasoning':{'effort':'low','summary':'auto'}"));

        assertThat(answer.at("/output/0/type").asText()).isEqualTo("reasoning");
        assertThat(text(answer)).contains("Say hello");
        assertThat(answer.at("/usage/output_tokens_details/reasoning_tokens").asInt())
                .isEqualTo(32);
        assertThat(answer.at("/usage/output_tokens").asInt()).isGreaterThan(32);
    }

    @Test
    void spendsAllTokensOnReasoningIfTheyDoNotSuffice() throws Exception {
        JsonNode answer = api.answer(hello("'reasoning':{'effort':'high'},'max_output_tokens':50"));

        assertThat(answer.path("status").asText()).isEqualTo("incomplete");
        assertThat(answer.path("output")).hasSize(1);
        assertThat(answer.at("/usage/output_tokens").asInt()).isEqualTo(50);
        assertThat(answer.at("/usage/output_tokens_details/reasoning_tokens").asInt())
                .isEqualTo(50);
    }

    @Test
    void cutsStructuredOutputWhereTheTokensEnd() throws Exception {
        String schema =
                "{'type':'object','properties':{'words':{'type':'array','minItems':20,'items':{'type':'string'}}},'required':['words'],'additionalProperties':false}";
        JsonNode answer = api.answer(hello(
                "'max_output_tokens':20,'text':{'format':{'type':'json_schema','name':'n','schema':" + schema + "}}"));

        assertThat(answer.at("/incomplete_details/reason").asText()).isEqualTo("max_output_tokens");
        assertThat(text(answer)).startsWith("{\"words\":[").doesNotEndWith("}").hasSize(80);
        assertThat(answer.at("/usage/output_tokens").asInt()).isEqualTo(20);
    }

    @Test
    void refusesAtARateOrWhenThePromptSaysSo() throws Exception {
        assertThat(api.answer("{'model':'m','input':'Please: sandbox:refusal'}")
                        .at("/output/0/content/0/type")
                        .asText())
                .isEqualTo("refusal");
        api.sandbox.apply(api.sandbox.settings().withFault(Fault.REFUSAL, 1));

        JsonNode answer = api.answer(hello(""));

        assertThat(answer.path("status").asText()).isEqualTo("completed");
        assertThat(answer.at("/output/0/content/0/refusal").asText()).isNotEmpty();
        assertThat(answer.at("/usage/output_tokens").asInt()).isPositive();
        assertThat(api.sandbox.stats().faults()).containsEntry(Fault.REFUSAL, 2L);
    }

    @Test
    void filtersContentAndBillsIt() throws Exception {
        api.sandbox.apply(api.sandbox.settings().withFault(Fault.CONTENT_FILTER, 1));
        JsonNode answer = api.answer(hello(""));

        assertThat(answer.path("status").asText()).isEqualTo("incomplete");
        assertThat(answer.at("/incomplete_details/reason").asText()).isEqualTo("content_filter");
        assertThat(text(answer)).isNotEmpty();
        assertThat(answer.at("/usage/output_tokens").asInt()).isPositive();
    }

    @Test
    void failsWith200() throws Exception {
        api.sandbox.apply(api.sandbox.settings().withFault(Fault.FAILED, 1));
        JsonNode answer = api.answer(hello(""));

        assertThat(answer.path("status").asText()).isEqualTo("failed");
        assertThat(answer.at("/error/code").asText()).isEqualTo("server_error");
        assertThat(answer.path("usage").isNull()).isTrue();
        assertThat(api.sandbox.stats().succeeded(SandboxCaller.BATCH)).isZero();
    }

    @Test
    void cachesLongPrefixesInBlocks() throws Exception {
        String prefix = "All of this stands before every question. ".repeat(120);
        String first = "{'model':'gpt-4o-mini','instructions':'" + prefix + "','input':'One?'}";

        JsonNode usage = api.answer(first).path("usage");
        JsonNode again = api.answer(first.replace("One", "Two")).path("usage");
        JsonNode other = api.answer(first.replace("gpt-4o-mini", "gpt-4o")).path("usage");

        assertThat(usage.at("/input_tokens_details/cached_tokens").asLong()).isZero();
        long cached = again.at("/input_tokens_details/cached_tokens").asLong();
        assertThat(cached).isEqualTo(prefix.length() / 4 / 128 * 128).isPositive();
        assertThat(other.at("/input_tokens_details/cached_tokens").asLong()).isZero();
    }

    @Test
    void cachesShortPromptsUnderAKey() throws Exception {
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
    void remembersTheTurnBefore() throws Exception {
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
    void doesNotReferToWhatWasNotStored() throws Exception {
        String id = api.answer(hello("'store':false")).path("id").asText();

        var refused = api.post(hello("'previous_response_id':'" + id + "'"));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(SandboxCaller.json(refused).at("/error/code").asText()).isEqualTo("previous_response_not_found");
        assertThat(api.get(id).statusCode()).isEqualTo(404);
    }

    @Test
    void echoesTheParametersOfTheCall() throws Exception {
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
    void namesTheTierThatServed(String asked, String served) throws Exception {
        assertThat(api.answer(hello("'service_tier':'" + asked + "'"))
                        .path("service_tier")
                        .asText())
                .isEqualTo(served);
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
    void takesParametersThatAreNew(String members) throws Exception {
        assertThat(api.post(hello(members)).statusCode()).isEqualTo(200);
    }

    @Test
    void forgetsTheLeastRecentlyUsedFirst() {
        var store = new ResponseStore(2);
        var request = JSON.createObjectNode();
        var turn = new Turn(request.put("input", "x"), "1", 0, Optional.empty(), 0, Optional.empty());
        var response = new SandboxResponse(
                new CallId("b", 0, 1),
                new StatsCounter().item("b", 0),
                turn,
                ResponsesAnswers.answer(turn),
                SandboxResponse.Life.OVER,
                true);
        store.put("a", response);
        store.put("b", response);
        store.find("a");
        store.put("c", response);

        assertThat(store.find("a")).isPresent();
        assertThat(store.find("b")).isEmpty();
    }
}
