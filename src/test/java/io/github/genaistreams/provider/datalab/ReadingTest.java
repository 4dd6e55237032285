package io.github.genaistreams.provider.datalab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.NetworkFailure;
import io.github.genaistreams.provider.http.Redactor;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each answer of the API means: to a submission, and to a question after it. */
class ReadingTest {

    private static final ApiKey KEY = ApiKey.of(new Secret("dl-hunter2-key"));
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Classifier CLASSIFIER = new Classifier(new Redactor(KEY, List.of()), InstantSource.fixed(NOW));
    private static final RemoteJob JOB =
            new RemoteJob("/api/v1/marker/r1", NOW.minusSeconds(36), Duration.ofSeconds(9), "r1");
    private static final String NOT_FOUND = "{'detail':'Not found'}";
    private static final HttpSettings SETTINGS = new HttpSettings(
            URI.create("https://www.datalab.to/api/v1/marker"), KEY, Map.of(), 1, 1, 10_000, HttpSettings.Route.DIRECT);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // status | body | Retry-After | outcome | least delay in s | may have been done
                "200 | {'success':true,'request_id':'r1','request_check_url':'https://www.datalab.to/api/v1/marker/r1'} | | Accepted | 2 | false",
                "200 | {'success':true,'request_id':'r1','request_check_url':'/api/v1/marker/r1'} | | Accepted | 2 | false",
                "200 | {'success':true,'request_id':'r1','request_check_url':'https://api.datalab.to/api/v1/marker/r1'} | | Accepted | 2 | false",
                "200 | {'request_id':'r1'}                                           |    | Accepted | 2  | false",
                "200 | {'success':true,'request_id':'r1','request_check_url':'https://evil.example/r1'} | | Accepted | 2 | false",
                "200 | {'success':true,'request_check_url':'https://evil.example/r1'} |  | Failed   | 0  | false",
                "200 | {'success':true,'request_id':'../r1','request_check_url':'https://evil.example/r1'} | | Failed | 0 | false",
                "200 | {'success':true,'request_id':'r1','request_check_url':'http://www.datalab.to/api/v1/marker/r1'} | | Accepted | 2 | false",
                "200 | {'success':false,'error':'File: Page rate limit exceeded'}    |    | Retry    | 15 | false",
                "200 | {'success':false,'error':'Page rate limit exceeded: 5000 pages in flight'} | | Retry | 15 | false",
                "200 | {'success':false,'error':'This file is 429 kinds of wrong'}   |    | Failed   | 0  | false",
                "200 | {'success':true}                                              |    | Retry    | 0  | true",
                "200 | <html>ok</html>                                               |    | Retry    | 0  | true",
                "200 | {'success':tr                                                 |    | Retry    | 0  | true",
                "400 | {'detail':'Invalid file type'}                                |    | Failed   | 0  | false",
                "401 | {'detail':'Invalid API key'}                                  |    | Failed   | 0  | false",
                "403 | {'detail':'Your credits are used up'}                         |    | Failed   | 0  | false",
                "404 | {'detail':'Not Found'}                                        |    | Failed   | 0  | false",
                "408 | {}                                                            |    | Retry    | 0  | true",
                "413 | {'detail':'Too large'}                                        |    | Failed   | 0  | false",
                "422 | {'detail':[{'type':'x','loc':['body','mode'],'msg':'bad'}]}   |    | Failed   | 0  | false",
                "429 | {'detail':'You can make 200 requests every 60 seconds'}       |    | Retry    | 30 | false",
                "429 | {'detail':'You can have 400 concurrent requests'}             | 45 | Retry    | 45 | false",
                "500 | {'detail':'oops'}                                             |    | Retry    | 0  | true",
                "502 | <html>502</html>                                              |    | Retry    | 0  | true",
                "529 | {'error':'overloaded_error'}                                  | 7  | Retry    | 7  | true",
            })
    void submission(int status, String body, String retryAfter, String outcome, int delay, boolean maybeDone) {
        CallOutcome read = submission(true).answered(answer(status, body, retryAfter));

        assertThat(read.getClass().getSimpleName()).isEqualTo(outcome);
        if (read instanceof Retry retry) {
            assertThat(retry.serverDelay()).isGreaterThanOrEqualTo(Duration.ofSeconds(delay));
            assertThat(retry.maybeDone()).isEqualTo(maybeDone);
            assertThat(retry.error().isRetriable()).isTrue();
        }
        if (read instanceof Accepted accepted) {
            assertThat(accepted.job().id()).isEqualTo("/api/v1/marker/r1" + (body.contains("evil") ? "?" : ""));
            assertThat(accepted.job().pollAfter()).isEqualTo(Duration.ofSeconds(delay));
        }
        if (maybeDone) {
            var careful = (Failed) submission(false).answered(answer(status, body, retryAfter));
            assertThat(careful.error().code()).isEqualTo("unknown_outcome");
            assertThat(careful.error().message()).contains("may be working on the document");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // status | body | outcome | delay in s | whether nobody knows what the API would say, or may be paid
                // twice
                "200 | {'status':'processing'}                                                | Accepted | 2 | false",
                "200 | {'status':'processing','success':null}                                 | Accepted | 2 | false",
                "200 | {'status':'queued'}                                                    | Accepted | 2 | false",
                "200 | {'status':'pending','progress':0.5}                                    | Accepted | 2 | false",
                "200 | {'status':'running'}                                                   | Accepted | 2 | false",
                "200 | {'status':'something new'}                                             | Accepted | 2 | false",
                "200 | {'status':'complete','success':true,'markdown':'x','page_count':2}     | Succeeded | 0 | false",
                "200 | {'status':'complete','markdown':'x'}                                   | Succeeded | 0 | false",
                "200 | {'status':'complete','success':false,'error':'bad','error_in':'VALIDATION'} | Failed | 0 | false",
                "200 | {'status':'complete','success':false,'error':'bad','error_in':'INFERENCE'}  | Retry  | 0 | false",
                "200 | {'status':'complete','success':false,'error':'bad','error_in':'OTHER'}      | Retry  | 0 | false",
                "200 | {'status':'complete','success':false,'error':'Page rate limit exceeded: 5000 pages in flight'} | Retry | 15 | false",
                "200 | {'status':'failed','error':'Worker: page rate limit exceeded','error_in':'VALIDATION'} | Retry | 15 | false",
                "200 | {'status':'failed','error':'bad'}                                      | Failed   | 0  | false",
                "200 | {'status':'failed','error':'bad','error_in':'VALIDATION'}              | Failed   | 0  | false",
                "200 | {'status':'failed','error':'bad','error_in':'INFERENCE'}               | Retry    | 0  | false",
                "200 | {'status':'odd','success':false,'error':'bad'}                         | Failed   | 0  | false",
                "200 | <html>                                                                 | Accepted | 9  | true",
                "400 | {'detail':'Invalid request'}                                           | Failed   | 0  | false",
                "401 | {'detail':'Invalid API key'}                                           | Accepted | 9  | true",
                "403 | {'detail':'No subscription'}                                           | Accepted | 9  | true",
                "404 | {'detail':'Not found'}                                                 | Retry    | 0  | true",
                "404 | <html>404 no server</html>                                             | Accepted | 9  | true",
                "404 | {'message':'no route'}                                                 | Accepted | 9  | true",
                "404 | []                                                                     | Accepted | 9  | true",
                "404 | ~~                                                                     | Accepted | 9  | true",
                "410 | {'error':'Expired'}                                                    | Retry    | 0  | true",
                "410 | {}                                                                     | Accepted | 9  | true",
                "400 | <html>The plain HTTP request was sent to HTTPS port</html>             | Accepted | 9  | true",
                "413 | <html>too large</html>                                                 | Accepted | 9  | true",
                "408 | {}                                                                     | Accepted | 9  | true",
                "413 | {'detail':'Too large'}                                                 | Failed   | 0  | false",
                "422 | {'detail':[{'type':'x','loc':['path','id'],'msg':'bad'}]}              | Failed   | 0  | false",
                "429 | {'detail':'You can make 200 requests every 60 seconds'}                | Accepted | 30 | true",
                "500 | {}                                                                     | Accepted | 9  | true",
                "502 | <html>Bad gateway</html>                                               | Accepted | 9  | true",
                "503 | {}                                                                     | Accepted | 9  | true",
                "504 | {}                                                                     | Accepted | 9  | true",
                "529 | overloaded                                                             | Accepted | 9  | true",
            })
    void question(int status, String body, String outcome, int delay, boolean unknown) {
        CallOutcome read = question().answered(answer(status, body, null));

        assertThat(read.getClass().getSimpleName()).isEqualTo(outcome);
        if (read instanceof Accepted accepted) {
            assertThat(accepted.job()).isEqualTo(JOB.after(Duration.ofSeconds(delay)));
            assertThat(accepted.unanswered() != null).isEqualTo(unknown);
            if (status != 200) {
                assertThat(accepted.unanswered().message()).startsWith("HTTP " + status);
            }
        } else if (read instanceof Retry retry) {
            assertThat(retry.serverDelay()).isEqualTo(Duration.ofSeconds(delay));
            assertThat(retry.maybeDone()).isEqualTo(unknown);
            assertThat(retry.requestId()).isEqualTo("r1");
        } else if (read instanceof Failed failed) {
            assertThat(failed.requestId()).isEqualTo("r1");
        } else {
            assertThat(((Succeeded) read).answer().requestId()).isEqualTo("r1");
        }
    }

    /** Every status that HTTP knows and the API does not document: whoever says it, the job is paid. */
    @ParameterizedTest
    @ValueSource(
            ints = {
                300, 301, 302, 303, 304, 307, 308, 402, 405, 406, 407, 409, 411, 412, 414, 415, 416, 417, 418, 421, 423,
                424, 425, 426, 428, 431, 451, 499, 501, 505, 507, 511, 520, 522, 598, 999
            })
    void anOddStatusDoesNotThrowAPaidJobAway(int status) {
        for (String body : List.of("{'detail':'odd'}", "<html>odd</html>", "")) {
            var later = (Accepted) question().answered(answer(status, body, null));

            assertThat(later.job()).isEqualTo(JOB.after(Duration.ofSeconds(9)));
            assertThat(later.unanswered().message()).startsWith("HTTP " + status);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'detail':'No'} | No | ~~ | ~~",
                "{'detail':[{'type':'enum','loc':['body','mode'],'msg':'No'},{'loc':['body','file'],'msg':'Neither'}]}"
                        + " | mode: No; file: Neither | enum | mode",
                "{'error':'No'} | No | ~~ | ~~",
                "{'error':{'message':'No','code':'c_1'}} | No | c_1 | ~~",
                "{'statusCode':400,'message':'No'} | No | 400 | ~~",
                "{'message':'No','code':'c_1','param':'file'} | No | c_1 | file",
                "[{'detail':'No'}] | No | ~~ | ~~",
            })
    void anErrorIsToldInWhicheverFormItComes(String body, String message, String code, String param) {
        CallError error = ((Failed) submission(true).answered(answer(400, body, null))).error();

        assertThat(error.message()).isEqualTo("HTTP 400: " + message);
        assertThat(error.code()).isEqualTo(code.isEmpty() ? null : code);
        assertThat(error.param()).isEqualTo(param.isEmpty() ? null : param);
    }

    @Test
    void aResultWithNumbersThatJsonDoesNotHaveAndABillOfAnySizeIsTaken() {
        var bill = new StringBuilder(
                "'final_cost_cents':0.5,'nan':NaN,'huge':1e1000000000,'" + "k".repeat(70_000) + "':1");
        for (int i = 0; i < 2_000; i++) {
            bill.append(",'k").append(i).append("':1");
        }
        var read = (Succeeded) question()
                .answered(answer(
                        200,
                        "{'status':'complete','markdown':'x','parse_quality_score':NaN,'cost_breakdown':{" + bill
                                + "}}",
                        null));

        assertThat(read.answer().body().path("parse_quality_score").asText()).isEqualTo("NaN");
        assertThat(read.answer().document().costBreakdown().cents())
                .hasSizeLessThanOrEqualTo(33)
                .doesNotContainKey("huge");
        assertThat(Classifier.cost(read.answer()).knownUsd()).contains(new BigDecimal("0.005"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e1000000000",
                "1e-1000000000",
                "-1",
                "1e30",
                "1e2147483647",
                "1e-2147483647",
                "1e2147483648",
                "1e99999999999"
            })
    void aBillThatIsNoneMakesTheCostUnknown(String cents) {
        var read = (Succeeded) question()
                .answered(answer(
                        200,
                        "{'status':'complete','markdown':'x','cost_breakdown':{'final_cost_cents':" + cents + "}}",
                        null));

        assertThat(Classifier.cost(read.answer()).known()).isEmpty();
    }

    @Test
    void aJobThatIsNotKnownYetIsAskedAfterAgain() {
        var young = new RemoteJob(JOB.id(), NOW.minusSeconds(29), Duration.ZERO, "r1");
        var reading = new ResultReading(CLASSIFIER, young, Duration.ofSeconds(2));

        assertThat(reading.answered(answer(404, NOT_FOUND, null))).isInstanceOf(Accepted.class);
        assertThat(reading.answered(answer(410, NOT_FOUND, null))).isInstanceOf(Retry.class);
    }

    @Test
    void aJobWhosePathWasGuessedIsNotSubmittedAgainIfItIsNotThere() {
        var guessed = new RemoteJob(JOB.id() + "?", JOB.acceptedAt(), Duration.ZERO, "r1");

        var failed = (Failed)
                new ResultReading(CLASSIFIER, guessed, Duration.ofSeconds(2)).answered(answer(404, NOT_FOUND, null));

        assertThat(failed.error().code()).isEqualTo("foreign_check_url");
        assertThat(failed.error().message()).contains("datalab.api.url");
        assertThat(failed.requestId()).isEqualTo("r1");
    }

    @Test
    void anAnswerThatCouldNotBeTakenInIsAskedForAgainUnlessItIsTooLargeForEver() {
        var internal = new Failed(CallError.internal("no room"), null, null);

        assertThat(((Accepted) question().unreadable(internal)).unanswered()).isEqualTo(internal.error());
        var tooLarge = (Failed) question().unreadable(NetworkFailure.tooLarge(1_000));
        assertThat(tooLarge.error().message()).contains("1,000 bytes", "datalab.response.max.bytes", "an hour");
        assertThat(tooLarge.requestId()).isEqualTo("r1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "200 | {'markdown':'x'}                                                | Succeeded",
                "200 | {'status':'complete','success':true,'markdown':'x'}             | Succeeded",
                "200 | {'success':false,'error':'bad'}                                 | Failed",
                "200 | {'status':'failed','error':'bad','error_in':'INFERENCE'}        | Retry",
                "200 | {'success':false,'error':'Page rate limit exceeded'}            | Retry",
                "200 | {'result_url':'https://elsewhere.example/again'}                | Succeeded",
                "200 | [1]                                                             | Accepted",
                "403 | <Error>Expired</Error>                                          | Accepted",
                "404 | {}                                                              | Accepted",
                "500 | {}                                                              | Accepted",
            })
    void resultElsewhere(int status, String body, String outcome) {
        ResultReading asked = question();
        asked.answered(answer(
                200,
                "{'status':'complete','success':true,'page_count':3,'result_url':'https://elsewhere.example/r'}",
                null));
        var follow = new FollowReading(CLASSIFIER, asked, asked.elsewhere());

        CallOutcome read = follow.answered(answer(status, body, null));

        assertThat(read.getClass().getSimpleName()).isEqualTo(outcome);
        if (read instanceof Succeeded succeeded) {
            assertThat(succeeded.answer().document().pageCount()).isEqualTo(3);
            assertThat(succeeded.answer().body().has("result_url")).isFalse();
        } else if (read instanceof Accepted accepted) {
            assertThat(accepted.unanswered().message()).contains("result_url gives HTTP " + status);
        }
        assertThat(follow.unanswered(NetworkFailure.clientClosed())).isInstanceOf(Accepted.class);
    }

    @Test
    void aResultElsewhereThatIsTooLargeStillHasItsBill() {
        ResultReading asked = question();
        asked.answered(answer(
                200,
                "{'status':'complete','request_id':'r1','page_count':3,'cost_breakdown':{'final_cost_cents':12},"
                        + "'result_url':'https://elsewhere.example/r'}",
                null));
        var follow = new FollowReading(CLASSIFIER, asked, asked.elsewhere());

        var failed = (Failed) follow.unreadable(NetworkFailure.tooLarge(1_000));

        assertThat(failed.error().message()).contains("datalab.response.max.bytes");
        assertThat(failed.answer().document().pageCount()).isEqualTo(3);
        assertThat(DatalabClient.cost(failed.answer()).known().orElseThrow().usd())
                .isEqualByComparingTo("0.12");
    }

    @Test
    void noAnswerToAQuestionNeverSubmitsAgain() {
        assertThat(question().unanswered(NetworkFailure.clientClosed())).isInstanceOf(Accepted.class);
    }

    @Test
    void noAnswerToASubmissionMayMeanThatItIsDone() {
        Retry notSent = NetworkFailure.clientClosed();
        Retry sent = notSent.possiblyDone();

        assertThat(((Retry) submission(true).unanswered(sent)).maybeDone()).isTrue();
        assertThat(((Failed) submission(false).unanswered(sent)).error().code()).isEqualTo("unknown_outcome");
        assertThat(submission(false).unanswered(notSent)).isEqualTo(notSent);
    }

    @Test
    void keepsTheLastCauseInTheApisWordsWithoutTheKey() {
        var failed = (Failed) submission(true)
                .answered(answer(422, "{'detail':[{'loc':['body','mode'],'msg':'no dl-hunter2-key here'}]}", null));

        CallError error = failed.error();
        assertThat(error.message()).startsWith("HTTP 422: mode: no").doesNotContain("hunter2");
        assertThat(error.param()).isEqualTo("mode");
        assertThat(error.httpStatus()).isEqualTo(422);
    }

    @Test
    void readsPagesAndCostOpenToNewFigures() {
        var done = (Succeeded) question()
                .answered(answer(
                        200,
                        "{'status':'complete','html':'x','page_count':7,'cost_breakdown':{'list_cost_cents':15,'final_cost_cents':12,'x':1.5}}",
                        null));

        assertThat(done.answer().document().pageCount()).isEqualTo(7);
        assertThat(done.answer().document().costBreakdown().finalCostCents()).isEqualByComparingTo("12");
        assertThat(done.answer().document().costBreakdown().cents().get("x")).isEqualByComparingTo("1.5");
        assertThat(DatalabClient.cost(done.answer()).known().orElseThrow().usd())
                .isEqualByComparingTo("0.12");
    }

    /** Figures that no bill has, and names that no figure has: the answer is kept whole, and counts with what can be counted. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                // page_count | final_cost_cents | pages | cost in USD
                "3          | 12                    | 3 | 0.12",
                "0          | 0                     | 0 | 0",
                "-3         | -12                   |   |",
                "3.5        | 12.5                  |   | 0.125",
                "'3'        | '12'                  |   |",
                "{}         | []                    |   |",
                "true       | null                  |   |",
                "1e400      | 1e400                 |   |",
                "2147483648 | 99999999999999999999  |   |",
                "-1         | 1e999999999           |   |",
                "null       | 1e-999999999          |   |",
                "[3]        | 0.00000000000000000000000000000000000001 | |",
            })
    void takesFiguresForWhatTheyCanBe(String pages, String cents, Integer pageCount, BigDecimal usd) {
        var done = (Succeeded) question()
                .answered(answer(
                        200,
                        "{'status':'complete','html':'x','page_count':" + pages
                                + ",'cost_breakdown':{'final_cost_cents':" + cents + "}}",
                        null));

        assertThat(done.answer().document().pageCount()).isEqualTo(pageCount);
        BigDecimal known =
                DatalabClient.cost(done.answer()).known().map(Cost.Known::usd).orElse(null);
        if (usd == null) {
            assertThat(known).isNull();
        } else {
            assertThat(known).isEqualByComparingTo(usd);
        }
        assertThat(done.answer().body().path("html").asText()).isEqualTo("x");
    }

    @Test
    void takesOverOnlySoMuchOfABillAsABillMayHold() {
        String many = IntStream.range(0, 5_000)
                .mapToObj(i -> "'figure_" + i + "':" + i)
                .collect(Collectors.joining(","));
        String body = "{'status':'complete','html':'x','cost_breakdown':{'" + "k".repeat(70_000) + "':1," + many
                + ",'final_cost_cents':7}}";

        var done = (Succeeded) question().answered(answer(200, body, null));

        var cents = done.answer().document().costBreakdown().cents();
        assertThat(cents).hasSizeLessThan(50).containsKey("figure_0");
        assertThat(cents.keySet()).allMatch(name -> name.length() <= 100);
        assertThat(DatalabClient.cost(done.answer()).known().orElseThrow().usd())
                .isEqualByComparingTo("0.07");
        assertThat(done.answer().body().path("cost_breakdown")).hasSize(5_002);
    }

    @Test
    void passesNoTextOnThatNoServerMakes() {
        String id = "r".repeat(70_000);
        var accepted = (Accepted) submission(true)
                .answered(answer(200, "{'request_id':'" + id + "','request_check_url':'/api/v1/marker/r1'}", null));
        assertThat(accepted.job().id()).isEqualTo("/api/v1/marker/r1");
        assertThat(accepted.job().requestId()).isNull();

        String said = "no ".repeat(300_000);
        String body = "{'status':'failed','error_in':'%s','request_id':'" + id + "','error':'" + said + "'}";
        var failed = (Failed) question().answered(answer(200, body.formatted("VALIDATION"), null));
        assertThat(failed.error().message()).hasSizeLessThan(3_000);
        assertThat(failed.requestId()).isEqualTo("r1");
        var again = (Retry) question().answered(answer(200, body.formatted(said), null));
        assertThat(again.error().code()).hasSizeLessThan(3_000);
    }

    /** Something else in the place of what is expected; nothing of it is taken for the path of a job. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "5",
                "-1",
                "1e400",
                "true",
                "null",
                "[]",
                "{}",
                "['/api/v1/marker/r9']",
                "{'url':'/r9'}",
                "''",
                "' '"
            })
    void asksForTheJobByItsIdWhereItsAddressIsNone(String url) {
        var accepted = (Accepted) submission(true)
                .answered(answer(200, "{'success':true,'request_id':'r1','request_check_url':" + url + "}", null));
        assertThat(accepted.job().id()).isEqualTo("/api/v1/marker/r1");

        CallOutcome without =
                submission(true).answered(answer(200, "{'success':true,'request_check_url':" + url + "}", null));
        assertThat(without).isNotInstanceOf(Accepted.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "true", "null", "[]", "{}", "''", "'complete '", "['complete']"})
    void asksAgainWhereTheStatusIsNone(String status) {
        assertThat(question().answered(answer(200, "{'status':" + status + ",'html':'x'}", null)))
                .isInstanceOf(Accepted.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "true", "null", "[]", "{}"})
    void failsWhateverTheErrorIs(String error) {
        for (String where : List.of("5", "null", "[]", "{}", "'VALIDATION'", "'INFERENCE'")) {
            CallOutcome read = question()
                    .answered(answer(
                            200,
                            "{'status':'failed','success':false,'error':" + error + ",'error_in':" + where + "}",
                            null));

            assertThat(read).isInstanceOfAny(Failed.class, Retry.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "true", "[]", "{}", "['https://x.example/r']"})
    void keepsAnAnswerWhosePlaceIsNone(String url) {
        ResultReading reading = question();

        var done = (Succeeded) reading.answered(answer(200, "{'status':'complete','result_url':" + url + "}", null));

        assertThat(reading.elsewhere()).isNull();
        assertThat(done.answer().body().has("result_url")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/marker/abc, true",
        "/api/v1/marker/a?x=1&y=2, true",
        "/api/v1/marker/a?sig=a+b/c==;d, true",
        "/api/v1/marker/.hidden, false",
        "/api/v1//marker, false",
        "/api/../admin, false",
        "//evil.example/x, false",
        "https://evil.example/x, false",
        "/a b, false",
    })
    void onlyPathsAreAskedFor(String path, boolean isOne) {
        assertThat(CheckUrl.isPath(path)).isEqualTo(isOne);
    }

    @ParameterizedTest
    @CsvSource({
        // base, check URL, path that is asked for; none if it is not followed
        "https://gw.example/v1, https://gw.example/v1/r1, /v1/r1",
        "https://gw.example/v1, https://GW.example:443/v1/r1?s=a+b/c, /v1/r1?s=a+b/c",
        "https://gw.example/v1, http://gw.example/v1/r1, /v1/r1",
        "http://gw.example/v1, https://gw.example/v1/r1, /v1/r1",
        "http://gw.example:8000/v1, http://gw.example:8000/v1/r1, /v1/r1",
        "https://gw.example/v1, /v1/r1, /v1/r1",
        "https://www.datalab.to/api/v1/marker, https://api.datalab.to/x/r1, /x/r1",
        "https://gw.example/v1, //gw.example/v1/r1, /v1/r1",
        "https://gw.example/v1, https://gw.example:8443/v1/r1,",
        "http://gw.example:8000/v1, http://gw.example/v1/r1,",
        "http://gw.example:8000/v1, https://gw.example:8001/v1/r1,",
        "https://gw.example/v1, //evil.example/v1/r1,",
        "https://gw.example/v1, https://gw.example@evil.example/v1/r1,",
        "https://gw.example/v1, https://user:pw@gw.example/v1/r1,",
        "https://gw.example/v1, https://gw.example.evil.example/v1/r1,",
        "https://gw.example/v1, https://evil.example/https://gw.example/v1/r1,",
        "https://gw.example/v1, ftp://gw.example/v1/r1,",
        "https://gw.example/v1, https://gw.example\\@evil.example/v1,",
        "https://gw.example/v1, javascript:alert(1),",
    })
    void followsCheckUrlsOnItsOwnHostOnly(String base, String url, String path) {
        var settings = new HttpSettings(URI.create(base), KEY, Map.of(), 1, 1, 10_000, HttpSettings.Route.DIRECT);

        assertThat(CheckUrl.of(url, null, "/v1", settings)).isEqualTo(java.util.Optional.ofNullable(path));
        assertThat(CheckUrl.of(url, "r9", "/v1", settings)).contains(path == null ? "/v1/r9?" : path);
    }

    @ParameterizedTest
    @CsvSource({
        "https://files.example/r?sig=x, https://files.example/r?sig=x",
        "/files/r, https://gw.example/files/r",
        "http://files.example/r,",
        "http://gw.example/r,",
        "https://user@files.example/r,",
        "file:///etc/passwd,",
    })
    void fetchesResultsOverTlsOrAsTheApiItself(String url, String from) {
        var settings = new HttpSettings(
                URI.create("https://gw.example/v1"), KEY, Map.of(), 1, 1, 10_000, HttpSettings.Route.DIRECT);

        assertThat(CheckUrl.fetchable(url, settings).map(URI::toString)).isEqualTo(java.util.Optional.ofNullable(from));
    }

    @Test
    void noLineBreakGetsIntoARequest() {
        assertThat(CheckUrl.isPath("/a\r\nX: y")).isFalse();
    }

    private static SubmitReading submission(boolean resubmit) {
        return new SubmitReading(
                CLASSIFIER,
                SETTINGS,
                "/api/v1/marker",
                DocumentRequest.builder()
                        .batchId("b")
                        .resubmitOnUnknown(resubmit)
                        .buildUnchecked());
    }

    private static ResultReading question() {
        return new ResultReading(CLASSIFIER, JOB, Duration.ofSeconds(2));
    }

    private static HttpAnswer answer(int status, String body, String retryAfter) {
        return new HttpAnswer(
                status,
                name -> name.equalsIgnoreCase("retry-after") ? retryAfter : null,
                body.strip().replace('\'', '"').getBytes(UTF_8));
    }
}
