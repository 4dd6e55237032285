package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OneTask.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** When a job is polled, and when it is given up; {@link PolledJobsTest} has whole stories. */
class RemoteJobsTest {

    private static final Duration TOTAL = Duration.ofSeconds(100);

    private final OneTask task = new OneTask();

    private void send(UnaryOperator<ResponsesRequest.Builder> change) {
        task.send(change.apply(request(0).toBuilder().totalWaitSecs((int) TOTAL.toSeconds()))
                .build());
    }

    /** The API still works on the job, or does not say. */
    private void accept(Duration pollAfter, CallError unanswered) {
        task.api.end(new CallOutcome.Accepted(new RemoteJob("job-1", OneTask.START, pollAfter, "req-1"), unanswered));
        task.tick();
    }

    private void accept(Duration pollAfter) {
        accept(pollAfter, null);
    }

    private static CallError unanswered() {
        return new CallError("no route", "network_error", null, null, true, 502);
    }

    @Test
    void pollsNoSoonerThanTheApiWantsAndNotAfterTheTimeOfTheJob() {
        send(builder -> builder);
        accept(Duration.ofSeconds(10));
        task.advance(Duration.ofSeconds(9));
        assertThat(task.api.polls).isEmpty();
        task.advance(Duration.ofSeconds(1));
        assertThat(task.api.polls).hasSize(1);

        accept(Duration.ofHours(1));
        task.advance(TOTAL.minusSeconds(11));
        assertThat(task.api.polls).hasSize(1);
        task.advance(Duration.ofSeconds(1));
        assertThat(task.api.polls).as("a last time").hasSize(2);
    }

    @Test
    void givesUpWhatTheApiIsStillAtWorkOnAfterTheTotalWait() {
        send(builder -> builder);
        accept(Duration.ofSeconds(60));
        task.advance(Duration.ofSeconds(60));
        accept(Duration.ofSeconds(60));
        task.advance(Duration.ofSeconds(40));
        assertThat(task.results()).isEmpty();
        accept(Duration.ofSeconds(60));

        CallResult result = task.onlyResult();
        assertThat(result.error().code()).isEqualTo("total_wait");
        assertThat(result.error().message()).contains("still at work on it after total_wait_secs (100 s)");
        assertThat(result.error().isRetriable()).isTrue();
        assertThat(result.requestId()).isEqualTo("req-1");
        assertThat(task.api.cancelled).containsExactly("job-1");
        assertThat(task.isEmpty()).isTrue();
        assertThat(task.lanes.size()).isZero();
    }

    @Test
    void countsTheTimeFromTheAcceptanceAlsoIfItsAnswerIsHandledLate() {
        send(builder -> builder);
        task.api.end(new CallOutcome.Accepted(new RemoteJob("job-1", OneTask.START, Duration.ofSeconds(60))));
        task.advance(Duration.ofSeconds(90));
        assertThat(task.api.polls).isEmpty();
        task.advance(Duration.ofSeconds(10));
        accept(Duration.ofSeconds(60));

        assertThat(task.onlyResult().error().code()).isEqualTo("total_wait");
    }

    /** The API may have had its answer all the time. */
    @Test
    void doesNotCountTimeInWhichNobodyAskedOrGotAnAnswer() {
        send(builder -> builder);
        accept(Duration.ofSeconds(90));
        task.advance(Duration.ofSeconds(90));
        accept(Duration.ofSeconds(200), unanswered());
        task.advance(Duration.ofSeconds(199));
        assertThat(task.api.polls).hasSize(1);
        task.advance(Duration.ofSeconds(1));
        accept(Duration.ofSeconds(1));
        task.advance(Duration.ofSeconds(99));
        accept(Duration.ofSeconds(1));
        assertThat(task.results()).isEmpty();
        assertThat(task.api.cancelled).isEmpty();

        task.advance(Duration.ofSeconds(1));
        accept(Duration.ofSeconds(1));
        assertThat(task.onlyResult().error().code()).isEqualTo("total_wait");
    }

