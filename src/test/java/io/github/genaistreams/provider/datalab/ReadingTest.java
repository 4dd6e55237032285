package io.github.genaistreams.provider.datalab;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
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
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each answer of the API means: to a submission, and to a question after it. */
class ReadingTest {

    private static final ApiKey KEY = ApiKey.of(new Secret("dl-hunter2-key"));
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Classifier CLASSIFIER = new Classifier(new Redactor(KEY), InstantSource.fixed(NOW));
    private static final HttpSettings SETTINGS =
            new HttpSettings(URI.create("https://www.datalab.to/api/v1/marker"), KEY, Map.of(), 1, 1, 10_000, null);

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
                "200 | {'success':true,'request_id':'r1','request_check_url':'https://evil.example/r1'} | | Failed | 0 | false",
                "200 | {'success':true,'request_id':'r1','request_check_url':'http://www.datalab.to/api/v1/marker/r1'} | | Failed | 0 | false",
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
            assertThat(accepted.job().id()).isEqualTo("/api/v1/marker/r1");
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
                "200 | {'status':'processing'}                                                | Accepted | 2",
                "200 | {'status':'processing','success':null}                                 | Accepted | 2",
                "200 | {'status':'queued'}                                                    | Accepted | 2",
                "200 | {'status':'something new'}                                             | Accepted | 2",
                "200 | {'status':'complete','success':true,'markdown':'x','page_count':2}     | Succeeded | 0",
                "200 | {'status':'complete','markdown':'x'}                                   | Succeeded | 0",
                "200 | {'status':'complete','success':false,'error':'bad','error_in':'VALIDATION'} | Failed | 0",
                "200 | {'status':'complete','success':false,'error':'bad','error_in':'INFERENCE'}  | Retry  | 0",
                "200 | {'status':'complete','success':false,'error':'bad','error_in':'OTHER'}      | Retry  | 0",
                "200 | {'status':'failed','error':'bad'}                                      | Failed   | 0",
                "200 | <html>                                                                 | Accepted | 2",
                "401 | {'detail':'Invalid API key'}                                           | Failed   | 0",
                "403 | {'detail':'No subscription'}                                           | Failed   | 0",
                "404 | {'detail':'Not found'}                                                 | Retry    | 0",
                "410 | {}                                                                     | Retry    | 0",
                "408 | {}                                                                     | Accepted | 2",
                "429 | {'detail':'You can make 200 requests every 60 seconds'}                | Accepted | 30",
                "500 | {}                                                                     | Accepted | 2",
                "529 | overloaded                                                             | Accepted | 2",
            })
    void question(int status, String body, String outcome, int delay) {
        CallOutcome read = question().answered(answer(status, body, null));

        assertThat(read.getClass().getSimpleName()).isEqualTo(outcome);
        if (read instanceof Accepted accepted) {
            assertThat(accepted.job().id()).isEqualTo("/api/v1/marker/r1");
            assertThat(accepted.job().pollAfter()).isEqualTo(Duration.ofSeconds(delay));
        }
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

    @ParameterizedTest
    @CsvSource({
        "/api/v1/marker/abc, true",
        "/api/v1/marker/a?x=1&y=2, true",
        "/api/../admin, false",
        "//evil.example/x, false",
        "https://evil.example/x, false",
        "/a b, false",
    })
    void onlyPathsAreAskedFor(String path, boolean isOne) {
        assertThat(CheckUrl.isPath(path)).isEqualTo(isOne);
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
                        .build());
    }

    private static ResultReading question() {
        return new ResultReading(
                CLASSIFIER, new RemoteJob("/api/v1/marker/r1", NOW, Duration.ofSeconds(9)), Duration.ofSeconds(2));
    }

    private static HttpAnswer answer(int status, String body, String retryAfter) {
        return new HttpAnswer(
                status,
                name -> name.equalsIgnoreCase("retry-after") ? retryAfter : null,
                body.strip().replace('\'', '"').getBytes(UTF_8));
    }
}
