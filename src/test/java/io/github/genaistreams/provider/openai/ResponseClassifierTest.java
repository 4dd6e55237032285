package io.github.genaistreams.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.Redactor;
import io.github.genaistreams.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseClassifierTest {

    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final String KEY = "sk-test-0123456789";
    private final ResponseClassifier classifier =
            new ResponseClassifier(new Redactor(ApiKey.of(new Secret(KEY)), List.of()), () -> NOW);

    /** Whatever a server writes into its error, an event loop reads it in no time. */
    @ParameterizedTest
    @ValueSource(
            strings = {"a", "*", "limit ", " ", "limit", "requested:", "1", "1,", "sk-", "bearer ", "\\u0000", "{", "<"
            })
    void readsALongErrorQuickly(String part) {
        String text = "limit requested limit:" + part.repeat(900_000 / part.length());
        String body =
                "{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"%s\",\"type\":\"%s\",\"param\":\"%s\"}}"
                        .formatted(text, text, text);
        Map<String, String> headers = Map.of(
                "x-request-id",
                text,
                "retry-after",
                "1".repeat(60_000),
                "x-ratelimit-remaining-requests",
                "0",
                "x-ratelimit-reset-requests",
                "1h".repeat(30_000));
        var http = new HttpAnswer(429, headers::get, body.getBytes(StandardCharsets.UTF_8));

        CallOutcome outcome = assertTimeout(Duration.ofSeconds(1), () -> classifier.classify(http, false));

        assertThat(outcome).isInstanceOfSatisfying(Retry.class, retry -> {
            assertThat(retry.error().message()).hasSizeLessThanOrEqualTo(2_000);
            assertThat(retry.requestId()).hasSizeLessThanOrEqualTo(2_000);
        });
    }

    /**
     * The table of errors over HTTP, row by row: status, type, code, param and headers in, outcome and delay out. A call without
     * an answer is another row of it, see {@link OpenAiClientTest}.
     */
    @ParameterizedTest(name = "{0} {1}/{2} {4} -> {5}")
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | invalid_request_error | unsupported_parameter | temperature | | Failed |",
                "400 | invalid_request_error | missing_required_parameter | input | | Failed |",
                "400 | invalid_request_error | context_length_exceeded | input | | Failed |",
                "400 | invalid_request_error | invalid_json_schema | text.format.schema | | Failed |",
                "400 | invalid_request_error | | service_tier | | Failed |",
                "400 | invalid_request_error | | service_tier | x-should-retry: true | Retry | 0",
                "401 | invalid_request_error | invalid_api_key | | | Failed |",
                "401 | invalid_request_error | ip_not_authorized | | | Failed |",
                "401 | invalid_request_error | not_a_member | | retry-after: 7 | Failed |",
                "403 | invalid_request_error | unsupported_country_region_territory | | | Failed |",
                "404 | invalid_request_error | model_not_found | model | | Failed |",
                "404 | invalid_request_error | | previous_response_id | | Failed |",
                "408 | timeout | | | | Retry | 0",
                "409 | conflict_error | lock_timeout | | retry-after: 1 | Retry | 1000",
                "413 | invalid_request_error | | | | Failed |",
                "422 | invalid_request_error | | | | Failed |",
                "429 | requests | rate_limit_exceeded | | retry-after: 7 | Retry | 7000",
                "429 | tokens | rate_limit_exceeded | | retry-after-ms: 250 | Retry | 250",
                "429 | tokens | rate_limit_exceeded | | x-ratelimit-remaining-tokens: 0; x-ratelimit-reset-tokens: 6m0s"
                        + " | Retry | 360000",
                "429 | tokens | rate_limit_exceeded | | x-ratelimit-remaining-tokens: 9; x-ratelimit-reset-tokens: 6m0s"
                        + " | Retry | 0",
                "429 | rate_limit_error | rate_limit_exceeded | | retry-after: Sun, 22 Nov 2026 10:01:00 GMT | Retry | 60000",
                "429 | requests | rate_limit_exceeded | | x-should-retry: false; retry-after: 7 | Failed |",
                "429 | rate_limit_error | slow_down | | retry-after: 900 | Retry | 900000",
                "429 | resource_unavailable | | service_tier | | Retry | 0",
                "429 | insufficient_quota | insufficient_quota | | retry-after: 7 | Failed |",
                "429 | insufficient_quota | credit_balance_exhausted | | x-should-retry: true | Failed |",
                "429 | insufficient_quota | organization_spend_limit_exceeded | | | Failed |",
                "429 | rate_limit_error | project_spend_limit_exceeded | | | Failed |",
                "429 | | organization_usage_limit_exceeded | | | Failed |",
                "429 | | billing_hard_limit_reached | | | Failed |",
                "429 | | billing_not_active | | | Failed |",
                "403 | insufficient_quota | | | | Failed |",
                "500 | insufficient_quota | | | | Failed |",
                "500 | server_error | server_error | | retry-after: 2.5 | Retry | 2500",
                "502 | server_error | | | | Retry | 0",
                "503 | service_unavailable_error | server_is_overloaded | | retry-after: 30 | Retry | 30000",
                "503 | server_error | | | x-should-retry: false | Failed |",
                "504 | server_error | | | retry-after: -1 | Retry | 0",
                "529 | overloaded_error | | | | Retry | 0",
                "498 | | capacity_exceeded | | retry-after: 3 | Retry | 3000",
                "498 | | | | | Retry | 0",
                "498 | insufficient_quota | | | | Failed |",
                "503 | | resource_unavailable | | | Retry | 0",
                "400 | invalid_request_error | resource_unavailable | service_tier | | Retry | 0",
                "400 | resource_unavailable | | service_tier | x-should-retry: false | Failed |",
                "429 | tokens | rate_limit_exceeded | | x-ratelimit-reset-tokens: 12 | Retry | 12000",
                "301 | | | | | Failed |",
            })
    void tellsErrorsThatPassFromThoseThatDoNot(
            int status, String type, String code, String param, String headers, String outcome, Long delayMillis) {
        String body = "{\"error\":{\"message\":\"Because\",\"type\":%s,\"param\":%s,\"code\":%s}}"
                .formatted(quoted(type), quoted(param), quoted(code));
        var sent = headers(headers);
        sent.put("x-request-id", "req_1");

        var result = classify(status, body, sent);

        assertThat(result.getClass().getSimpleName()).isEqualTo(outcome);
        var error = errorOf(result);
        assertThat(error.type()).isEqualTo(type == null ? "http_error" : type);
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.param()).isEqualTo(param);
        assertThat(error.httpStatus()).isEqualTo(status);
        assertThat(error.isRetriable()).isEqualTo(outcome.equals("Retry"));
        assertThat(error.message()).startsWith("HTTP " + status + " ").endsWith(": Because");
        assertThat(requestIdOf(result)).isEqualTo("req_1");
        if (result instanceof Retry retry) {
            assertThat(retry.serverDelay()).hasMillis(delayMillis);
            assertThat(retry.maybeDone())
                    .as("an error tells that nothing was done")
                    .isFalse();
        }
    }

    /** What proxies before the API answer in its place. */
    @ParameterizedTest
    @CsvSource({"502", "503", "504", "520", "521", "522", "523", "524", "525", "529"})
    void repeatsACallThatGotAPageOfAProxy(int status) {
        var retry = (Retry)
                classify(status, "<html>Oops</html>", Map.of("content-type", "text/html", "retry-after", "120"));

        assertThat(retry.error().type()).isEqualTo("http_error");
        assertThat(retry.error().message()).contains("HTML");
        assertThat(retry.serverDelay()).hasMinutes(2);
    }

    private static Map<String, String> headers(String lines) {
        var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
        for (String line : lines == null ? new String[0] : lines.split("; ")) {
            headers.put(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 2));
        }
        return headers;
    }

    @ParameterizedTest
    @CsvSource({
        "429, rate_limit_exceeded, false, Failed",
        "503, server_error, false, Failed",
        "400, whatever, true, Retry",
        "400, whatever, TRUE, Retry",
        "400, whatever, maybe, Failed",
        "429, insufficient_quota, true, Failed",
    })
    void obeysShouldRetryExceptForQuota(int status, String code, String shouldRetry, String outcome) {
        String body = "{\"error\":{\"message\":\"Because\",\"code\":\"" + code + "\"}}";

        assertThat(classify(status, body, Map.of("x-should-retry", shouldRetry))
                        .getClass()
                        .getSimpleName())
                .isEqualTo(outcome);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Request too large for m on tokens per min (TPM): Limit 30000, Requested 45000. Reduce it. | Failed",
                "Request too large: Limit: 30,000 Requested: 45,000. | Failed",
                "Rate limit reached: Limit 10000.000000 / min. Requested 20000.5 | Failed",
                "Rate limit reached: Limit 30000, Used 29000, Requested 2000. Try again in 2s. | Retry",
                "Limit 30000, Requested 30000. | Retry",
                "Request too large, Requested 45000. | Retry",
                "Request too large for the limit. | Retry",
            })
    void aRequestAboveTheWholeLimitIsNotRepeated(String message, String outcome) {
        String body =
                "{\"error\":{\"message\":\"" + message + "\",\"code\":\"rate_limit_exceeded\",\"type\":\"tokens\"}}";

        assertThat(classify(429, body, Map.of()).getClass().getSimpleName()).isEqualTo(outcome);
    }

    @Test
    void takesTheServersDelay() {
        String body = "{\"error\":{\"message\":\"Slow\",\"code\":\"rate_limit_exceeded\"}}";

        assertThat(((Retry) classify(429, body, Map.of("retry-after", "7"))).serverDelay())
                .isEqualTo(Duration.ofSeconds(7));
        assertThat(((Retry) classify(429, body, Map.of("retry-after", "Sun, 22 Nov 2026 10:01:00 GMT"))).serverDelay())
                .isEqualTo(Duration.ofMinutes(1));
        assertThat(((Retry) classify(429, body, Map.of())).serverDelay()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "null",
            value = {
                "502 | text/html | <html>Bad</html> | HTTP 502 with an HTML body (text/html, 16 bytes)",
                "502 | null | <html>Bad</html> | HTTP 502 with a body that is not JSON (16 bytes)",
                "503 | text/plain | '' | HTTP 503 with an empty body",
                "500 | application/json | {\"error\":{\"mess | HTTP 500 with JSON that cannot be read (application/json, 15 bytes)",
                "500 | application/json | {\"detail\":1} | HTTP 500 with JSON without an error message (application/json, 12 bytes)",
                "500 | application/json | {\"error\":null} | HTTP 500 with JSON without an error message (application/json, 14 bytes)",
                "500 | application/json | [1] | HTTP 500 with JSON without an error message (application/json, 3 bytes)",
                "500 | application/json | {\"error\":\"It broke\"} | HTTP 500 error: It broke",
                "500 | application/json | {\"error\":{\"code\":500,\"message\":\"No\"}} | HTTP 500 500: No",
                "500 | application/json | {\"error\":{\"code\":\"oops\"}} | HTTP 500 oops",
                "500 | application/json | {\"error\":{\"type\":\"oops\",\"code\":{}}} | HTTP 500 oops",
            })
    void describesBodiesThatAreNoProperError(int status, String contentType, String body, String message) {
        var headers = contentType == null ? Map.<String, String>of() : Map.of("content-type", contentType);

        assertThat(errorOf(classify(status, body, headers)).message()).isEqualTo(message);
    }

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
                        classifier.errorEvent(
                                new HttpAnswer(200, name -> null, new byte[0]), Json.MAPPER.readTree(error + "}"))))
                .extracting(result -> result.getClass().getSimpleName())
                .containsOnly(outcome);
    }

    private static final String REFUSED = "{'status':'completed','output':[{'type':'message','content':["
            + "{'type':'output_text','text':'I'},{'type':'refusal','refusal':'must not'}]}]}";
    private static final String CALLS_TOOLS =
            "{'status':'completed','output':[{'type':'function_call','name':'f','arguments':'{}'}]}";

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

        var answer = ((Succeeded) classifier.classify(http, false)).answer();
        var tree = ((Succeeded) classifier.response(http, Json.read(http.body()), false)).answer();

        assertThat(answer).usingRecursiveComparison().ignoringFields("json").isEqualTo(tree);
        assertThat(answer.body()).isEqualTo(tree.body());
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

    /** The forms of errors that gateways and their frameworks send, over HTTP with a status of their own and behind a 200. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'message':'No','code':'c_1','type':'t'} | No | c_1 | ",
                "{'message':'No','code':'c_1','type':'t','param':'input'} | No | c_1 | input",
                "{'detail':'No'} | No | | ",
                "{'detail':[{'type':'less_than_equal','loc':['body','temperature'],'msg':'No','input':5}]}"
                        + " | temperature: No | less_than_equal | temperature",
                "{'detail':[{'type':'missing','loc':['body','input',0,'content'],'msg':'No'},"
                        + "{'type':'missing','loc':['body','model'],'msg':'Neither'}]}"
                        + " | input[0].content: No; model: Neither | missing | input[0].content",
                "{'detail':{'message':'No','code':'c_1'}} | No | c_1 | ",
                "{'detail':{'error':{'message':'No','code':'c_1','param':'p'}}} | No | c_1 | p",
                "{'statusCode':400,'message':'No'} | No | 400 | ",
                "{'statusCode':400,'message':['No','Never'],'error':'Bad Request'} | No; Never | 400 | ",
                "{'error':'No'} | No | | ",
                "{'error':'No','code':'c_1'} | No | c_1 | ",
                "{'error':'wrong_thing','message':'No'} | No | wrong_thing | ",
                "{'error':'invalid_request','error_description':'No'} | No | invalid_request | ",
                "[{'error':{'code':400,'message':'No','status':'INVALID_ARGUMENT'}}] | No | 400 | ",
                "[{'message':'No','code':'c_1'}] | No | c_1 | ",
                "{'error':{'message':'No','type':'None','param':'None','code':'400'}} | No | 400 | ",
                "{'success':false,'errors':[{'code':10000,'message':'No'}]} | No | 10000 | ",
                "{'status':'error','message':'No','code':'c_1'} | No | c_1 | ",
                "{'status':400,'error':'Bad Request','message':'No'} | No | | ",
            })
    void readsErrorsInAllTheirForms(String body, String message, String code, String param) {
        for (int status : new int[] {400, 200}) {
            CallError error = errorOf(classify(status, body.replace('\'', '"'), Map.of()));

            assertThat(error.message()).endsWith(": " + message);
            assertThat(error.code()).isEqualTo(code);
            assertThat(error.param()).isEqualTo(param);
            assertThat(error.isRetriable()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"message\":\"No\",\"code\":\"insufficient_quota\"}",
                "{\"message\":\"No\",\"type\":\"insufficient_quota\"}",
                "{\"error\":\"insufficient_quota\"}",
                "{\"error\":\"insufficient_quota\",\"message\":\"No\",\"statusCode\":429}",
                "{\"detail\":\"insufficient_quota\"}",
                "{\"detail\":{\"code\":\"insufficient_quota\"}}",
                "[{\"error\":{\"code\":\"insufficient_quota\"}}]",
            })
    void aQuotaIsUsedUpInWhicheverFormItIsSaid(String body) {
        assertThat(classify(429, body, Map.of("retry-after", "7"))).isInstanceOf(Failed.class);
        assertThat(classify(200, body, Map.of())).isInstanceOf(Failed.class);
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

        assertThat(failed.error().message()).startsWith("HTTP 200 with JSON nested too deeply");
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

    @Test
    void keepsAnAnswerOfManyMegabytes() {
        String text = "x".repeat(25_000_000);
        String body =
                "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\""
                        + text + "\"}]}]}";

        assertThat(((Succeeded) classify(200, body, Map.of())).answer().outputText())
                .hasSize(text.length());
    }

    @Test
    void neverShowsTheKeyAndKeepsMessagesShort() {
        String body = "{\"error\":{\"message\":\"%s %s\",\"type\":\"%s\",\"code\":\"%s\",\"param\":\"%s\"}}"
                .formatted(KEY, "y".repeat(5_000), KEY, KEY, KEY);

        var result = classify(401, body, Map.of("x-request-id", KEY, "content-type", KEY));

        assertThat(result.toString()).doesNotContain("0123456789");
        assertThat(errorOf(result).message()).hasSizeLessThanOrEqualTo(2_000);
        assertThat(classify(502, "", Map.of("content-type", KEY)).toString()).doesNotContain("0123456789");
    }

    private CallOutcome classify(int status, String body, Map<String, String> headers) {
        return classify(status, body, headers, true);
    }

    private CallOutcome classify(int status, String body, Map<String, String> headers, boolean failOnIncomplete) {
        return classifier.classify(
                new HttpAnswer(
                        status,
                        name -> headers.get(name.toLowerCase(Locale.ROOT)),
                        body.getBytes(StandardCharsets.UTF_8)),
                failOnIncomplete);
    }

    private static CallError errorOf(CallOutcome outcome) {
        return outcome instanceof Retry retry ? retry.error() : ((Failed) outcome).error();
    }

    private static String requestIdOf(CallOutcome outcome) {
        return outcome instanceof Retry retry ? retry.requestId() : ((Failed) outcome).requestId();
    }

    private static String quoted(String text) {
        return text == null ? "null" : "\"" + text + "\"";
    }
}
