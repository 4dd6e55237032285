package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.SandboxCaller.hello;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.core.ObjectMappers;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseStreamEvent;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the sandbox answers, the provider's own models read it: nothing invalid, nothing lost. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SandboxModelsTest {

    private final JsonMapper mapper = ObjectMappers.jsonMapper();
    private SandboxCaller api;

    @BeforeAll
    void start() {
        api = new SandboxCaller(SandboxSettings.DEFAULTS);
    }

    @AfterAll
    void stop() {
        api.close();
    }

    static Stream<String> bodies() {
        return Stream.of(
                hello(""),
                hello("'max_output_tokens':16"),
                hello("'reasoning':{'effort':'high','summary':'detailed'},'include':['reasoning.encrypted_content']"),
                hello("'reasoning':{'effort':'low'},'max_output_tokens':20"),
                hello(
                        "'text':{'verbosity':'low','format':{'type':'json_schema','name':'n','schema':{'type':'object','properties':{'a':{'type':'array','items':{'type':'number'}}}}}}"),
                hello(
                        "'conversation':{'id':'conv_1'},'prompt_cache_key':'k','prompt_cache_retention':'24h','safety_identifier':'s','user':'u','top_logprobs':3,'max_tool_calls':2"),
                hello(
                        "'service_tier':'fast','truncation':'auto','metadata':{'k':'v'},'instructions':'Be brief','temperature':0,'top_p':0.5,'store':false,'parallel_tool_calls':false"),
                hello("'prompt':{'id':'pmpt_1','version':'2','variables':{'a':'b'}}"),
                "{'model':'gpt-5.6-sol','input':[{'role':'user','content':[{'type':'input_text','text':'sandbox:refusal'},{'type':'input_image','image_url':'https://example.com/a.png'}]}]}",
                "{'model':'m','input':'sandbox:content_filter'}",
                "{'model':'m','input':'sandbox:failed'}",
                "{'model':'m','input':'sandbox:still_running'}");
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void answersWithWhatTheModelsRead(String body) throws Exception {
        assertReadable(api.answer(body));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void streamsWhatTheModelsRead(String body) throws Exception {
        String streamed = body.substring(0, body.length() - 1) + ",'stream':true}";
        for (JsonNode event : SandboxStreamTest.events(api.post(streamed).body())) {
            assertReadable(event);
            if (event.has("response")) {
                assertReadable(event.get("response"));
            }
        }
    }

    @Test
    void answersPollsAndCancelsWithWhatTheModelsRead() throws Exception {
        String id = api.answer(hello("'background':true")).path("id").asText();
        assertReadable(SandboxCaller.okay(api.get(id)));
        assertReadable(SandboxCaller.okay(api.send("POST", "/responses/" + id + "/cancel", "")));
    }

    /** Validation also refuses kinds of events and items which the models do not know. */
    private void assertReadable(JsonNode json) throws Exception {
        String text = json.toString();
        Object read = json.has("sequence_number")
                ? mapper.readValue(text, ResponseStreamEvent.class).validate()
                : mapper.readValue(text, Response.class).validate();
        JsonNode again = mapper.readTree(mapper.writeValueAsString(read));
        assertThat(json.equals(SandboxModelsTest::compare, again))
                .as("%s%nhas become%n%s", json, again)
                .isTrue();
    }

    /** The models read whole seconds as a decimal. */
    private static int compare(JsonNode a, JsonNode b) {
        boolean same = a.isNumber() && b.isNumber() ? a.doubleValue() == b.doubleValue() : a.equals(b);
        return same ? 0 : 1;
    }
}
