package io.github.genaistreams.provider.openai;

import static io.github.genaistreams.provider.openai.Classified.CLASSIFIER;
import static io.github.genaistreams.provider.openai.Classified.KEY;
import static io.github.genaistreams.provider.openai.Classified.classify;
import static io.github.genaistreams.provider.openai.Classified.errorOf;
import static io.github.genaistreams.provider.openai.Classified.headers;
import static io.github.genaistreams.provider.openai.Classified.quoted;
import static io.github.genaistreams.provider.openai.Classified.requestIdOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallKind;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.wire.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an HTTP error means. */
class ResponseClassifierTest {

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

        CallOutcome outcome = assertTimeout(Duration.ofSeconds(1), () -> CLASSIFIER.classify(http, false));

        assertThat(outcome).isInstanceOfSatisfying(Retry.class, retry -> {
            assertThat(retry.error().message()).hasSizeLessThanOrEqualTo(2_000);
            assertThat(retry.requestId()).hasSizeLessThanOrEqualTo(2_000);
        });
    }

    /** Such a call may be made on the default tier instead; after any other error, that would only cost more. */
    @ParameterizedTest(name = "{0} {1} {2} -> {3}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "429 | {'error':{'type':'resource_unavailable','message':'Full'}} | | true",
                "429 | {'error':{'type':'rate_limit_error','code':'resource_unavailable'}} | | true",
                "503 | {'error':{'code':'resource_unavailable'}} | | true",
                "498 | {'error':{'code':'capacity_exceeded'}} | | true",
                "498 | <html>Full</html> | | true",
                "200 | {'object':'response','status':'failed','error':{'code':'resource_unavailable'}} | | true",
                "200 | | {'type':'error','code':'resource_unavailable'} | true",
                "200 | | {'type':'error','error':{'type':'capacity_exceeded'}} | true",
                "200 | | {'type':'error','code':'498'} | true",
                "429 | {'error':{'type':'requests','code':'rate_limit_exceeded'}} | | false",
                "429 | {'error':{'message':'resource_unavailable'}} | | false",
                "503 | {'error':{'code':'server_is_overloaded'}} | | false",
                "504 | <html>Late</html> | | false",
                "200 | | {'type':'error','code':'server_error'} | false",
            })
    void tellsALackOfCapacityFromOtherErrorsThatPass(int status, String body, String event, boolean expected)
            throws Exception {
        CallOutcome outcome = event == null
                ? classify(status, body.replace('\'', '"'), Map.of())
                : CLASSIFIER.errorEvent(
                        new HttpAnswer(status, name -> null, new byte[0]),
                        Json.MAPPER.readTree(event.replace('\'', '"')));

        assertThat(outcome)
                .isInstanceOfSatisfying(Retry.class, retry -> assertThat(CallKind.isOutOfCapacity(retry.error()))
                        .isEqualTo(expected));
    }

    /**
     * The table of errors over HTTP, row by row: status, type, code, param and headers in, outcome and delay out. A call without
     * an answer is another row of it, see {@link OpenAiClientNetworkTest}.
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
                "503 | resource_unavailable | | | retry-after: 2 | Retry | 2000",
                "400 | | capacity_exceeded | | | Retry | 0",
                "429 | insufficient_quota | resource_unavailable | | | Failed |",
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
    void anExhaustedQuotaIsRecognisedInEveryForm(String body) {
        assertThat(classify(429, body, Map.of("retry-after", "7"))).isInstanceOf(Failed.class);
        assertThat(classify(200, body, Map.of())).isInstanceOf(Failed.class);
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

    /** Whatever became of the call: the limits are those of the account. */
    @ParameterizedTest
    @CsvSource({
        "200, '{\"status\":\"completed\",\"output\":[]}'",
        "200, '{\"status\":\"failed\",\"output\":[],\"error\":{\"code\":\"server_error\"}}'",
        "200, '{\"status\":\"incomplete\",\"output\":[]}'",
        "429, '{\"error\":{\"code\":\"rate_limit_exceeded\"}}'",
        "400, '{\"error\":{\"code\":\"context_length_exceeded\"}}'",
        "500, '{\"error\":{\"code\":\"server_error\"}}'"
    })
    void tellsWhatTheHeadersSayAboutLimits(int status, String body) {
        Map<String, String> headers = Map.of(
                "x-ratelimit-limit-requests", "60",
                "x-ratelimit-remaining-requests", "59",
                "x-ratelimit-reset-requests", "1s");
        var http = new HttpAnswer(status, headers::get, body.getBytes(StandardCharsets.UTF_8));

        assertThat(CLASSIFIER.classify(http, true).limits())
                .isEqualTo(new ApiLimits(new ApiLimits.Figure(60, 59, Duration.ofSeconds(1)), null));
    }
}
