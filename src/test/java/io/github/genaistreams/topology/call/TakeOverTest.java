package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OneTask.encode;
import static io.github.genaistreams.topology.call.OneTask.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a worker makes of the items that another one has left open. */
class TakeOverTest {

    private final OneTask task = new OneTask();

    @Test
    void callsWhatWasCalledAndWhatWaitedEachOnce() {
        for (int i = 0; i < 4; i++) {
            task.send(request(i));
        }
        assertThat(task.api.openCalls()).containsExactly(0, 1);

        task.restart();
        assertThat(task.api.openCalls()).as("two of each worker").containsExactly(0, 1, 0, 1);
        task.api.open.subList(0, 2).clear();
        for (int i = 0; i < 4; i++) {
            task.call(i).succeed("answer");
            task.tick();
        }

        assertThat(task.results()).hasSize(4).allMatch(CallResult::success);
        assertThat(task.results().get(0).attempts()).isEqualTo(1);
        assertThat(task.results().get(0).possibleDuplicate()).isTrue();
        assertThat(task.results().get(3).possibleDuplicate())
                .as("never called before")
                .isNull();
        assertThat(task.isEmpty()).isTrue();
    }

    @Test
    void knowsTheTimesAndHeadersOfARequestFromItsRecord() {
        var headers = new RecordHeaders().add("traceparent", "00-abc".getBytes(UTF_8));
        task.send(request(0), headers);
        task.advance(Duration.ofMinutes(1));

        task.restart();
        task.call(0).succeed("x");
        task.call(0).succeed("x");
        task.tick();

        assertThat(task.onlyResult().submittedAt()).isEqualTo(OneTask.START);
        assertThat(task.sent(Sinks.results("responses")).get(0).headers().lastHeader("traceparent"))
                .isNotNull();
    }

