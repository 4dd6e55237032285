package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.CallCase.START;
import static io.github.genaistreams.topology.call.CallCase.encode;
import static io.github.genaistreams.topology.call.CallCase.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is cancelled or over its budget, on a mock clock. */
class CancelledCallsTest {

    @RegisterExtension
    final CallCase test = new CallCase();

    @Test
    void endsWhatWasNotCalledAndBreaksOffWhatIsInFlightWhenABatchIsCancelled() {
        for (int i = 0; i < 6; i++) {
            test.send(request(i));
        }
        test.send(request(6).toBuilder().batchId("other").build());
        test.call(0).retry(Duration.ofSeconds(30));
        test.tick();
        assertThat(test.api.openCalls()).containsExactly(1, 2);

        test.say(BatchControl.of("b").withCancel());
        test.driver.advanceWallClockTime(Duration.ofSeconds(1));
        test.tick();

        List<CallResult> all = test.resultsOf("b");
        assertThat(all).hasSize(6).noneMatch(CallResult::success);
        assertThat(all).allSatisfy(result -> {
            assertThat(result.error().type()).isEqualTo("cancelled");
            assertThat(result.error().isRetriable()).isFalse();
        });
        assertThat(test.api.aborted).containsExactlyInAnyOrder(1, 2);
        assertThat(all.stream()
                        .filter(result -> result.index() == 4)
                        .findFirst()
                        .orElseThrow()
                        .attempts())
                .isZero();
        assertThat(all.stream()
                        .filter(result -> result.index() == 0)
                        .findFirst()
                        .orElseThrow()
                        .attempts())
                .isEqualTo(1);
        assertThat(test.api.openCalls()).containsExactly(6);

        test.send(request(7));
        assertThat(test.resultsOf("b"))
                .hasSize(1)
                .allMatch(result -> result.error().code().equals("cancelled"));
        test.call(6).succeed("goes on");
        test.tick();
        assertThat(test.onlyResult().batchId()).isEqualTo("other");
        assertThat(test.journal()).isEmpty();
        assertThat(test.lanes.size()).isZero();
    }

    @Test
    void cancelsJobsOfACancelledBatchWithTheApi() {
        test.send(request(0));
        test.call(0).accept("job-1");
        test.send(request(1));
        test.tick();
        assertThat(test.api.openCalls()).containsExactly(1);

        test.say(BatchControl.of("b").withCancel());
        test.driver.advanceWallClockTime(Duration.ofMillis(500));
        test.tick();

        assertThat(test.api.cancelled).containsExactly("job-1");
        assertThat(test.resultsOf("b")).hasSize(2);
        assertThat(test.journal()).isEmpty();
    }

    @Test
    void doesNotWaitForAQuestionThatHangsWhenABatchIsCancelled() {
        test.send(request(0));
        test.call(0).accept("job-1");
        test.tick();
        test.driver.advanceWallClockTime(Duration.ofSeconds(2));
        assertThat(test.api.polled()).containsExactly("job-1");
        assertThat(test.api.openCalls()).as("asked, and not answered").containsExactly(0);

        test.say(BatchControl.of("b").withCancel());
        test.driver.advanceWallClockTime(Duration.ofMillis(500));
        test.tick();

        assertThat(test.api.aborted).containsExactly(0);
        assertThat(test.api.cancelled).containsExactly("job-1");
        assertThat(test.onlyResult().error().code()).isEqualTo("cancelled");
        assertThat(test.journal()).isEmpty();
        assertThat(test.lanes.size()).isZero();
    }

    @Test
    void keepsTheAnswerOfACallThatWasFasterThanTheCancellation() {
        test.send(request(0));
        test.say(BatchControl.of("b").withCancel());
        test.call(0).succeed("paid for");
        test.tick();

        assertThat(test.onlyResult().outputText()).isEqualTo("paid for");
    }

