package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OneTask.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** An item ends once, with one result, whatever happens meanwhile. */
class EndingsTest {

    private final OneTask task = new OneTask();

    private void assertNothingIsLeft() {
        assertThat(task.isEmpty()).isTrue();
        assertThat(task.lanes.size()).isZero();
        assertThat(task.lanes.inFlight()).isZero();
    }

    @Test
    void remembersTheAnswerFromTheMomentOfItsResult() {
        task.send(request(0));
        task.call(0).succeed("x");
        task.tick();
        assertNothingIsLeft();

        task.restart();
        task.send(request(0));
        assertThat(task.events).contains("duplicate b/0");
        assertThat(task.results()).hasSize(1);
    }

    @Test
    void endsOnlyTheItemOverWhoseAnswerTheWorkerFails() {
        task.api.lastResort = (request, error) -> {
            throw new IllegalStateException("secret words of the answer");
        };
        task.send(request(0), new RecordHeaders().add(WireHeaders.ORDERED, new byte[0]));
        task.send(request(1));
        task.call(0).fail(null);
        task.call(1).succeed("x");
        task.tick();

        assertThat(task.results()).extracting(CallResult::success).containsExactly(false, true);
        assertThat(task.results().get(0).error().message())
                .contains("IllegalStateException")
                .doesNotContain("secret");
        assertThat(task.results().get(0).possibleDuplicate())
                .as("it was called")
                .isTrue();
        assertThat(task.sent(Sinks.results("responses")).get(0).headers().lastHeader(WireHeaders.ORDERED))
                .isNotNull();
        assertNothingIsLeft();
    }

    @Test
    void leavesFailuresOfKafkaToKafkaStreams() {
        task.api.lastResort = (request, error) -> {
            throw new KafkaException("fenced");
        };
        task.send(request(0));
        task.call(0).fail(null);

        assertThatThrownBy(task::tick).hasMessage("fenced");
        assertThat(task.results()).isEmpty();
        assertThat(task.isEmpty()).isFalse();
    }

    @Test
    void fillsTheSlotOfAnItemOverWhichTheWorkerFailed() {
        task.api.lastResort = (request, error) -> {
            throw new IllegalStateException();
        };
        for (int i = 0; i < 3; i++) {
            task.send(request(i));
        }
        task.call(0).fail(null);
        task.tick();

        assertThat(task.api.openCalls()).containsExactly(1, 2);
        assertThat(task.lanes.inFlight()).isEqualTo(2);
    }

    @Test
    void dropsTheOutcomeOfACallWhoseItemHasEnded() {
        task.send(request(0));
        CallCase.Call call = task.call(0);
        call.succeed("x");
        task.tick();
        call.succeed("once more");
        task.tick();

        assertThat(task.onlyResult().outputText()).isEqualTo("x");
        assertThat(task.events).containsExactly("ended");
    }

    @Test
    void reportsTheEndOfEachAttemptOnce() {
        task.send(request(0));
        task.call(0).retry(Duration.ZERO);
        task.tick();
        assertThat(task.events).containsExactly("ended");
        task.bringBack();
        task.advance(Duration.ofMinutes(1));
        task.call(0).fail(null);
        task.tick();

        assertThat(task.events).containsExactly("ended", "ended");
        assertThat(task.onlyResult().attempts()).isEqualTo(2);
    }

    @Test
    void endsACallThatCannotBeMade() {
        task.api.broken = new IllegalStateException("secret");
        task.send(request(0));
        task.tick();

        assertThat(task.onlyResult().error().message()).isEqualTo("The call could not be made: IllegalStateException");
        assertThat(task.onlyResult().attempts()).isEqualTo(1);
        assertNothingIsLeft();
    }

    @Test
    void carriesTheHeadersOfARequestThatIsRefusedAndNothingOfItsSummary() {
        task.api.refusal = request -> CallError.invalidRequest("temperature", "`temperature` is bad");
        var headers = new RecordHeaders()
                .add("theirs", "t".getBytes(UTF_8))
                .add(WireHeaders.SUMMARY, "forged".getBytes(UTF_8));
        task.send(request(0), headers);

        var result = task.sent(Sinks.results("responses")).get(0);
        assertThat(result.key()).isEqualTo(new ItemKey("b", 0));
        assertThat(result.headers().lastHeader("theirs")).isNotNull();
        assertThat(result.headers().lastHeader(WireHeaders.SUMMARY).value()).isNotEqualTo("forged".getBytes(UTF_8));
        assertThat(task.onlyResult().submittedAt()).isEqualTo(OneTask.START);
        assertThat(task.onlyResult().model()).isEqualTo("gpt-4o-mini");
    }

    @Test
    void saysThatAnAnswerIsTooLargeForARecordAndEndsItsItem() {
        task.send(request(0));
        task.api.end(new CallOutcome.Succeeded(new Answer(
                JsonNodeFactory.instance.textNode("x".repeat(OneTask.RECORD_MAX_BYTES)),
                "x".repeat(OneTask.RECORD_MAX_BYTES),
                null,
                "m",
                "req-1",
                "completed",
                null)));
        task.tick();

        assertThat(task.onlyResult().success()).isFalse();
        assertThat(Optional.ofNullable(task.onlyResult().error().code())).contains("result_too_large");
        assertNothingIsLeft();
    }
}
