package io.github.genaistreams.provider.openai;

import static io.github.genaistreams.provider.openai.Classified.classify;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a response means whose HTTP status is one of success and whose body is of an odd shape. */
class ResponseClassifierOddAnswersTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            value = {
                "null | null",
                "{} | null",
                "7 | null",
                "{\"input_tokens\":3} | 3/0/3",
                "{\"input_tokens\":3,\"output_tokens\":4,\"input_tokens_details\":null} | 3/4/7",
                "{\"input_tokens\":3,\"output_tokens\":4,\"total_tokens\":9,\"output_tokens_details\":[]} | 3/4/9",
                "{\"input_tokens\":\"3\",\"output_tokens\":4.0,\"total_tokens\":7e0} | 3/4/7",
                "{\"input_tokens\":10000000000,\"output_tokens\":0} | 10000000000/0/10000000000",
                "{\"input_tokens\":null,\"output_tokens\":4} | 0/4/4",
                "{\"input_tokens\":-3,\"output_tokens\":4} | null",
                "{\"input_tokens\":3.5,\"output_tokens\":4} | null",
                "{\"input_tokens\":\"many\",\"output_tokens\":4} | null",
                "{\"input_tokens\":NaN,\"output_tokens\":4} | null",
                "{\"input_tokens\":10000000001,\"output_tokens\":4} | null",
                "{\"input_tokens\":3,\"output_tokens\":9223372036854775808} | null",
                "{\"input_tokens\":3,\"output_tokens\":1e1000000000} | null",
                "{\"input_tokens\":3,\"output_tokens\":1e-1000000000} | null",
                "{\"input_tokens\":3,\"output_tokens\":4,\"total_tokens\":-1} | null",
                "{\"input_tokens\":3,\"output_tokens\":4,\"input_tokens_details\":{\"cached_tokens\":-1}} | null",
            })
    void toleratesUsageOfAnyShape(String usage, String expected) {
        var answer = ((Succeeded) classify(200, "{\"output\":[],\"usage\":" + usage + "}", Map.of())).answer();

        assertThat(
                        answer.usage() == null
                                ? null
                                : answer.usage().inputTokens() + "/"
                                        + answer.usage().outputTokens() + "/"
                                        + answer.usage().totalTokens())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"output\":[]}",
                "{\"status\":null,\"output\":[{}]}",
                "{\"status\":\"completed\"}",
                "{\"status\":\"completed\",\"output\":\"odd\",\"model\":7}",
                "{\"status\":\"completed\",\"output\":[null,{\"type\":\"message\"},{\"type\":\"message\",\"content\":\"x\"}]}"
            })
    void toleratesAnAnswerWithGaps(String body) {
        assertThat(((Succeeded) classify(200, body, Map.of())).answer().outputText())
                .isEmpty();
    }

    @Test
    void anAnswerIsCopiedWithoutWhatOnlyTakesRoom() {
        var answer = ((Succeeded) classify(200, """
                {
                  "status": "completed",
                  "output": [ ],
                  "more": [1.10, "caf\\u00e9"]
                }""", Map.of())).answer();

        assertThat(answer.json().text()).asString(StandardCharsets.UTF_8).isEqualTo("""
                {"status":"completed","output":[],"more":[1.10,"café"]}""");
    }

    @Test
    void anAnswerWithNumbersThatJsonDoesNotHaveIsRead() {
        var answer = ((Succeeded) classify(200, """
                {"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Hi","logprobs":[
                   {"token":"Hi","logprob":-Infinity},{"logprob":NaN},[Infinity, -0.5]]}]}],
                 "usage":{"input_tokens":3,"output_tokens":1}}""", Map.of())).answer();

        assertThat(answer.outputText()).isEqualTo("Hi");
        assertThat(answer.usage().totalTokens()).isEqualTo(4);
        assertThat(answer.body().at("/output/0/content/0/logprobs").toString())
                .isEqualTo("[{\"token\":\"Hi\",\"logprob\":\"-Infinity\"},{\"logprob\":\"NaN\"},[\"Infinity\",-0.5]]");
    }

    @Test
    void usageOfAnySizeIsBounded() {
        var kinds = new StringBuilder("\"").append("k".repeat(70_000)).append("\":1,\"reasoning_tokens\":5");
        for (int i = 0; i < 5_000; i++) {
            kinds.append(",\"kind_").append(i).append("\":").append(i);
        }
        var answer = ((Succeeded) classify(
                        200,
                        "{\"output\":[],\"model\":\"" + "m".repeat(70_000)
                                + "\",\"usage\":{\"input_tokens\":1,\"output_tokens\":9,"
                                + "\"output_tokens_details\":{" + kinds + "}}}",
                        Map.of()))
                .answer();

        assertThat(answer.usage().outputTokensDetails())
                .hasSizeLessThan(110)
                .containsEntry("reasoning_tokens", 5L)
                .allSatisfy((kind, tokens) -> assertThat(kind.length()).isLessThanOrEqualTo(200));
        assertThat(answer.usage().totalTokens()).isEqualTo(10);
        assertThat(answer.model()).hasSize(256).endsWith("…");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "<html></html>",
                "{\"status\":\"completed\",\"outp",
                "{\"output\":[]} trailing",
                "nul",
                "\u0000\u0000{}"
            })
    void aSuccessThatIsNotJsonIsRepeated(String body) {
        var retry = (Retry) classify(200, body, Map.of());

        assertThat(retry.error().type()).isEqualTo("parse_error");
        assertThat(retry.maybeDone()).isTrue();
        assertThat(retry.error().httpStatus()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "[]", "7", "null", "\"completed\"", "{\"choices\":[]}", "{\"status\":7.5e0,\"x\":[]}"})
    void aSuccessThatIsOtherJsonFails(String body) {
        var failed = (Failed) classify(200, body, Map.of());

        assertThat(failed.error().type()).isIn("parse_error", "unexpected_status");
    }

    @Test
    void jsonNestedWithoutEndFailsAndDoesNoHarm() {
        var failed = (Failed) classify(200, "{\"output\":" + "[".repeat(200_000), Map.of());

        assertThat(failed.error().message()).startsWith("HTTP 200 with JSON that is nested too deeply");
    }

    @Test
    void keepsAnAnswerOfManyMegabytes() {
        String text = "x".repeat(25_000_000);
        String body =
                "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\""
                        + text + "\"}]}]}";

        assertThat(((Succeeded) classify(200, body, Map.of())).answer().outputText())
                .hasSize(text.length());
    }
}