    @Test
    void letsCallsInFlightEndWhenABatchIsOverBudget() {
        for (int i = 0; i < 4; i++) {
            test.send(request(i));
        }
        test.say(BatchControl.of("b").withBudgetExceeded());
        test.driver.advanceWallClockTime(Duration.ofMillis(500));

        assertThat(test.resultsOf("b"))
                .extracting(result -> result.error().code())
                .containsExactly("budget_exceeded", "budget_exceeded");
        assertThat(test.api.aborted).isEmpty();
        test.call(0).succeed("was in flight");
        test.call(1).retry(Duration.ZERO);
        test.tick();
        List<CallResult> rest = test.resultsOf("b");
        assertThat(rest).extracting(CallResult::success).containsExactly(true, false);
        assertThat(rest.get(1).error().code()).isEqualTo("budget_exceeded");
    }

    @Test
    void doesNotCallAgainWhatWasCancelledWhenOtherThingsAreSaidOfItsBatchLater() {
        test.say(BatchControl.of("b").withCancel());
        test.say(BatchControl.of("b").withBatchSize(7));
        test.say(BatchControl.of("b").withBudget(new BigDecimal("5"), null));

        test.send(request(0));

        assertThat(test.api.openCalls()).isEmpty();
        assertThat(test.onlyResult().error().code()).isEqualTo("cancelled");
    }

    @Test
    void ignoresAnInvalidControlRecord() {
        test.controls.pipeInput("b".getBytes(UTF_8), "{\"batch_id\":\"b\",\"cancel\":\"yes\"}".getBytes(UTF_8));
        test.controls.pipeInput("b".getBytes(UTF_8), "{\"batch_id\":\"other\",\"cancel\":true}".getBytes(UTF_8));
        test.controls.pipeInput(
                "b".getBytes(UTF_8), "{\"batch_id\":\"b\",\"cancel\":true,\"batch_size\":0}".getBytes(UTF_8));

        test.send(request(0));

        assertThat(test.api.openCalls()).containsExactly(0);
    }

    @Test
    void callsWhatIsExplicitlySubmittedAgainAfterItsBatchWasCancelledUntilItIsCancelledAgain() {
        test.controls.pipeInput(
                "b".getBytes(UTF_8),
                Codecs.BATCH_CONTROL.encode(BatchControl.of("b").withCancel(), WireFormat.JSON),
                START.plusSeconds(10));
        test.send(request(0));
        assertThat(test.onlyResult().error().code()).isEqualTo("cancelled");
        var retry = new RecordHeaders().add(WireHeaders.RETRY, "r".getBytes(UTF_8));

        test.requests.pipeInput(new TestRecord<>(null, encode(request(0)), retry, START.plusSeconds(5)));
        assertThat(test.onlyResult().error().code()).as("submitted before").isEqualTo("cancelled");
        var later = new RecordHeaders().add(WireHeaders.RETRY, "r2".getBytes(UTF_8));
        test.requests.pipeInput(new TestRecord<>(null, encode(request(0)), later, START.plusSeconds(20)));
        assertThat(test.api.openCalls()).containsExactly(0);
        test.driver.advanceWallClockTime(Duration.ofMillis(500));
        assertThat(test.api.aborted).isEmpty();

        test.controls.pipeInput(
                "b".getBytes(UTF_8),
                Codecs.BATCH_CONTROL.encode(BatchControl.of("b").withCancel(), WireFormat.JSON),
                START.plusSeconds(30));
        test.driver.advanceWallClockTime(Duration.ofMillis(500));
        test.tick();
        assertThat(test.api.aborted).containsExactly(0);
        assertThat(test.onlyResult().error().code()).isEqualTo("cancelled");
    }

    @Test
    void endsWhatComesBackFromTheRetryTopicAfterItsBatchWasCancelled() {
        test.send(request(0));
        test.call(0).retry(Duration.ofSeconds(60));
        test.tick();
        TestRecord<byte[], byte[]> away = test.retries.readRecord();
        test.say(BatchControl.of("b").withCancel());

        test.retriesIn.pipeInput(away);
        test.driver.advanceWallClockTime(Duration.ofMillis(500));
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.error().code()).isEqualTo("cancelled");
        assertThat(result.attempts()).isEqualTo(1);
        assertThat(test.journal()).isEmpty();
    }
}
