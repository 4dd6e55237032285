package io.github.genaistreams.provider.datalab;

import static io.github.genaistreams.provider.datalab.ApiAnswers.answer;
import static io.github.genaistreams.provider.datalab.ApiAnswers.submission;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.http.NetworkFailure;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each answer to a submission means. */
class SubmitResponseHandlerTest {

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
    void eachAnswerToASubmissionHasItsMeaning(
            int status, String body, String retryAfter, String outcome, int delay, boolean maybeDone) {
        CallOutcome read = submission(true).answered(answer(status, body, retryAfter));

        assertThat(read.getClass().getSimpleName()).isEqualTo(outcome);
        if (read instanceof Retry retry) {
            assertThat(retry.serverDelay()).isGreaterThanOrEqualTo(Duration.ofSeconds(delay));
            assertThat(retry.maybeDone()).isEqualTo(maybeDone);
            assertThat(retry.error().isRetriable()).isTrue();
            assertThat(retry.limits().retryAfter())
                    .as("for other documents")
                    .isEqualTo(
                            status == 429 && retryAfter != null
                                    ? Duration.ofSeconds(Long.parseLong(retryAfter))
                                    : Duration.ZERO);
        }
        if (read instanceof Accepted accepted) {
            assertThat(accepted.job().id()).isEqualTo("/api/v1/marker/r1" + (body.contains("evil") ? "?" : ""));
            assertThat(accepted.job().pollAfter()).isEqualTo(Duration.ofSeconds(delay));
        }
        if (maybeDone) {
            var careful = (Failed) submission(false).answered(answer(status, body, retryAfter));
            assertThat(careful.error().code()).isEqualTo("unknown_outcome");
            assertThat(careful.error().message()).contains("may still be working on the document");
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
    void anErrorIsReportedInEveryForm(String body, String message, String code, String param) {
        CallError error = ((Failed) submission(true).answered(answer(400, body, null))).error();

        assertThat(error.message()).isEqualTo("HTTP 400: " + message);
        assertThat(error.code()).isEqualTo(code.isEmpty() ? null : code);
        assertThat(error.param()).isEqualTo(param.isEmpty() ? null : param);
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
    void pollsTheJobByItsIdIfItsAddressIsInvalid(String url) {
        var accepted = (Accepted) submission(true)
                .answered(answer(200, "{'success':true,'request_id':'r1','request_check_url':" + url + "}", null));
        assertThat(accepted.job().id()).isEqualTo("/api/v1/marker/r1");

        CallOutcome without =
                submission(true).answered(answer(200, "{'success':true,'request_check_url':" + url + "}", null));
        assertThat(without).isNotInstanceOf(Accepted.class);
    }
}
