package io.github.genaistreams.provider.datalab;

import static io.github.genaistreams.provider.datalab.ApiAnswers.CLASSIFIER;
import static io.github.genaistreams.provider.datalab.ApiAnswers.JOB;
import static io.github.genaistreams.provider.datalab.ApiAnswers.NOW;
import static io.github.genaistreams.provider.datalab.ApiAnswers.answer;
import static io.github.genaistreams.provider.datalab.ApiAnswers.poll;
import static io.github.genaistreams.provider.datalab.ApiAnswers.submission;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.http.NetworkFailure;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each answer to a question after a job means. */
class ResultResponseHandlerTest {

    private static final String NOT_FOUND = "{'detail':'Not found'}";

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
    void eachAnswerToAPollHasItsMeaning(int status, String body, String outcome, int delay, boolean unknown) {
        CallOutcome read = poll().answered(answer(status, body, null));

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
            var later = (Accepted) poll().answered(answer(status, body, null));

            assertThat(later.job()).isEqualTo(JOB.after(Duration.ofSeconds(9)));
            assertThat(later.unanswered().message()).startsWith("HTTP " + status);
        }
    }

    @Test
    void aResultWithNumbersThatJsonDoesNotHaveAndABillOfAnySizeIsTaken() {
        var bill = new StringBuilder(
                "'final_cost_cents':0.5,'nan':NaN,'huge':1e1000000000,'" + "k".repeat(70_000) + "':1");
        for (int i = 0; i < 2_000; i++) {
            bill.append(",'k").append(i).append("':1");
        }
        var read = (Succeeded) poll().answered(answer(
                200,
                "{'status':'complete','markdown':'x','parse_quality_score':NaN,'cost_breakdown':{" + bill + "}}",
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
    void anInvalidBillMakesTheCostUnknown(String cents) {
        var read = (Succeeded) poll().answered(answer(
                200, "{'status':'complete','markdown':'x','cost_breakdown':{'final_cost_cents':" + cents + "}}", null));

        assertThat(Classifier.cost(read.answer()).known()).isEmpty();
    }

    @Test
    void aJobThatIsNotKnownYetIsPolledAgain() {
        var young = new RemoteJob(JOB.id(), NOW.minusSeconds(29), Duration.ZERO, "r1");
        var handler = new ResultResponseHandler(CLASSIFIER, young, Duration.ofSeconds(2));

        assertThat(handler.answered(answer(404, NOT_FOUND, null))).isInstanceOf(Accepted.class);
        assertThat(handler.answered(answer(410, NOT_FOUND, null))).isInstanceOf(Retry.class);
    }

    @Test
    void aJobWithAGuessedPathIsNotSubmittedAgainIfItIsMissing() {
        var guessed = new RemoteJob(JOB.id() + "?", JOB.acceptedAt(), Duration.ZERO, "r1");

        var failed = (Failed) new ResultResponseHandler(CLASSIFIER, guessed, Duration.ofSeconds(2))
                .answered(answer(404, NOT_FOUND, null));

        assertThat(failed.error().code()).isEqualTo("foreign_check_url");
        assertThat(failed.error().message()).contains("datalab.api.url");
        assertThat(failed.requestId()).isEqualTo("r1");
    }

    @Test
    void anAnswerThatCouldNotBeReadIsPolledAgainUnlessItIsTooLarge() {
        var internal = new Failed(CallError.internal("no room"), null, null);

        assertThat(((Accepted) poll().unreadable(internal)).unanswered()).isEqualTo(internal.error());
        var tooLarge = (Failed) poll().unreadable(NetworkFailure.tooLarge(1_000));
        assertThat(tooLarge.error().message()).contains("1,000 bytes", "datalab.response.max.bytes", "one hour");
        assertThat(tooLarge.requestId()).isEqualTo("r1");
    }

    @Test
    void noAnswerToAPollNeverSubmitsAgain() {
        assertThat(poll().unanswered(NetworkFailure.clientClosed())).isInstanceOf(Accepted.class);
    }

    @Test
    void readsPagesAndCostOpenToNewFigures() {
        var done = (Succeeded) poll().answered(answer(
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
        var done = (Succeeded) poll().answered(answer(
                200,
                "{'status':'complete','html':'x','page_count':" + pages + ",'cost_breakdown':{'final_cost_cents':"
                        + cents + "}}",
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

        var done = (Succeeded) poll().answered(answer(200, body, null));

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
        var failed = (Failed) poll().answered(answer(200, body.formatted("VALIDATION"), null));
        assertThat(failed.error().message()).hasSizeLessThan(3_000);
        assertThat(failed.requestId()).isEqualTo("r1");
        var again = (Retry) poll().answered(answer(200, body.formatted(said), null));
        assertThat(again.error().code()).hasSizeLessThan(3_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "true", "null", "[]", "{}", "''", "'complete '", "['complete']"})
    void pollsAgainIfTheStatusIsInvalid(String status) {
        assertThat(poll().answered(answer(200, "{'status':" + status + ",'html':'x'}", null)))
                .isInstanceOf(Accepted.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "true", "null", "[]", "{}"})
    void failsWhateverTheErrorIs(String error) {
        for (String where : List.of("5", "null", "[]", "{}", "'VALIDATION'", "'INFERENCE'")) {
            CallOutcome read = poll().answered(answer(
                    200, "{'status':'failed','success':false,'error':" + error + ",'error_in':" + where + "}", null));

            assertThat(read).isInstanceOfAny(Failed.class, Retry.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "true", "[]", "{}", "['https://x.example/r']"})
    void keepsAnAnswerWithAnInvalidPlace(String url) {
        ResultResponseHandler handler = poll();

        var done = (Succeeded) handler.answered(answer(200, "{'status':'complete','result_url':" + url + "}", null));

        assertThat(handler.elsewhere()).isNull();
        assertThat(done.answer().body().has("result_url")).isTrue();
    }
}
