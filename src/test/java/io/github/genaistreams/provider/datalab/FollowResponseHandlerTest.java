package io.github.genaistreams.provider.datalab;

import static io.github.genaistreams.provider.datalab.ApiAnswers.CLASSIFIER;
import static io.github.genaistreams.provider.datalab.ApiAnswers.answer;
import static io.github.genaistreams.provider.datalab.ApiAnswers.poll;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.http.NetworkFailure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each answer means that comes from where the result lies. */
class FollowResponseHandlerTest {

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
    void eachAnswerFromWhereTheResultLiesHasItsMeaning(int status, String body, String outcome) {
        ResultResponseHandler poll = poll();
        poll.answered(answer(
                200,
                "{'status':'complete','success':true,'page_count':3,'result_url':'https://elsewhere.example/r'}",
                null));
        var follow = new FollowResponseHandler(CLASSIFIER, poll, poll.elsewhere());

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
    void aTooLargeResultOnAnotherServerStillHasItsBill() {
        ResultResponseHandler poll = poll();
        poll.answered(answer(
                200,
                "{'status':'complete','request_id':'r1','page_count':3,'cost_breakdown':{'final_cost_cents':12},"
                        + "'result_url':'https://elsewhere.example/r'}",
                null));
        var follow = new FollowResponseHandler(CLASSIFIER, poll, poll.elsewhere());

        var failed = (Failed) follow.unreadable(NetworkFailure.tooLarge(1_000));

        assertThat(failed.error().message()).contains("datalab.response.max.bytes");
        assertThat(failed.answer().document().pageCount()).isEqualTo(3);
        assertThat(DatalabClient.cost(failed.answer()).known().orElseThrow().usd())
                .isEqualByComparingTo("0.12");
    }
}
