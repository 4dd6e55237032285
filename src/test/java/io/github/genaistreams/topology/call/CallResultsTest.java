package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.CallCase.RECORD_MAX_BYTES;
import static io.github.genaistreams.topology.call.CallCase.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A call always ends in a result, whatever the answer and the client do. */
class CallResultsTest {

    @RegisterExtension
    final CallCase test = new CallCase();

    @Test
    void endsAnItemOverWhoseOutcomeItFailsAndGoesOn() {
        test.send(request(0));
        test.send(request(1));
        test.call(0).whenDone().accept(new CallOutcome.Accepted(new RemoteJob("j", Instant.MIN, Duration.ZERO)));
        test.call(1).succeed("goes on");
        test.tick();

        List<CallResult> answered = test.results.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .toList();
        assertThat(answered).extracting(CallResult::index).containsExactlyInAnyOrder(0, 1);
        assertThat(answered).filteredOn(result -> result.index() == 0).allSatisfy(result -> {
            assertThat(result.error().type()).isEqualTo("internal_error");
            assertThat(result.costUnknownReason()).isNotNull();
        });
        assertThat(test.journal()).isEmpty();
        assertThat(test.lanes.size()).isZero();
    }

    @Test
    void writesAResultWhoseTextsAreLargerThanAnyRecord() {
        String large = "x".repeat(RECORD_MAX_BYTES);
        test.send(request(0));
        test.call(0)
                .whenDone()
                .accept(new CallOutcome.Failed(
                        new CallError(large, large, large, large, false, 400), null, large, true));
        test.tick();

        byte[] value = test.results.readValue();
        assertThat(value.length).isLessThan(RECORD_MAX_BYTES);
        CallResult result = Codecs.CALL_RESULT.decode(value);
        assertThat(result.success()).isFalse();
        assertThat(result.error().httpStatus()).isEqualTo(400);
        assertThat(large).startsWith(result.error().message());
    }

    @Test
    void goesOnWhenTheClientThrows() {
        test.api.broken = new IllegalStateException("broken");
        test.send(request(0));
        test.tick();
        test.api.broken = null;
        test.send(request(1));
        test.call(1).succeed("fine");
        test.tick();

        List<CallResult> all = test.results.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .toList();
        assertThat(all).extracting(CallResult::success).containsExactly(false, true);
        assertThat(all.get(0).error().type()).isEqualTo("internal_error");
    }

    @Test
    void replacesAResultTooLargeForItsTopicByAFailedOne() {
        test.send(request(0));
        test.call(0).succeed("\u0001".repeat(RECORD_MAX_BYTES / 4));
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.error().code()).isEqualTo("result_too_large");
        assertThat(result.usage()).isNotNull();
    }

    @Test
    void keepsTheErrorOfAFailureWhoseAnswerIsTooLargeForItsTopic() {
        test.send(request(0));
        String text = "\u0001".repeat(RECORD_MAX_BYTES / 4);
        test.call(0)
                .fail(new Answer(
                        JsonNodeFactory.instance.objectNode(),
                        text,
                        new Usage(1, null, 2, null, 3),
                        "m",
                        "req",
                        "incomplete:max_output_tokens",
                        null));
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.error().type()).isEqualTo("invalid_request_error");
        assertThat(result.outputText()).isNull();
        assertThat(result.usage().totalTokens()).isEqualTo(3);
    }

    @Test
    void failsARequestThatNoRetryRecordCanCarry() {
        StringBuilder nested = new StringBuilder("{\"type\":\"text\",\"x\":");
        nested.append("[".repeat(998)).append("]".repeat(998)).append("}");
        test.requests.pipeInput(
                ("{\"batch_id\":\"b\",\"index\":0,\"model\":\"m\",\"user_prompt\":\"p\",\"response_format\":" + nested
                                + "}")
                        .getBytes(UTF_8));
        test.call(0).retry(Duration.ZERO);
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.error().code()).isEqualTo("rate_limit_exceeded");
        assertThat(test.journal()).isEmpty();
    }

    @Test
    void failsAnItemWhoseAnswerCannotBeWritten() {
        test.send(request(0));
        var deep = new com.fasterxml.jackson.databind.ObjectMapper().createArrayNode();
        var inner = deep;
        for (int depth = 0; depth < 2_000; depth++) {
            inner = inner.addArray();
        }
        test.call(0).answer(deep);
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.error().code()).isEqualTo("result_unwritable");
        assertThat(result.usage()).isNotNull();
    }

    @Test
    void doesNotCallACallPossiblyRepeatedThatWasInterruptedAndThenCancelled() {
        assertThat(stoppedAfterAnInterruptionIn(1).possibleDuplicate()).isNull();
        assertThat(stoppedAfterAnInterruptionIn(1).costUnknownReason()).isNotNull();
        assertThat(stoppedAfterAnInterruptionIn(2).possibleDuplicate()).isTrue();
    }

    private CallResult stoppedAfterAnInterruptionIn(int attempt) {
        JournalEntry entry = Journal.again(
                attempt,
                Instant.EPOCH,
                CallCase.START,
                null,
                new RecordHeaders(),
                Journal.NOTHING,
                Costs.afterInterruption(null));
        return new Results<>(test.binding()).stopped(request(0), entry, BatchControl.CANCELLED, 0);
    }
}
