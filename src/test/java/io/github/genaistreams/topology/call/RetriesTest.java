package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OneTask.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Which attempt follows a failed one, when, and in which form of the request. */
class RetriesTest {

    private final OneTask task = new OneTask();

    private void send(UnaryOperator<ResponsesRequest.Builder> change) {
        task.send(change.apply(request(0).toBuilder()).build());
    }

    private List<RetryRecord<ResponsesRequest>> retries() {
        return task.retries().stream()
                .map(record -> ((Outbox.RoutedRetry) record.value()).value())
                .map(Codecs.RESPONSES_RETRY::decode)
                .toList();
    }

    private RetryRecord<ResponsesRequest> lastRetry() {
        List<RetryRecord<ResponsesRequest>> all = retries();
        return all.get(all.size() - 1);
    }

    /** The only open call fails, and its retry record comes back and is due. */
    private void failAndCallAgain(Duration serverDelay) {
        task.call(0).retry(serverDelay);
        task.tick();
        task.bringBack();
        task.advance(Duration.ofMinutes(5));
    }

    @Test
    void sendsTheRequestWithTheNumberAndTheTimeOfItsNextAttemptAndTheErrorOfTheLast() {
        send(builder -> builder);
        task.call(0).retry(Duration.ZERO);
        task.tick();

        RetryRecord<ResponsesRequest> retry = lastRetry();
        assertThat(retry.request()).isEqualTo(request(0));
        assertThat(retry.attempt()).isEqualTo(2);
        assertThat(retry.notBefore()).isBetween(OneTask.START.plusMillis(1_000), OneTask.START.plusMillis(1_500));
        assertThat(retry.lastError().code()).isEqualTo("rate_limit_exceeded");
    }

    @Test
    void waitsLongerForEachAttempt() {
        send(builder -> builder.retryDelayMinMs(10_000));
        failAndCallAgain(Duration.ZERO);
        failAndCallAgain(Duration.ZERO);
        task.call(0).retry(Duration.ZERO);
        task.tick();

        assertThat(lastRetry().attempt()).isEqualTo(4);
        assertThat(Duration.between(
                        OneTask.START.plus(Duration.ofMinutes(10)), lastRetry().notBefore()))
                .as("four times the minimum, and half of that to either side")
                .isBetween(Duration.ofSeconds(20), Duration.ofSeconds(60));
    }

    @Test
    void waitsAsLongAsTheServerWantsEvenBeyondTheMaximumOfTheRequest() {
        send(builder -> builder.retryDelayMaxMs(2_000));
        task.call(0).retry(Duration.ofMinutes(3));
        task.tick();

        assertThat(Duration.between(OneTask.START, lastRetry().notBefore()))
                .isBetween(Duration.ofSeconds(180), Duration.ofSeconds(198));
    }

    @Test
    void makesOneAttemptOfARequestThatWantsNoRetry() {
        send(builder -> builder.maxRetries(0));
        task.call(0).retry(Duration.ZERO);
        task.tick();

        assertThat(task.retries()).isEmpty();
        assertThat(task.onlyResult().attempts()).isEqualTo(1);
        assertThat(task.onlyResult().error().code()).isEqualTo("rate_limit_exceeded");
        assertThat(task.isEmpty()).isTrue();
    }

    /** The API has asked to wait with the other form. */
    @Test
    void triesTheLastResortOnlyWhenTheRetriesAreUsedUpAndThenAtOnce() {
        task.api.lastResort = (request, error) ->
                Optional.of(request.toBuilder().model("other").maxRetries(0).build());
        send(builder -> builder.maxRetries(1));
        failAndCallAgain(Duration.ZERO);
        assertThat(lastRetry().request().model()).isEqualTo("gpt-4o-mini");

        task.call(0).retry(Duration.ofHours(1));
        task.tick();
        assertThat(lastRetry().request().model()).isEqualTo("other");
        assertThat(lastRetry().attempt()).isEqualTo(3);
        assertThat(lastRetry().notBefore()).isEqualTo(OneTask.START.plus(Duration.ofMinutes(5)));

        task.bringBack();
        task.call(0).succeed("x");
        task.tick();
        assertThat(task.onlyResult().attempts()).isEqualTo(3);
    }

    @Test
    void tellsTheClientWhyTheLastAttemptFailed() {
        List<CallError> errors = new ArrayList<>();
        task.api.lastResort = (request, error) -> {
            errors.add(error);
            return Optional.empty();
        };
        send(builder -> builder.maxRetries(1));
        failAndCallAgain(Duration.ZERO);
        assertThat(errors).as("another attempt is left").isEmpty();
        task.call(0).fail(null);
        task.tick();

        assertThat(errors).extracting(CallError::message).containsExactly("bad");
        assertThat(task.onlyResult().error()).isEqualTo(errors.get(0));
    }

    /** The API says that a job has failed, and nobody can read what to submit again. */
    @Test
    void endsAnItemWhoseJobFailedIfItsWholeRequestCanNoLongerBeRead() {
        task.log.keeps = false;
        task.api.forPolling = request -> request.toBuilder().userPrompt("-").build();
        send(builder -> builder);
        task.call(0).accept("job-1");
        task.tick();
        task.advance(Duration.ofSeconds(2));
        var key = new ItemKey("b", 0);
        JournalEntry entry = task.journal.get(key);
        task.journal.put(key, entry.withRequest("garbage".getBytes(UTF_8)));
        task.call(0).retry(Duration.ZERO);
        task.tick();

        assertThat(task.retries()).isEmpty();
        assertThat(task.onlyResult().error().code()).isEqualTo("rate_limit_exceeded");
        assertThat(task.isEmpty()).isTrue();
    }
}
