package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OneTask.encode;
import static io.github.genaistreams.topology.call.OneTask.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** In which state of an item its batch is stopped; {@link CancelledCallsTest} has whole stories. */
class StoppedBatchesTest {

    private static final Duration A_MOMENT = Duration.ofSeconds(1);

    private final OneTask task = new OneTask();

    private void cancel() {
        task.controls.say(BatchControl.of("b").withCancel(), task.now());
        task.advance(A_MOMENT);
    }

    private void exceedBudget() {
        task.controls.say(BatchControl.of("b").withBudgetExceeded(), task.now());
        task.advance(A_MOMENT);
    }

    private void assertAllEnded() {
        assertThat(task.isEmpty()).isTrue();
        assertThat(task.lanes.size()).isZero();
        assertThat(task.lanes.inFlight()).isZero();
    }

    @Test
    void leavesOtherBatchesAlone() {
        for (int i = 0; i < 4; i++) {
            task.send(request(i).toBuilder().batchId("other").build());
        }

        cancel();

        assertThat(task.results()).isEmpty();
        assertThat(task.api.openCalls()).containsExactly(0, 1);
    }

    @Test
    void endsAnItemThatWaitsForItsNextAttemptAndSaysHowOftenItWasCalled() {
        task.send(request(0));
        task.call(0).retry(Duration.ofSeconds(5));
        task.tick();
        task.bringBack();

        cancel();

        assertThat(task.onlyResult().attempts()).isEqualTo(1);
        assertThat(task.onlyResult().error().code()).isEqualTo("cancelled");
        assertAllEnded();
    }

    @Test
    void leavesAnItemOnTheRetryTopicUntilItIsBack() {
        task.send(request(0));
        task.call(0).retry(Duration.ZERO);
        task.tick();

        cancel();
        assertThat(task.results()).isEmpty();
        task.bringBack();
        task.advance(A_MOMENT);

        assertThat(task.onlyResult().error().code()).isEqualTo("cancelled");
        assertThat(task.api.calls).hasSize(1);
        assertAllEnded();
    }

    /** Nothing of it would come back: the API works on it, and is paid for it. */
    @Test
    void cancelsAJobOnceAndEndsItsItemAsPossiblyDone() {
        task.send(request(0));
        task.call(0).accept("job-1");
        task.tick();

        cancel();
        task.advance(A_MOMENT);

        assertThat(task.api.cancelled).containsExactly("job-1");
        assertThat(task.onlyResult().attempts()).isEqualTo(1);
        assertThat(task.onlyResult().costUnknownReason()).isNotBlank();
        assertThat(task.events).containsExactly("ended");
        assertAllEnded();
    }

    @Test
    void cancelsAJobThatOnlyTheStoresKnow() {
        task.send(request(0));
        task.call(0).accept("job-1");
        task.tick();
        task.controls.say(BatchControl.of("b").withCancel(), task.now());

        task.restart();

        assertThat(task.api.cancelled).containsExactly("job-1");
        assertThat(task.onlyResult().error().code()).isEqualTo("cancelled");
        assertAllEnded();
    }

    /** The abort came too late, and the answer is that there is a job. */
    @Test
    void cancelsAJobThatIsAcceptedAfterTheStop() {
        task.send(request(0));
        task.tick();
        task.controls.say(BatchControl.of("b").withCancel(), task.now());
        task.call(0).accept("job-1");
        task.tick();

        assertThat(task.api.cancelled).containsExactly("job-1");
        assertThat(task.onlyResult().error().code()).isEqualTo("cancelled");
        assertThat(task.events).containsExactly("ended");
        assertAllEnded();
    }

    @Test
    void waitsForAJobOfABatchThatIsOverBudget() {
        task.send(request(0));
        task.call(0).accept("job-1");
        task.tick();

        exceedBudget();
        task.advance(Duration.ofSeconds(2));
        task.call(0).accept("job-1");
        task.tick();
        assertThat(task.api.cancelled).isEmpty();
        assertThat(task.results()).isEmpty();

        task.advance(Duration.ofSeconds(2));
        task.call(0).succeed("paid for");
        task.tick();
        assertThat(task.onlyResult().outputText()).isEqualTo("paid for");
        assertAllEnded();
    }

    @Test
    void makesTheAttemptThatFailsAfterTheStopTheLastOne() {
        task.send(request(0));
        task.send(request(1));
        exceedBudget();
        task.call(0).retry(CallCase.answer(7), true);
        task.call(1).retry(Duration.ofMinutes(5));
        task.tick();

        assertThat(task.retries()).isEmpty();
        assertThat(task.results()).hasSize(2).allSatisfy(result -> {
            assertThat(result.error().code()).isEqualTo("budget_exceeded");
            assertThat(result.attempts()).isEqualTo(1);
        });
        assertThat(task.results().get(0).usage().totalTokens())
                .as("what was billed")
                .isEqualTo(7);
        assertThat(task.events).containsExactly("ended", "ended");
        assertAllEnded();
    }

    @Test
    void keepsTheErrorOfAnAttemptThatWouldHaveBeenTheLastOneAnyway() {
        task.send(request(0));
        exceedBudget();
        task.call(0).fail(null);
        task.tick();

        assertThat(task.onlyResult().error().type()).isEqualTo("invalid_request_error");
    }

    @Test
    void callsAgainAfterAFailureWhatWasSubmittedAgainAfterTheStop() {
        task.send(request(0));
        task.call(0).succeed("x");
        cancel();
        task.send(request(0), new RecordHeaders().add(WireHeaders.RETRY, "again".getBytes(UTF_8)));
        task.call(0).retry(Duration.ZERO);
        task.tick();

        assertThat(task.results()).hasSize(1);
        task.bringBack();
        task.advance(Duration.ofMinutes(1));
        assertThat(task.api.openCalls()).containsExactly(0);
    }

    @Test
    void callsWhatWasSubmittedAgainAfterTheStopAndEndsTheRestOfItsBatch() {
        for (int i = 0; i < 3; i++) {
            task.send(request(i).toBuilder().batchId("first").build());
        }
        task.send(request(0));
        task.controls.say(BatchControl.of("b").withCancel(), task.now());
        task.advance(Duration.ofMillis(10));
        task.read(
                InputTopic.REQUESTS,
                null,
                encode(request(1)),
                new RecordHeaders().add(WireHeaders.RETRY, "again".getBytes(UTF_8)));
        task.advance(A_MOMENT);

        assertThat(task.results()).extracting(CallResult::index).containsExactly(0);
        task.call(0).succeed("x");
        task.tick();
        task.call(1).succeed("x");
        task.tick();
        assertThat(task.api.calls).extracting(call -> call.request().key()).contains(new ItemKey("b", 1));
    }

    @Test
    void endsAnItemWhoseRequestIsLostAllTheSame() {
        task.log.keeps = false;
        for (int i = 0; i < 4; i++) {
            task.send(request(i));
        }
        task.call(0).accept("job-1");
        task.call(1).succeed("x");
        task.tick();
        for (int i : new int[] {0, 3}) {
            task.journal.put(
                    new ItemKey("b", i), task.journal.get(new ItemKey("b", i)).withRequest("garbage".getBytes(UTF_8)));
        }
        task.api.open.clear();
        task.controls.say(BatchControl.of("b").withCancel(), task.now());
        task.restart();

        assertThat(task.results())
                .filteredOn(result -> result.index() == 0 || result.index() == 3)
                .hasSize(2)
                .allSatisfy(result -> assertThat(result.error().message()).contains("can no longer be read"));
        assertAllEnded();
    }
}
