package io.github.genaistreams.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.genaistreams.model.ResponsesRequest;
import java.util.function.UnaryOperator;
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
        var request = change.apply(valid()).build();

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
                row("user_prompt", "is missing or empty", b -> b.userPrompt(null)),
                row("user_prompt", "is missing or empty", b -> b.userPrompt("")),
                row("user_prompt", "shorten it", b -> b.userPrompt("x".repeat(10_485_761))),
                row("user_prompt", "half a surrogate pair at position 17", b -> b.userPrompt(PROMPT + "\ud83d")),
                row("system_prompt", "half a surrogate pair at position 0", b -> b.systemPrompt("\ude00x")),
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
                format("response_format.strict", "true or false", "{'type':'json_schema','strict':1,'schema':{}}"));
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
        assertPasses(b -> b.responseFormat(json("{'type':'json_schema','json_schema':{'name':null,'schema':{}}}")));
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

    private static Arguments format(String field, String message, String responseFormat) {
        return row(field, message, b -> b.responseFormat(json(responseFormat)));
    }

    private static JsonNode json(String text) {
        try {
            return JsonMapper.builder().build().readTree(text.replace('\'', '"'));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