    @Test
    void doesNotCountTheTimeInWhichNoWorkerWasThere() {
        send(builder -> builder);
        accept(Duration.ofSeconds(1));
        task.advance(Duration.ofMillis(500));
        task.api.open.clear();
        task.advance(Duration.ofMillis(400));

        task.advance(Duration.ofMillis(1));
        task.restart();
        task.advance(Duration.ofSeconds(300));
        accept(Duration.ofSeconds(1));
        task.advance(Duration.ofSeconds(50));
        assertThat(task.results()).isEmpty();
        assertThat(task.api.cancelled).isEmpty();
    }

    @Test
    void givesUpWhenTheApiNoLongerHasTheAnswerAndTellsTheLastError() {
        ResponsesRequest request = request(0).toBuilder().totalWaitSecs(100).build();
        send(builder -> builder);
        accept(Duration.ofSeconds(1));
        task.advance(request.maxJobTime().minusMillis(1));
        accept(Duration.ofSeconds(1), unanswered());
        assertThat(task.results()).isEmpty();

        task.advance(Duration.ofMillis(1));
        accept(Duration.ofSeconds(1), unanswered());
        assertThat(task.onlyResult().error().message())
                .contains("gave no answer within " + request.maxJobTime().toSeconds() + " s", "no route");
        assertThat(task.onlyResult().error().httpStatus()).isEqualTo(502);
        assertThat(task.api.cancelled).containsExactly("job-1");
    }

    @Test
    void continuesAJobThatThisProcessHasSubmittedAndCouldNotRecord() {
        send(builder -> builder);
        // The transaction that would have recorded it is aborted.
        byte[][] before = progress();
        task.api.end(new CallOutcome.Accepted(new RemoteJob("job-1", OneTask.START, Duration.ofSeconds(1))));
        assertThat(progress()).isDeepEqualTo(before);

        task.reopen();

        assertThat(task.api.calls).hasSize(1);
        assertThat(task.api.polled()).containsExactly("job-1");
        task.call(0).succeed("x");
        task.tick();
        assertThat(task.onlyResult().attempts()).isEqualTo(1);
    }

    private byte[][] progress() {
        try (var all = task.progress.all()) {
            var values = new java.util.ArrayList<byte[]>();
            all.forEachRemaining(entry -> values.add(entry.value));
            return values.toArray(byte[][]::new);
        }
    }

    /** The request may be large; the whole of it is in the journal if it is needed again. */
    @Test
    void pollsWithWhatAPollNeedsAndRetriesWithAll() {
        task.api.forPolling = request -> request.toBuilder().userPrompt("-").build();
        send(builder -> builder.userPrompt("long"));
        accept(Duration.ofSeconds(1));
        task.advance(Duration.ofSeconds(1));
        assertThat(task.api.polls.get(0).request().userPrompt().toString()).contains("-");

        task.call(0).retry(Duration.ZERO);
        task.tick();
        task.bringBack();
        task.advance(Duration.ofMinutes(1));
        assertThat(task.api.calls).hasSize(2);
        assertThat(task.api.calls.get(1).request().userPrompt().toString()).contains("long");
    }

    @Test
    void asksTheClientToPollMoreRarelyTheLongerAJobTakes() {
        send(builder -> builder);
        accept(Duration.ofSeconds(1));
        task.advance(Duration.ofSeconds(40));

        assertThat(task.api.polls.get(0).job())
                .contains(new RemoteJob("job-1", OneTask.START, Duration.ofSeconds(10), "req-1"));
    }

    @Test
    void pollsAtOnceAJobThatWasAcceptedByAClockAheadOfOurs() {
        send(builder -> builder);
        Instant ahead = OneTask.START.plusSeconds(60);
        task.api.end(new CallOutcome.Accepted(new RemoteJob("job-1", ahead, Duration.ZERO)));
        task.tick();

        assertThat(task.api.polls.get(0).job().map(RemoteJob::pollAfter)).isEqualTo(Optional.of(Duration.ZERO));
    }
}
