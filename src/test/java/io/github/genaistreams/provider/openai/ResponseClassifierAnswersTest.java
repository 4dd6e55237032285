package io.github.genaistreams.provider.openai;

import static io.github.genaistreams.provider.openai.Classified.CLASSIFIER;
import static io.github.genaistreams.provider.openai.Classified.classify;
import static io.github.genaistreams.provider.openai.Classified.errorOf;
import static io.github.genaistreams.provider.openai.Classified.quoted;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a response means whose HTTP status is one of success. */
class ResponseClassifierAnswersTest {

    private static final String REFUSED = "{'status':'completed','output':[{'type':'message','content':["
            + "{'type':'output_text','text':'I'},{'type':'refusal','refusal':'must not'}]}]}";
    private static final String CALLS_TOOLS =
            "{'status':'completed','output':[{'type':'function_call','name':'f','arguments':'{}'}]}";

    @Test
    void readsTheAnswer() {
        var succeeded = (Succeeded) classify(200, """
                {"id":"resp_1","object":"response","status":"completed","model":"gpt-4o-mini-2024-07-18","error":null,
                 "service_tier":"flex",
                 "output":[{"type":"reasoning","content":[{"type":"output_text","text":"hidden"}]},
                   {"type":"message","content":[{"type":"output_text","text":"One"},{"type":"new_part","new":"No"},
                                                {"type":"output_text","text":"Two"}]},
                   {"type":"message","content":[{"type":"output_text","text":"Three"}]}],
                 "usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4,"note":"x"},
                          "output_tokens":5,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":15}}""", Map.of("x-request-id", "req_7"));

        var answer = succeeded.answer();
        assertThat(answer.outputText()).isEqualTo("OneTwoThree");
        assertThat(answer.model()).isEqualTo("gpt-4o-mini-2024-07-18");
        assertThat(answer.requestId()).isEqualTo("req_7");
        assertThat(answer.finish()).isEqualTo("completed");
        assertThat(answer.serviceTier()).isEqualTo("flex");
        assertThat(answer.body().get("id").asText()).isEqualTo("resp_1");
        assertThat(answer.usage())
                .isEqualTo(new Usage(10, Map.of("cached_tokens", 4L), 5, Map.of("reasoning_tokens", 2L), 15));
    }