    /** The item of a whole batch: its own record is of the time at which the batch was split. */
    @Test
    void knowsWhenTheBatchOfARequestWasSubmitted() {
        Instant submitted = OneTask.START.minusSeconds(300);
        var headers = new RecordHeaders()
                .add(
                        WireHeaders.SUBMITTED_AT,
                        Long.toString(submitted.toEpochMilli()).getBytes(UTF_8));
        task.send(request(0), headers);

        task.restart();
        task.call(0).succeed("x");
        task.call(0).succeed("x");
        task.tick();

        assertThat(task.onlyResult().submittedAt()).isEqualTo(submitted);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void endsARequestWhoseRecordIsGoneAndSaysWhere(boolean wasStarted) {
        if (!wasStarted) {
            task.lanes.stopStarting();
        }
        task.send(request(0));
        task.log.delete(OneTask.partition(InputTopic.REQUESTS), 0);

        task.restart();

        assertThat(task.onlyResult()).satisfies(result -> {
            assertThat(result.error().code()).isEqualTo("request_gone");
            assertThat(result.error().message()).contains("at offset 0 of the request topic");
            assertThat(result.possibleDuplicate()).isEqualTo(wasStarted ? true : null);
        });
        assertThat(task.isEmpty()).isTrue();
        assertThat(task.lanes.size()).isZero();
    }

    @Test
    void endsARequestWhoseRecordWasReplacedByThatOfAnother() {
        task.send(request(0));
        task.send(request(1));
        task.send(request(2));
        task.log.replace(OneTask.partition(InputTopic.REQUESTS), 0, encode(request(9)));
        task.log.replace(OneTask.partition(InputTopic.REQUESTS), 1, "garbage".getBytes(UTF_8));
        task.log.replace(OneTask.partition(InputTopic.REQUESTS), 2, null);

        task.restart();

        assertThat(task.results())
                .hasSize(3)
                .allSatisfy(result -> assertThat(result.error().code()).isEqualTo("request_gone"));
        assertThat(task.results()).extracting(CallResult::index).containsExactly(0, 1, 2);
    }

    @Test
    void saysWhichTopicHasLostARequest() {
        task.read(InputTopic.URGENT, null, encode(request(0)), new RecordHeaders());
        task.send(request(1));
        task.call(1).retry(Duration.ZERO);
        task.tick();
        task.bringBack();
        task.log.delete(OneTask.partition(InputTopic.URGENT), 0);
        task.log.delete(OneTask.partition(InputTopic.RETRIES), 0);

        task.restart();

        assertThat(task.results())
                .extracting(result -> result.error().message())
                .satisfiesExactlyInAnyOrder(
                        message -> assertThat(message).contains("of the urgent request topic"),
                        message -> assertThat(message).contains("of the retry topic"));
    }

    @Test
    void keepsAnUrgentRequestUrgentWhateverItsRecordSays() {
        var forged = new RecordHeaders().add(WireHeaders.URGENT, new byte[] {'1'});
        for (int i = 0; i < 4; i++) {
            task.send(request(i), forged);
        }
        for (int i : new int[] {7, 8}) {
            task.read(InputTopic.URGENT, null, encode(request(i)), new RecordHeaders());
        }
        task.api.open.clear();

        task.restart();

        assertThat(task.api.openCalls()).as("two urgent ones of three").containsExactlyInAnyOrder(7, 8, 0);
    }

    @Test
    void endsAnItemWhoseRetryRecordCannotBeRead() {
        task.send(request(0));
        task.call(0).retry(Duration.ZERO);
        task.tick();
        task.bringBack();
        task.log.replace(OneTask.partition(InputTopic.RETRIES), 0, "garbage".getBytes(UTF_8));

        task.restart();

        assertThat(task.onlyResult().error().code()).isEqualTo("request_gone");
    }

    @Test
    void journalsARetryWholeThatItsTopicMayForget() {
        task.send(request(0));
        task.call(0).retry(Duration.ZERO);
        task.tick();
        task.bringBack();
        task.log.keeps = false;
        task.restart();
        task.log.delete(OneTask.partition(InputTopic.RETRIES), 0);

        task.restart();
        task.advance(Duration.ofMinutes(1));

        assertThat(task.results()).isEmpty();
        assertThat(task.api.calls.get(1).request()).isEqualTo(request(0));
    }

    @Test
    void waitsForARetryUntilItIsDue() {
        task.send(request(0));
        task.call(0).retry(Duration.ofSeconds(5));
        task.tick();
        task.bringBack();

        task.restart();
        assertThat(task.api.openCalls()).isEmpty();
        task.advance(Duration.ofMinutes(2));
        assertThat(task.api.openCalls()).containsExactly(0);
        task.call(0).succeed("x");
        task.tick();
        assertThat(task.onlyResult().attempts()).isEqualTo(2);
    }

    @Test
    void waitsForAnItemOnTheRetryTopicUntilItIsBack() {
        task.send(request(0));
        task.call(0).retry(Duration.ZERO);
        task.tick();

        task.restart();
        task.advance(Duration.ofMinutes(2));
        assertThat(task.api.openCalls()).isEmpty();
        assertThat(task.lanes.size()).isOne();

        task.bringBack();
        task.tick();
        assertThat(task.api.openCalls()).containsExactly(0);
    }

    @Test
    void pollsTheJobThatTheApiHasAcceptedAndNeverSubmitsAgain() {
        task.send(request(0));
        task.call(0).accept("job-1");
        task.tick();

        task.restart();
        assertThat(task.api.polled()).containsExactly("job-1");
        task.call(0).succeed("x");
        task.tick();
        assertThat(task.api.calls).hasSize(1);
        assertThat(task.onlyResult().success()).isTrue();
    }

    @Test
    void takesUpWhatIsWholeInTheJournalLikewise() {
        task.log.keeps = false;
        for (int i = 0; i < 3; i++) {
            task.send(request(i));
        }
        task.api.open.clear();
        for (int i = 0; i < 3; i++) {
            task.log.delete(OneTask.partition(InputTopic.REQUESTS), i);
        }

        task.restart();

        assertThat(task.api.openCalls()).containsExactly(0, 1);
        assertThat(task.results()).isEmpty();
    }

    @Test
    void endsAnItemWhoseJournaledRequestCannotBeRead() {
        task.log.keeps = false;
        task.send(request(0));
        var entry = task.journal.get(new ItemKey("b", 0));
        task.journal.put(new ItemKey("b", 0), entry.withRequest("garbage".getBytes(UTF_8)));
        task.api.open.clear();

        task.restart();

        assertThat(task.api.openCalls()).isEmpty();
        assertThat(task.onlyResult().error().message()).contains("can no longer be read");
        assertThat(task.isEmpty()).isTrue();
        assertThat(task.lanes.size()).isZero();
    }

    @Test
    void readsNothingNewUntilAllThatWasOpenIsReadAgain() {
        var large = new OneTask(new LaneSettings(2, 100, 1 << 20));
        large.lanes.stopStarting();
        for (int i = 0; i < 80; i++) {
            large.send(request(i));
        }
        List<TopicPartition> requests = List.of(OneTask.partition(InputTopic.REQUESTS));

        large.restart();
        assertThat(large.lanes.full(requests)).as("after one turn").isNotEmpty();
        assertThat(large.lanes.size()).isEqualTo(80);
        assertThat(large.api.openCalls()).hasSize(2);

        large.tick();
        assertThat(large.lanes.full(requests)).as("after another one").isEmpty();
        assertThat(large.lanes.size()).isEqualTo(80);
    }

    @Test
    void goesOnWhenAnItemHasEndedBeforeItIsReadAgain() {
        task.lanes.stopStarting();
        for (int i = 0; i < 80; i++) {
            task.send(request(i));
        }
        task.restart();
        task.onDuplicate = new IllegalStateException("a mistake");

        task.send(request(79));
        assertThat(task.onlyResult().index()).isEqualTo(79);
        task.tick();
        assertThat(task.results()).hasSize(1);
        assertThat(task.lanes.size()).isEqualTo(79);
    }

    @Test
    void dropsARepeatOfWhatIsNotReadAgainYet() {
        task.lanes.stopStarting();
        for (int i = 0; i < 80; i++) {
            task.send(request(i));
        }
        task.restart();

        task.send(request(79));

        assertThat(task.events).containsExactly("duplicate b/79");
    }

    @Test
    void endsWhatWasCancelledBeforeItWasReadAgain() {
        task.send(request(0));
        task.api.open.clear();
        task.controls.say(BatchControl.of("b").withCancel(), task.now());

        task.restart();

        assertThat(task.onlyResult().error().code()).isEqualTo("cancelled");
        assertThat(task.api.openCalls()).isEmpty();
        assertThat(task.isEmpty()).isTrue();
    }
}
