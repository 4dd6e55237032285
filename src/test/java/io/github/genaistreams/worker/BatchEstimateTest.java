package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.wire.Json;
import io.github.genaistreams.worker.BatchEstimate.Assumptions;
import io.github.genaistreams.worker.BatchEstimate.Limit;
import io.github.genaistreams.worker.BatchEstimate.Share;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchEstimateTest {

    /** 400 bytes: 100 tokens. */
    private static final String PROMPT = "x".repeat(400);

    @Test
    void addsUpByModelAndTierWithTheRangeOfItsOutput() {
        var estimate = estimate(
                usual(),
                Map.of(),
                request("gpt-4.1").build(),
                request("gpt-4.1").serviceTier("flex").build(),
                request("gpt-4.1").maxOutputTokens(1_000).build());

        assertThat(estimate.shares())
                .extracting(
                        Share::serviceTier,
                        Share::requests,
                        Share::inputTokens,
                        Share::outputTokensMin,
                        Share::outputTokensMax)
                .containsExactly(tuple("default", 2, 200L, 100L, 1_500L), tuple("flex", 1, 100L, 50L, 500L));
        // 2 and 8 USD per million tokens, half of it on flex.
        assertThat(estimate.shares().get(0).costUsdMin()).isEqualByComparingTo("0.0012");
        assertThat(estimate.shares().get(0).costUsdMax()).isEqualByComparingTo("0.0124");
        assertThat(estimate.shares().get(1).costUsdMax()).isEqualByComparingTo("0.0021");
        assertThat(estimate.costUsdMax()).isEqualByComparingTo("0.0145");
        assertThat(estimate.costUnknownReason()).isNull();
        assertThat(estimate.seconds()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"300, 300, , 300, 300", "300, 300, 200, 200, 200", "100, 400, 200, 100, 200", "50, , 20, 20, 20"})
    void anAnswerHasWhatIsAssumedAndNoMoreThanItsBound(long min, Long max, Integer bound, long least, long most) {
        var estimate = estimate(
                new Assumptions(1, min, max, 1, null),
                Map.of(),
                request("gpt-4.1").maxOutputTokens(bound).build());

        assertThat(estimate.outputTokensMin()).isEqualTo(least);
        assertThat(estimate.outputTokensMax()).isEqualTo(most);
    }

    @Test
    void aFallbackFromFlexMayCostTheStandardPrice() {
        var estimate = estimate(
                new Assumptions(1, 100, 100L, 1, null),
                Map.of(),
                request("gpt-4.1").serviceTier("flex").flexFallback(true).build());

        assertThat(estimate.costUsdMin()).isEqualByComparingTo("0.0005");
        assertThat(estimate.costUsdMax()).isEqualByComparingTo("0.001");
    }

    @Test
    void anUnknownPriceIsSaidAndNotGuessed() {
        var estimate = estimate(
                usual(),
                Map.of(),
                request("mine").build(),
                request("gpt-4.1").build(),
                request("gpt-5").serviceTier("flex").build());

        assertThat(estimate.shares())
                .extracting(Share::costUsdMax)
                .satisfiesExactly(
                        cost -> assertThat(cost).isNull(),
                        cost -> assertThat(cost).isPositive(),
                        cost -> assertThat(cost).isNull());
        assertThat(estimate.shares().get(2).costUnknownReason()).contains("gpt-5 on the flex tier");
        assertThat(estimate.costUsdMax())
                .isEqualByComparingTo(estimate.shares().get(1).costUsdMax());
        assertThat(estimate.costUnknownReason()).contains("no model mine");
    }

    @Test
    void aLongPromptHasThePriceOfALongContext() {
        var estimate = estimate(
                new Assumptions(1, 0, 0L, 1, null),
                Map.of(),
                request("gpt-5.4").userPrompt("x".repeat(1_200_000)).build());

        assertThat(estimate.costUsdMax()).isEqualByComparingTo("1.5");
    }

    @Test
    void theTimeIsThatOfTheTightestLimit() {
        List<ResponsesRequest> requests =
                Collections.nCopies(600, request("gpt-4.1").maxOutputTokens(900).build());
        var estimate = BatchEstimate.of(
                requests,
                0,
                new Assumptions(1, 10, 20L, 2.5, 50),
                config(Map.of(
                        "openai.requests.per.minute", "100",
                        "openai.tokens.per.minute", "60000",
                        "openai.max.concurrent.requests", "4")));

        assertThat(estimate.limits())
                .containsExactly(
                        new Limit("calls_at_once", null, 50, 30),
                        new Limit("calls_at_once", "default", 4, 375),
                        new Limit("requests_per_minute", "default", 100, 360),
                        // The API counts the bound of an answer, whatever the answer is.
                        new Limit("tokens_per_minute", "default", 60_000, 600));
        assertThat(estimate.seconds()).isEqualTo(600);
    }

    @Test
    void aCredentialHasItsOwnLimitsOrThoseOfTheDefaultOne() {
        var settings = Map.of(
                "openai.requests.per.minute", "60",
                "openai.credentials", "a,b",
                "openai.credentials.a.api.key", "none",
                "openai.credentials.a.requests.per.minute", "2",
                "openai.credentials.b.api.key", "none");
        var estimate = estimate(
                usual(),
                settings,
                request("gpt-4.1").credential("a").build(),
                request("gpt-4.1").credential("a").build(),
                request("gpt-4.1").credential("b").build(),
                request("gpt-4.1").credential("elsewhere").build());

        assertThat(estimate.limits())
                .containsExactly(
                        new Limit("requests_per_minute", "a", 2, 60),
                        new Limit("requests_per_minute", "b", 60, 1),
                        new Limit("requests_per_minute", "elsewhere", 60, 1));
    }

    @Test
    void aBatchWithABoundOfItsOwnMakesFewerCallsAtOnce() {
        var estimate = estimate(
                new Assumptions(1, 1, 1L, 1, 50),
                Map.of(),
                request("gpt-4.1").maxConcurrentRequests(1).build(),
                request("gpt-4.1").maxConcurrentRequests(1).build());

        assertThat(estimate.limits()).containsExactly(new Limit("calls_at_once", null, 1, 2));
    }

    @Test
    void countsTheTextsOfAnInputAndNotTheBytesOfItsImages() throws IOException {
        JsonNode items = json("""
                [{"role": "user", "content": [
                   {"type": "input_text", "text": "12345678"},
                   {"type": "input_image", "image_url": "data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]},
                 {"role": "assistant", "content": "12345678"},
                 {"type": "function_call_output", "call_id": "c", "output": "1234"}]""");
        var size = InputSize.of(request("m").userPrompt(UserPrompt.of(items)).build());

        assertThat(size).isEqualTo(new InputSize(20, 1, false));
        assertThat(size.tokens(1)).isEqualTo(5 + InputSize.IMAGE_TOKENS);
        assertThat(size.tokens(1.5)).isEqualTo(8 + InputSize.IMAGE_TOKENS);
    }

    @Test
    void countsBytesAndNotCharacters() {
        assertThat(InputSize.of(request("m").systemPrompt("äö").userPrompt("日本").build())
                        .bytes())
                .isEqualTo(10);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'text'} | 0",
                "{'type':'json_schema','name':'n','schema':{'type':'object'}} | 17",
                "{'type':'json_schema','json_schema':{'name':'n','schema':{'type':'object'}}} | 17",
            })
    void countsASchemaHoweverItIsSpelled(String format, int bytes) throws IOException {
        var request = request("m").userPrompt("").responseFormat(json(format.replace('\'', '"')));

        assertThat(InputSize.of(request.buildUnchecked()).bytes()).isEqualTo(bytes);
    }

    @Test
    void saysWhichRequestsHaveInputThatItCannotSee() throws IOException {
        JsonNode file = json("[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_id\":\"f\"}]}]");
        var estimate = estimate(
                usual(),
                Map.of(),
                request("m").userPrompt(UserPrompt.of(file)).build(),
                request("m").previousResponseId("r").build(),
                request("m").tools(json("[{\"type\":\"web_search\"}]")).build(),
                request("m")
                        .tools(json("[{\"type\":\"function\",\"name\":\"f\"}]"))
                        .build(),
                request("m").build());

        assertThat(estimate.uncounted()).isEqualTo(3);
    }

    private static Assumptions usual() {
        return Assumptions.defaults(null);
    }

    private static BatchEstimate estimate(
            Assumptions assumed, Map<String, String> settings, ResponsesRequest... requests) {
        return BatchEstimate.of(List.of(requests), 0, assumed, config(settings));
    }

    private static GenAiConfig config(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put("bootstrap.servers", "none:1");
        return new GenAiConfig(all);
    }

    private static ResponsesRequest.Builder request(String model) {
        return ResponsesRequest.builder().model(model).userPrompt(PROMPT);
    }

    private static JsonNode json(String json) throws IOException {
        return Json.MAPPER.readTree(json);
    }
}