    @ParameterizedTest
    @CsvSource({
        "server_error, Retry",
        "rate_limit_exceeded, Retry",
        "vector_store_timeout, Retry",
        "slow_down, Retry",
        "server_is_overloaded, Retry",
        "503, Retry",
        "400, Failed",
        "invalid_prompt, Failed",
        "insufficient_quota, Failed",
        "something_new, Failed",
        ", Failed",
    })
    void aFailedResponseGoesByItsCode(String code, String outcome) {
        String body =
                "{\"status\":\"failed\",\"error\":{\"code\":%s,\"message\":\"Because\"},\"usage\":{\"input_tokens\":3}}"
                        .formatted(quoted(code));

        var result = classify(200, body, Map.of("retry-after", "3"));

        assertThat(result.getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(errorOf(result).code()).isEqualTo(code);
        assertThat(errorOf(result).httpStatus()).isEqualTo(200);
        assertThat(errorOf(result).message()).contains("Because");
        if (result instanceof Failed failed) {
            assertThat(failed.answer().usage().inputTokens()).isEqualTo(3);
        } else {
            assertThat(((Retry) result).serverDelay()).isEqualTo(Duration.ofSeconds(3));
        }
    }

    @Test
    void anErrorEventTellsForHowLongTheApiWantsNoCall() throws Exception {
        String event = "{\"error\":{\"code\":\"rate_limit_exceeded\",\"headers\":{\"Retry-After\":\"20\"}}}";
        var head = new HttpAnswer(200, name -> null, new byte[0]);

        assertThat(CLASSIFIER
                        .errorEvent(head, Json.MAPPER.readTree(event))
                        .limits()
                        .retryAfter())
                .isEqualTo(Duration.ofSeconds(20));
    }

    @ParameterizedTest
    @CsvSource({
        "slow_down, Retry",
        "server_is_overloaded, Retry",
        "rate_limit_exceeded, Retry",
        "server_error, Retry",
        "insufficient_quota, Failed",
        "invalid_prompt, Failed",
    })
    void anErrorMeansTheSameWhereverItStandsBehindAStatusOfSuccess(String code, String outcome) throws Exception {
        String error = "{\"error\":{\"code\":\"" + code + "\",\"message\":\"Because\"}";

        assertThat(List.of(
                        classify(200, error + "}", Map.of()),
                        classify(200, error + ",\"status\":\"failed\"}", Map.of()),
                        CLASSIFIER.errorEvent(
                                new HttpAnswer(200, name -> null, new byte[0]), Json.MAPPER.readTree(error + "}"))))
                .extracting(result -> result.getClass().getSimpleName())
                .containsOnly(outcome);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'status':'completed','output':[]} | empty | Succeeded | Succeeded",
                "{'output':[]} | empty | Succeeded | Succeeded",
                "{'status':'completed','output':[{'type':'reasoning','summary':[]}]} | empty | Succeeded | Succeeded",
                "{'status':'completed','output':[{'type':'message','content':[{'type':'output_text','text':null}]}]}"
                        + " | empty | Succeeded | Succeeded",
                "{'status':'completed','output':[{'type':'message','content':[{'type':'output_text','text':' '}]}]}"
                        + " | completed | Succeeded | Succeeded",
                "{'status':'completed','output':[{'type':'mcp_approval_request'}]} | completed | Succeeded | Succeeded",
                "{'status':'completed','output':[{'type':'image_generation_call'}]} | completed | Succeeded | Succeeded",
                CALLS_TOOLS + " | completed | Succeeded | Succeeded",
                REFUSED + " | refusal | Failed | Succeeded",
                "{'status':'incomplete','incomplete_details':{'reason':'max_output_tokens'}}"
                        + "| incomplete:max_output_tokens | Failed | Succeeded",
                "{'status':'incomplete','incomplete_details':{'reason':'content_filter'}}"
                        + "| incomplete:content_filter | Failed | Succeeded",
                "{'status':'incomplete','incomplete_details':null} | incomplete | Failed | Succeeded",
                "{'status':'failed','error':{'code':'invalid_prompt','message':'m'}} | failed | Failed | Failed",
                "{'status':'cancelled'} | cancelled | Failed | Failed",
                "{'status':'queued'} | queued | Failed | Failed",
            })
    void anAnswerSaysHowItFinished(String body, String finish, String failing, String lenient) {
        String json = body.replace('\'', '"');

        for (boolean failOnIncomplete : new boolean[] {true, false}) {
            CallOutcome outcome = classify(200, json, Map.of(), failOnIncomplete);
            assertThat(outcome.getClass().getSimpleName()).isEqualTo(failOnIncomplete ? failing : lenient);
            Answer answer = outcome instanceof Failed failed ? failed.answer() : ((Succeeded) outcome).answer();
            assertThat(answer.finish()).isEqualTo(finish);
        }
    }

    @Test
    void partsAreJoinedWithNothingBetweenAndATextThatIsNullIsNone() {
        var answer = ((Succeeded) classify(200, """
                {"status":"completed","output":[{"type":"message","content":[
                   {"type":"output_text","text":"One, "},{"type":"output_text","text":null},{"type":"output_text","text":"two"}]},
                 {"type":"message","content":[{"type":"output_text"},{"type":"output_text","text":7},
                   {"type":"output_text","text":"."}]}]}""", Map.of())).answer();

        assertThat(answer.outputText()).isEqualTo("One, two.");
        assertThat(answer.finish()).isEqualTo("completed");
    }

    /** What is read in one pass means what it would mean as a tree, however odd it is. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "'output':[]",
                "'status':null,'output':[{'type':'message','content':[{'type':'output_text','text':'Hi'}]}]",
                "'status':'completed','model':7,'service_tier':1.50,'output':[1,'a',null,[{'type':'message'}],{'type':'x_call'}]",
                "'status':'completed','model':{'a':1},'output':[{'type':'message','content':{'a':{'type':'refusal'},'b':[1]}}]",
                "'status':'completed','output':[{'type':['message'],'content':7}],'usage':[1]",
                "'status':'completed','output':[{'type':'message','content':[{'type':'output_text','text':'a','text':'b'}]}]",
                "'status':'failed','status':'completed','output':[]",
                "'status':'completed','output':[],'usage':{'input_tokens':1e2,'output_tokens':'7','x':{'deep':[1,2]}}",
                "'status':'completed','output':[],'usage':{'input_tokens':-1,'output_tokens':99999999999999999999}",
                "'status':'completed','output':[],'usage':{'input_tokens':1,'input_tokens_details':{'audio_tokens':2,'b':3}}",
                "'output':[{'type':'message','content':[{'type':'output_text','text':'\\ud83d\\ud83d\\ude00\\u00e9'}]}],'n':1e400",
                "'output':[],'x':NaN",
                "'output':[],'x':1e99999999999",
            })
    void oneReadingMeansTheSameAsTheOther(String fields) throws Exception {
        String sent = "{ " + fields.replace('\'', '"') + " }";
        var http = new HttpAnswer(200, name -> null, sent.getBytes(StandardCharsets.UTF_8));

        var answer = ((Succeeded) CLASSIFIER.classify(http, false)).answer();
        var tree = ((Succeeded) CLASSIFIER.streamed(http, Json.read(http.body()), false)).answer();

        assertThat(answer).usingRecursiveComparison().ignoringFields("json").isEqualTo(tree);
        assertThat(answer.body()).isEqualTo(tree.body());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"statusCode\":429,\"message\":\"Slow\"}",
                "[{\"error\":{\"code\":503,\"message\":\"Slow\"}}]",
                "{\"message\":\"Slow\",\"code\":\"resource_unavailable\"}",
                "{\"status\":\"failed\",\"error\":{\"code\":\"resource_unavailable\",\"message\":\"Slow\"}}",
                "{\"status\":\"error\",\"error\":{\"code\":\"server_error\"}}",
            })
    void anErrorThatPassesPassesBehindAStatusOfSuccess(String body) {
        assertThat(classify(200, body, Map.of())).isInstanceOf(Retry.class);
    }

    @Test
    void aRefusalIsAnErrorOfItsOwnThatQuotesNothing() {
        CallError error = errorOf(classify(200, REFUSED.replace('\'', '"'), Map.of()));

        assertThat(error.type()).isEqualTo("refusal");
        assertThat(error.code()).isEqualTo("refusal");
        assertThat(error.isRetriable()).isFalse();
        assertThat(error.message()).doesNotContain("must not");
    }

    @ParameterizedTest
    @CsvSource({
        "incomplete, incomplete, max_output_tokens",
        "cancelled, cancelled, cancelled",
        "queued, unexpected_status, queued",
        "in_progress, unexpected_status, in_progress",
        "brand_new, unexpected_status, brand_new",
    })
    void anyOtherStatusFailsAndKeepsTheAnswer(String status, String type, String code) {
        String body =
                "{\"status\":\"%s\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"usage\":{\"output_tokens\":16}}"
                        .formatted(status);

        var failed = (Failed) classify(200, body, Map.of());

        assertThat(failed.error().type()).isEqualTo(type);
        assertThat(failed.error().code()).isEqualTo(code);
        assertThat(failed.error().isRetriable()).isFalse();
        assertThat(failed.answer().usage().outputTokens()).isEqualTo(16);
    }

    @Test
    void anErrorWithStatus200IsAnError() {
        assertThat(classify(200, "{\"error\":{\"code\":\"server_error\"}}", Map.of()))
                .isInstanceOf(Retry.class);
        assertThat(classify(
                        200,
                        "{\"error\":{\"type\":\"insufficient_quota\",\"code\":\"rate_limit_exceeded\"}}",
                        Map.of()))
                .isInstanceOf(Failed.class);
        assertThat(errorOf(classify(200, "{\"error\":\"No\"}", Map.of())).message())
                .contains("No");
    }
}
