package io.github.genaistreams.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.wire.Json;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is refused without a call is what the API refuses. The sandbox reads the body as OpenAI's reference has it, and shares no
 * code with {@link ResponsesCheck}: two opinions on one request.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusalsTest {

    /**
     * Ranges, lengths, and what excludes what. The least of max_output_tokens is in the error of the API: "integer below minimum
     * value. Expected a value >= 16, but got 10 instead".
     */
    private static final String REFERENCE = "https://platform.openai.com/docs/api-reference/responses/create";
    /** "background": "requires store=true". */
    private static final String BACKGROUND = "https://platform.openai.com/docs/guides/background";
    /** "All fields must be required", "additionalProperties: false must always be set in objects". */
    private static final String OUTPUTS = "https://platform.openai.com/docs/guides/structured-outputs";
    /** A function's name stands beside its type. */
    private static final String FUNCTIONS = "https://platform.openai.com/docs/guides/function-calling";

    private final HttpClient http = HttpClient.newHttpClient();
    private ApiSandbox sandbox;

    @BeforeAll
    void start() {
        sandbox = ApiSandbox.start(SandboxSettings.DEFAULTS);
    }

    @AfterAll
    void stop() {
        sandbox.close();
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                row(REFERENCE, "model", b -> b.model(" ")),
                row(REFERENCE, "input", b -> b.userPrompt((String) null)),
                row(
                        REFERENCE,
                        "input[0].content[0].type",
                        b -> b.userPrompt(UserPrompt.items(
                                List.of(json("{'role':'user','content':[{'type':'text','text':'x'}]}"))))),
                row(REFERENCE, "max_output_tokens", b -> b.maxOutputTokens(15)),
                row(REFERENCE, "max_tool_calls", b -> b.maxToolCalls(0)),
                row(REFERENCE, "temperature", b -> b.temperature(2.1)),
                row(REFERENCE, "temperature", b -> b.temperature(-0.1)),
                row(REFERENCE, "top_p", b -> b.topP(1.1)),
                row(REFERENCE, "top_logprobs", b -> b.topLogprobs(21)),
                row(REFERENCE, "safety_identifier", b -> b.safetyIdentifier("s".repeat(65))),
                row(REFERENCE, "metadata", b -> b.metadata(entries(17))),
                row(REFERENCE, "metadata", b -> b.metadata(Map.of("k".repeat(65), "v"))),
                row(REFERENCE, "metadata.k", b -> b.metadata(Map.of("k", "v".repeat(513)))),
                row(REFERENCE, "previous_response_id", b -> b.previousResponseId("r")
                        .conversation(json("'c'"))),
                row(BACKGROUND, "store", b -> b.background(true).store(false)),
                row(OUTPUTS, "text.format.type", b -> b.responseFormat(json("{'type':'yaml'}"))),
                row(
                        OUTPUTS,
                        "text.format.name",
                        b -> b.responseFormat(json("{'type':'json_schema','name':'a b','schema':{}}"))),
                row(OUTPUTS, "text.format.schema", b -> b.responseFormat(json("{'type':'json_schema','name':'n'}"))),
                row(
                        OUTPUTS,
                        "text.format.schema",
                        b -> b.responseFormat(strict("{'a':{'type':'string'}}", "['a']", ""))),
                row(
                        OUTPUTS,
                        "text.format.schema",
                        b -> b.responseFormat(
                                strict("{'a':{'type':'string'}}", "[]", ",'additionalProperties':false"))),
                row(
                        OUTPUTS,
                        "text.format.schema",
                        b -> b.responseFormat(strict(
                                "{'a':{'type':'array','items':{'type':'object','properties':{}}}}",
                                "['a']",
                                ",'additionalProperties':false"))),
                row(FUNCTIONS, "tools[1].type", b -> b.tools(json("[{'type':'web_search'},{'name':'f'}]"))),
                row(FUNCTIONS, "tools[0].name", b -> b.tools(json("[{'type':'function','parameters':{}}]"))),
                row(FUNCTIONS, "tool_choice.name", b -> b.toolChoice(json("{'type':'function'}"))));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void whatTheApiRefusesIsRefusedWithoutACall(
            String source, String param, UnaryOperator<ResponsesRequest.Builder> change) throws Exception {
        ResponsesRequest request = change.apply(ClientCase.request()).buildUnchecked();

        assertThat(ResponsesCheck.firstProblem(request)).as(source).isPresent();
        HttpResponse<String> answer = post(ResponsesBody.of(request).toString());
        assertThat(answer.statusCode()).as("%s%n%s", source, answer.body()).isEqualTo(400);
        assertThat(Json.MAPPER.readTree(answer.body()).at("/error/param").asText())
                .isEqualTo(param);
    }

    static Stream<Arguments> taken() {
        return Stream.of(
                row(REFERENCE, "", b -> b),
                row(REFERENCE, "", b -> b.maxOutputTokens(16)
                        .maxToolCalls(1)
                        .temperature(2.0)
                        .topP(0.0)
                        .topLogprobs(20)),
                row(REFERENCE, "", b -> b.safetyIdentifier("s".repeat(64)).metadata(entries(16))),
                row(REFERENCE, "", b -> b.metadata(Map.of("k".repeat(64), "v".repeat(512))).stream(true)),
                row(REFERENCE, "", b -> b.userPrompt((UserPrompt) null).prompt(json("{'id':'pmpt_1'}"))),
                row(BACKGROUND, "", b -> b.background(true).stream(true)),
                row(OUTPUTS, "", b -> b.responseFormat(json("{'type':'json_object'}"))),
                row(
                        OUTPUTS,
                        "",
                        b -> b.responseFormat(
                                strict("{'type':{'type':'string'}}", "['type']", ",'additionalProperties':false"))),
                row(
                        OUTPUTS,
                        "",
                        b -> b.responseFormat(
                                json(
                                        "{'type':'json_schema','json_schema':{'name':'n','strict':false,'schema':{'type':'object'}}}"))),
                // The form of Chat Completions, which the client turns into that of Responses.
                row(FUNCTIONS, "", b -> b.tools(json("[{'type':'function','function':{'name':'f'}}]"))
                        .toolChoice(json("{'type':'function','function':{'name':'f'}}"))),
                row(FUNCTIONS, "", b -> b.tools(json("[{'type':'web_search'}]")).toolChoice("required")));
    }

    @ParameterizedTest
    @MethodSource("taken")
    void whatIsTakenHereTheApiTakes(String source, String param, UnaryOperator<ResponsesRequest.Builder> change)
            throws Exception {
        ResponsesRequest request = change.apply(ClientCase.request()).buildUnchecked();

        assertThat(ResponsesCheck.firstProblem(request)).as(source).isEmpty();
        HttpResponse<String> answer = post(ResponsesBody.of(request).toString());
        assertThat(answer.statusCode()).as("%s%n%s", source, answer.body()).isEqualTo(200);
    }

    /**
     * A body that the client must never send: no request can say it, so only the API can refuse it.
     *
     * @see <a href="https://platform.openai.com/docs/guides/migrate-to-responses">Migrate to the Responses API</a>
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'model':                                                           |",
                "[1]                                                                 |",
                "{'model':'m'}                                                       | input",
                "{'model':1,'input':'x'}                                             | model",
                "{'model':'m','input':5}                                             | input",
                "{'model':'m','messages':[]}                                         | messages",
                "{'model':'m','input':'x','response_format':{'type':'text'}}         | response_format",
                "{'model':'m','input':'x','max_tokens':16}                           | max_tokens",
                "{'model':'m','input':'x','temperature':'hot'}                       | temperature",
                "{'model':'m','input':'x','metadata':{'a':1}}                        | metadata.a",
                "{'model':'m','input':'x','text':{'format':{'type':'json_object'}}}  | input",
                "{'model':'m','input':'x','text':{'format':{'type':'json_schema','schema':{}}}} | text.format.name",
                "{'model':'m','input':'x','stream_options':{}}                       | stream_options",
                "{'model':'m','input':'x','previous_response_id':'resp_0'}           | previous_response_id",
                "{'model':'m','input':'x','tools':[{'type':'function','function':{'name':'f'}}]} | tools[0].name",
            })
    void theApiRefusesABodyInAnotherForm(String body, String param) throws Exception {
        HttpResponse<String> answer = post(body.replace('\'', '"'));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        JsonNode error = Json.MAPPER.readTree(answer.body()).path("error");
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("param").asText(null)).isEqualTo(param);
    }

    private HttpResponse<String> post(String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(sandbox.baseUrl() + "/responses"))
                        .header("Authorization", "Bearer k")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static Arguments row(String source, String param, UnaryOperator<ResponsesRequest.Builder> change) {
        return Arguments.of(source, param, change);
    }

    private static JsonNode strict(String properties, String required, String more) {
        return json("{'type':'json_schema','name':'n','strict':true,'schema':{'type':'object','properties':"
                + properties + ",'required':" + required + more + "}}");
    }

    private static Map<String, String> entries(int count) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
    }

    private static JsonNode json(String text) {
        try {
            return Json.MAPPER.readTree(text.replace('\'', '"'));
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }
}
