package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OneTask.encode;
import static io.github.genaistreams.topology.call.OneTask.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** What becomes of a record when it is read; {@link RefusedRecordsTest} has what is refused. */
class IntakeTest {

    private final OneTask task = new OneTask();

    private static Headers retry(String name) {
        return new RecordHeaders().add(WireHeaders.RETRY, name.getBytes(UTF_8));
    }

    @Test
    void recordsNothingOfARequestWhoseBatchIsStopped() {
        task.controls.say(BatchControl.of("b").withBudgetExceeded(), task.now());

        task.send(request(0));

        assertThat(task.onlyResult().error().code()).isEqualTo("budget_exceeded");
        assertThat(task.isEmpty()).isTrue();
        task.send(request(0));
        assertThat(task.events).as("it was answered").containsExactly("duplicate b/0");
    }

    @Test
    void dropsARepeatOfARefusedRequestUnlessItIsARetry() {
        byte[] invalid = "{\"batch_id\":\"b\",\"index\":3,\"model\":\"m\",\"user_prompt\":\"p\",\"temprature\":1}"
                .getBytes(UTF_8);
        task.read(InputTopic.REQUESTS, null, invalid, new RecordHeaders());
        task.read(InputTopic.REQUESTS, null, invalid, new RecordHeaders());
        assertThat(task.results()).hasSize(1);

        task.read(InputTopic.REQUESTS, null, invalid, retry("again"));
        assertThat(task.results()).hasSize(2);
        assertThat(task.events).containsExactly("duplicate b/3");
    }

    @Test
    void answersAnInvalidRepeatOfAnOpenRequestNotAtAll() {
        task.send(request(3));
        task.read(
                InputTopic.REQUESTS,
                null,
                "{\"batch_id\":\"b\",\"index\":3,\"model\":\"m\"}".getBytes(UTF_8),
                new RecordHeaders());

        assertThat(task.results()).isEmpty();
        assertThat(task.events).containsExactly("duplicate b/3");
    }

    /** Anybody may send headers; what is urgent is on the urgent topic. */
    @Test
    void takesNoRequestForUrgentByItsHeader() {
        var forged = new RecordHeaders().add(WireHeaders.URGENT, new byte[] {'1'});
        for (int i = 0; i < 3; i++) {
            task.send(request(i), forged);
        }
        assertThat(task.api.openCalls()).containsExactly(0, 1);

        task.read(InputTopic.URGENT, null, encode(request(7)), new RecordHeaders());
        assertThat(task.api.openCalls()).as("a slot of its own").containsExactly(0, 1, 7);
        task.read(InputTopic.URGENT, null, encode(request(8)), new RecordHeaders());
        task.call(0).succeed("x");
        task.tick();
        assertThat(task.api.openCalls()).as("before item 2").containsExactly(1, 7, 8);
    }

    @Test
    void recordsARequestThatCannotStartYet() {
        task.lanes.stopStarting();
        task.send(request(0));

        assertThat(task.api.calls).isEmpty();
        assertThat(task.isEmpty()).isFalse();
        task.restart();
        assertThat(task.api.openCalls()).containsExactly(0);
    }

    @Test
    void endsOnlyTheRequestOverWhichTheWorkerFails() {
        task.onAccepted = new IllegalStateException("secret words of the prompt");
        task.send(request(0));
        task.onAccepted = null;
        task.send(request(1));

        assertThat(task.onlyResult().index()).isZero();
        assertThat(task.onlyResult().error().message())
                .contains("IllegalStateException")
                .doesNotContain("secret");
        assertThat(task.events).contains("WORKER_FAILURE at requests 0");
        assertThat(task.api.openCalls()).containsExactly(1);
    }

    @Test
    void leavesFailuresOfKafkaToKafkaStreams() {
        task.onAccepted = new KafkaException("fenced");

        assertThatThrownBy(() -> task.send(request(0))).hasMessage("fenced");
        assertThat(task.results()).isEmpty();
        assertThat(task.deadLetters()).isEmpty();
    }

    @Test
    void callsAnItemAgainForEachNewRetryAndNotWhileItIsOpen() {
        task.send(request(0));
        task.send(request(0), retry("1"));
        task.call(0).succeed("x");
        task.tick();
        task.send(request(0), retry("1"));
        task.call(0).succeed("y");
        task.tick();
        task.send(request(0), retry("1"));
        task.send(request(0), retry("2"));

        assertThat(task.api.calls).hasSize(3);
        assertThat(task.results()).extracting(CallResult::outputText).containsExactly("x", "y");
        assertThat(task.events)
                .filteredOn(event -> event.startsWith("duplicate"))
                .hasSize(2);
    }

    @Test
    void takesNoOffsetOfTheUrgentTopicForOneOfTheRequests() {
        for (int i = 0; i < 10; i++) {
            task.send(request(i));
        }
        task.lanes.readUpTo(OneTask.partition(InputTopic.REQUESTS), 10);
        for (int i = 0; i < 15; i++) {
            task.read(InputTopic.URGENT, null, "garbage".getBytes(UTF_8), new RecordHeaders());
        }
        task.write(
                InputTopic.REQUESTS,
                null,
                encode(request(0).toBuilder().batchId("small").build()),
                new RecordHeaders());
        for (int turn = 0; turn < 3; turn++) {
            task.advance(Duration.ofMillis(60));
        }

        assertThat(task.lanes.size()).as("it is taken in early").isEqualTo(11);
    }

    @Test
    void sendsARecordThatNamesNobodyToTheDeadLettersWithoutANewMark() {
        var forged = new RecordHeaders().add(WireHeaders.URGENT, new byte[] {'1'});
        task.read(InputTopic.REQUESTS, null, "garbage".getBytes(UTF_8), forged);

        assertThat(task.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.value()).isEqualTo("garbage".getBytes(UTF_8));
            assertThat(letter.headers().lastHeader(WireHeaders.URGENT))
                    .as("as it came")
                    .isNotNull();
        });
        assertThat(task.events).containsExactly("UNREADABLE_REQUEST at requests 0");
    }
}
