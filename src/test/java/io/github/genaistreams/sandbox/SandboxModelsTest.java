package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.SandboxCaller.hello;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.core.ObjectMappers;
import com.openai.models.conversations.Conversation;
import com.openai.models.conversations.ConversationDeletedResource;
import com.openai.models.conversations.items.ConversationItemList;
import com.openai.models.models.Model;
import com.openai.models.models.ModelListPageResponse;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.inputitems.ResponseItemList;
import java.net.http.HttpResponse;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the sandbox answers, the provider's own models read it: nothing invalid, nothing lost. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SandboxModelsTest {

    private static final String FUNCTIONS =
            "'tools':[{'type':'function','name':'get_weather','parameters':{'type':'object','properties':{'city':{'type':'string'},'days':{'type':'integer','minimum':1}}}},"
                    + "{'type':'custom','name':'shell'},{'type':'web_search'}]";

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
                hello(FUNCTIONS + ",'tool_choice':'required'"),
                hello(FUNCTIONS + ",'tool_choice':{'type':'function','name':'get_weather'}"),
                hello(FUNCTIONS + ",'tool_choice':{'type':'custom','name':'shell'}"),
                hello(
                        FUNCTIONS
                                + ",'tool_choice':{'type':'allowed_tools','mode':'required','tools':[{'type':'function','name':'get_weather'}]}"),
                hello(FUNCTIONS + ",'tool_choice':'none'"),
                hello(
                        "'text':{'verbosity':'low','format':{'type':'json_schema','name':'n','schema':{'type':'object','properties':{'a':{'type':'array','items':{'type':'number'}}}}}}"),
                hello(
                        "'conversation':{'id':'conv_1'},'prompt_cache_key':'k','prompt_cache_retention':'24h','safety_identifier':'s','user':'u','top_logprobs':3,'max_tool_calls':2"),
                hello(
                        "'service_tier':'fast','truncation':'auto','metadata':{'k':'v'},'instructions':'Be brief','temperature':0,'top_p':0.5,'store':false,'parallel_tool_calls':false"),
                hello("'prompt':{'id':'pmpt_1','version':'2','variables':{'a':'b'}}"),
                hello("'background':true"),
                "{'model':'gpt-5.6-sol','input':[{'role':'user','content':[{'type':'input_text','text':'sandbox:refusal'},{'type':'input_image','image_url':'https://example.com/a.png'}]}]}",
                "{'model':'m','input':'sandbox:content_filter'}",
                "{'model':'m','input':'sandbox:failed'}",
                "{'model':'m','input':'sandbox:still_running'}");
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void shouldAnswerWithWhatTheModelsRead(String body) throws Exception {
        assertReadable(api.answer(body));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void shouldStreamWhatTheModelsRead(String body) throws Exception {
        String streamed = body.substring(0, body.length() - 1) + ",'stream':true}";
        for (JsonNode event : SandboxStreamTest.events(api.post(streamed).body())) {
            assertReadable(event);
            if (event.has("response")) {
                assertReadable(event.get("response"));
            }
        }
    }

    @Test
    void shouldAnswerPollsAndCancelsWithWhatTheModelsRead() throws Exception {
        String id = api.answer(hello("'background':true")).path("id").asText();
        assertReadable(SandboxCaller.okay(api.get(id)));
        assertReadable(SandboxCaller.okay(api.send("POST", "/responses/" + id + "/cancel", "")));
    }

    @Test
    void shouldListInputAndModelsAsTheModelsReadThem() throws Exception {
        String id = api.answer(
                        "{'model':'m','input':[{'role':'user','content':'Hi'},{'role':'assistant','content':'Yes?'},"
                                + "{'type':'message','role':'user','content':[{'type':'input_text','text':'Bye'}]}]}")
                .path("id")
                .asText();

        JsonNode newestFirst = list("/responses/" + id + "/input_items", ResponseItemList.class);
        assertThat(newestFirst.at("/data/0/content/0/text").asText()).isEqualTo("Bye");
        assertThat(newestFirst.at("/data/1/content/0/type").asText()).isEqualTo("output_text");
        assertThat(newestFirst.at("/data/2/content/0/text").asText()).isEqualTo("Hi");
        JsonNode two = list("/responses/" + id + "/input_items?order=asc&limit=2", ResponseItemList.class);
        assertThat(two.path("has_more").asBoolean()).isTrue();
        JsonNode rest = list(
                "/responses/" + id + "/input_items?order=asc&after="
                        + two.path("last_id").asText(),
                ResponseItemList.class);
        assertThat(rest.path("data")).hasSize(1);
        assertThat(rest.path("has_more").asBoolean()).isFalse();
        list("/models", ModelListPageResponse.class);
        assertThat(list("/models/gpt-4o-mini", Model.class).path("id").asText()).isEqualTo("gpt-4o-mini");
    }

    @Test
    void shouldKeepConversationsAsTheModelsReadThem() throws Exception {
        JsonNode created = read(
                api.send(
                        "POST",
                        "/conversations",
                        "{'metadata':{'a':'b'},'items':[{'type':'message','role':'user','content':'Hello'}]}"),
                Conversation.class);
        String path = "/conversations/" + created.path("id").asText();
        api.answer(hello("'conversation':'" + created.path("id").asText() + "'"));
        read(
                api.send("POST", path + "/items", "{'items':[{'type':'message','role':'user','content':'More'}]}"),
                ConversationItemList.class);

        JsonNode items = list(path + "/items?order=asc", ConversationItemList.class);
        assertThat(items.path("data")).hasSize(4);
        assertThat(items.at("/data/0/content/0/text").asText()).isEqualTo("Hello");
        assertThat(items.at("/data/1/content/0/text").asText()).isEqualTo("Say hello");
        assertThat(items.at("/data/2/role").asText()).isEqualTo("assistant");
        String first = path + "/items/" + items.path("first_id").asText();
        assertThat(SandboxCaller.okay(api.send("GET", first, ""))).isEqualTo(items.at("/data/0"));
        read(api.send("DELETE", first, ""), Conversation.class);
        assertThat(api.send("GET", first, "").statusCode()).isEqualTo(404);
        assertThat(read(api.send("POST", path, "{'metadata':{'c':'d'}}"), Conversation.class)
                        .at("/metadata/c")
                        .asText())
                .isEqualTo("d");
        assertThat(list(path, Conversation.class).at("/metadata/c").asText()).isEqualTo("d");
        read(api.send("DELETE", path, ""), ConversationDeletedResource.class);
        assertThat(api.send("GET", path, "").statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /conversations, 405",
        "PUT, /conversations/x, 404",
        "POST, /models, 405",
        "GET, /responses/none/input_items, 404",
        "GET, /conversations/none/items, 404",
    })
    void shouldRefuseWhatIsNotThere(String method, String path, int status) throws Exception {
        assertThat(api.send(method, path, "").statusCode()).isEqualTo(status);
    }

    private JsonNode list(String path, Class<?> type) throws Exception {
        return read(api.send("GET", path, ""), type);
    }

    /** The official models take it, find nothing wrong, and know every field of it. */
    private JsonNode read(HttpResponse<String> response, Class<?> type) throws Exception {
        JsonNode json = SandboxCaller.okay(response);
        Object read = mapper.readValue(json.toString(), type);
        type.getMethod("validate").invoke(read);
        assertThat(json.equals(SandboxModelsTest::compare, mapper.readTree(mapper.writeValueAsString(read))))
                .as("%s%nhas become%n%s", json, read)
                .isTrue();
        return json;
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
