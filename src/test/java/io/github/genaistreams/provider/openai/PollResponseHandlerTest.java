package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.NetworkFailure;
import io.github.genaistreams.provider.http.Redactor;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PollResponseHandlerTest {

    private static final Instant THEN = Instant.parse("2026-11-22T10:00:00Z");
    private static final RemoteJob JOB = new RemoteJob("resp_1", THEN, Duration.ofSeconds(4));

    private final ResponseClassifier classifier = new ResponseClassifier(
            new Redactor(ApiKey.of(new Secret("sk-test-0123456789")), List.of()), () -> THEN.plusSeconds(60));
    private final PollResponseHandler handler = new PollResponseHandler(classifier, true, JOB);

    /** A Retry is paid again: only where the job has come to an end. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | {'status':'completed','output':[]}                        | Succeeded",
                "200 | {'status':'queued','id':'resp_1'}                         | Accepted",
                "200 | {'status':'in_progress','id':'resp_other'}                | Accepted",
                "200 | {'status':'failed','error':{'code':'server_error'}}       | Retry",
                "200 | {'status':'failed','error':{'code':'invalid_prompt'}}     | Failed",
                "200 | {'status':'incomplete'}                                   | Failed",
                "200 | {'status':'cancelled'}                                    | Failed",
                "200 | <html>                                                    | Accepted",
                "200 | {'status':'comple                                         | Accepted",
                "200 | {'error':{'code':'server_error'}}                         | Accepted",
                "200 | {'hello':1}                                               | Failed",
                "404 | {'error':{'message':'not found'}}                         | Retry",
                "410 | ''                                                        | Retry",
                "401 | {'error':{'code':'invalid_api_key'}}                      | Accepted",
                "403 | {'error':{'code':'permission_denied'}}                    | Accepted",
                "400 | {'error':{'code':'bad'}}                                  | Failed",
                "408 | ''                                                        | Accepted",
                "409 | ''                                                        | Accepted",
                "429 | {'error':{'code':'rate_limit_exceeded'}}                  | Accepted",
                "429 | {'error':{'code':'insufficient_quota'}}                   | Accepted",
                "500 | {'error':{'code':'server_error'}}                         | Accepted",
                "502 | <html>                                                    | Accepted",
                "529 | ''                                                        | Accepted",
            })
    void asksForANewAttemptOnlyWhenTheJobHasEnded(int status, String body, String outcome) {
        assertThat(answered(status, body, Map.of()).getClass().getSimpleName()).isEqualTo(outcome);
    }

    @Test
    void keepsTheJobAndGrowsItsWait() {
        var again = (Accepted) answered(200, "{'status':'queued','id':'resp_other'}", Map.of());
        assertThat(again.job()).isEqualTo(new RemoteJob("resp_1", THEN, Duration.ofSeconds(6)));

        again = (Accepted) answered(200, "{'status':'in_progress','id':'resp_1'}", Map.of(PollPace.HEADER, "90"));
        assertThat(again.job()).isEqualTo(new RemoteJob("resp_1", THEN, Duration.ofMillis(90)));
    }

    @Test
    void backsOffAsTheServerAsks() {
        var again = (Accepted) answered(429, "", Map.of("retry-after", "30"));
        assertThat(again.job()).isEqualTo(new RemoteJob("resp_1", THEN, Duration.ofSeconds(30)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"200 | {'status':'queued','id':'resp_1'}", "200 | {'status':'completed','output':[]}", "429 | ''"})
    void tellsWhatTheApiSaysOfItsLimits(int status, String body) {
        CallOutcome outcome = answered(
                status, body, Map.of("x-ratelimit-limit-requests", "60", "x-ratelimit-remaining-requests", "59"));

        assertThat(outcome.limits().requests()).isEqualTo(new ApiLimits.Figure(60, 59, Duration.ZERO));
    }

    @Test
    void asksAgainWhenNoAnswerCame() {
        CallOutcome.Retry why = NetworkFailure.streamInterrupted();

        assertThat(handler.unanswered(why))
                .isEqualTo(new Accepted(new RemoteJob("resp_1", THEN, Duration.ofSeconds(8)), why.error()));
    }

    @Test
    void saysThatAJobIsLost() {
        var lost = (Retry) answered(404, "{'error':{'message':'no such response'}}", Map.of("x-request-id", "req_1"));
        assertThat(lost.error().type()).isEqualTo("job_lost");
        assertThat(lost.error().httpStatus()).isEqualTo(404);
        assertThat(lost.error().isRetriable()).isTrue();
        assertThat(lost.requestId()).isEqualTo("req_1");
        assertThat(lost.maybeDone()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"resp_0a1b", "123e4567-e89b-12d3-a456-426614174000", "resp_bGl0ZTptb2RlbA==", "a.b:c~d"})
    void takesTheIdsThatServersMake(String id) {
        assertThat(job(id)).isInstanceOfSatisfying(Accepted.class, accepted -> assertThat(
                        accepted.job().id())
                .isEqualTo(id));
        assertThat(BackgroundResponse.path(((Accepted) job(id)).job())).isEqualTo("responses/" + id);
        assertThat(BackgroundResponse.cancelPath(((Accepted) job(id)).job())).isEqualTo("responses/" + id + "/cancel");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "../files", "a/b", "a?b", "a#b", "a%2fb", "a b", "a\\\\b", "ä", "-", "a\\n"})
    void doesNotLetAnIdChooseThePath(String id) {
        var failed = (Failed) job(id);
        assertThat(failed.error().type()).isEqualTo("unexpected_status");
        assertThat(BackgroundResponse.isId(id)).isFalse();
    }

    @Test
    void doesNotTakeAnIdWithoutEnd() {
        assertThat(job("a".repeat(512))).isInstanceOf(Accepted.class);
        assertThat(job("a".repeat(513))).isInstanceOf(Failed.class);
    }

    private CallOutcome job(String id) {
        return classifier.classify(answer(200, "{'status':'queued','id':'" + id + "'}", Map.of()), true);
    }

    private CallOutcome answered(int status, String body, Map<String, String> headers) {
        return handler.answered(answer(status, body, headers));
    }

    private static HttpAnswer answer(int status, String body, Map<String, String> headers) {
        return new HttpAnswer(status, headers::get, body.replace('\'', '"').getBytes(UTF_8));
    }
}
