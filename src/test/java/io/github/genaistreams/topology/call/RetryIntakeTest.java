package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OneTask.encode;
import static io.github.genaistreams.topology.call.OneTask.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which records of the retry topic bring an item back. */
class RetryIntakeTest {

    private static final CallError ERROR = new CallError("x", "x", null, null, true, 500);

    private final OneTask task = new OneTask();

    /** Item 0 is on the retry topic, for its second attempt. */
    @BeforeEach
    void sendAway() {
        task.send(request(0), new RecordHeaders().add(WireHeaders.ORDERED, new byte[0]));
        task.call(0).retry(Duration.ofSeconds(5));
        task.tick();
    }

    private void read(int index, int attempt) {
        var record = new RetryRecord<>(request(index), attempt, OneTask.START, ERROR);
        read(ItemKeys.encode(new ItemKey("b", index)), Codecs.RESPONSES_RETRY.encode(record, WireFormat.JSON));
    }

    private void read(byte[] key, byte[] value) {
        read(key, value, new RecordHeaders());
    }

    private void read(byte[] key, byte[] value, Headers headers) {
        task.read(InputTopic.RETRIES, key, value, headers);
    }

    @Test
    void waitsForTheTimeInTheJournalWhateverTheRecordSays() {
        read(0, 2);
        task.advance(Duration.ofSeconds(4));
        assertThat(task.api.calls).hasSize(1);

        task.advance(Duration.ofSeconds(60));
        assertThat(task.api.openCalls()).containsExactly(0);
    }

    @Test
    void callsAtOnceWhatComesBackAfterItsTime() {
        task.advance(Duration.ofMinutes(2));
        assertThat(task.api.calls).hasSize(1);

        task.bringBack();
        assertThat(task.api.openCalls()).containsExactly(0);
    }

    @Test
    void dropsARecordOfAnotherAttempt() {
        read(0, 1);
        read(0, 3);
        assertThat(task.events).containsExactly("ended", "duplicate b/0", "duplicate b/0");
        task.advance(Duration.ofMinutes(2));
        assertThat(task.api.openCalls()).isEmpty();

        task.bringBack();
        assertThat(task.api.openCalls()).containsExactly(0);
    }

    @Test
    void dropsTheSameRecordWhenItsItemIsBackOrHasEnded() {
        read(0, 2);
        read(0, 2);
        task.advance(Duration.ofMinutes(2));
        read(0, 2);
        task.call(0).succeed("x");
        task.tick();
        read(0, 2);

        assertThat(task.events)
                .filteredOn(event -> event.startsWith("duplicate"))
                .containsExactly("duplicate b/0", "duplicate b/0", "duplicate b/0");
        assertThat(task.api.calls).hasSize(2);
        assertThat(task.onlyResult().attempts()).isEqualTo(2);
    }

    @Test
    void dropsARecordOfAnItemThatWasNeverAway() {
        task.send(request(1));
        read(1, 1);
        read(7, 2);

        assertThat(task.events).contains("duplicate b/1", "duplicate b/7");
        assertThat(task.lanes.size()).isEqualTo(2);
    }

    @Test
    void endsAnItemWhoseRecordCannotBeReadWithTheHeadersOfTheRecord() {
        byte[] key = ItemKeys.encode(new ItemKey("b", 0));
        read(key, "garbage".getBytes(UTF_8), new RecordHeaders().add(WireHeaders.ORDERED, new byte[0]));

        assertThat(task.onlyResult().error().message()).startsWith("The retry record could not be read");
        assertThat(task.onlyResult().attempts()).isEqualTo(1);
        assertThat(task.sent(Sinks.results("responses")).get(0).headers().lastHeader(WireHeaders.ORDERED))
                .isNotNull();
        assertThat(task.events).contains("UNREADABLE_RETRY at retries 0");
        assertThat(task.isEmpty()).isTrue();
    }

    @Test
    void leavesAnItemThatIsNotAwayWhenARecordWithItsKeyCannotBeRead() {
        task.send(request(1));
        read(ItemKeys.encode(new ItemKey("b", 1)), null);

        assertThat(task.results()).isEmpty();
        assertThat(task.deadLetters()).hasSize(1);
        task.call(1).succeed("x");
        task.tick();
        assertThat(task.onlyResult().success()).isTrue();
    }

    @Test
    void putsTheRetryBeforeWhatItsBatchHasNotCalledYet() {
        for (int i = 1; i < 5; i++) {
            task.send(request(i));
        }
        task.bringBack();
        task.advance(Duration.ofMinutes(2));
        assertThat(task.api.openCalls()).containsExactly(1, 2);

        task.call(1).succeed("x");
        task.tick();
        assertThat(task.api.openCalls()).containsExactly(2, 0);
    }

    @Test
    void keepsARequestInMemoryOnlyIfItsTimeIsSoon() {
        task.bringBack();
        assertThat(task.journal.get(new ItemKey("b", 0)).request())
                .as("at most 10 s")
                .isEmpty();

        task.send(request(1));
        task.call(1).retry(Duration.ofSeconds(60));
        task.tick();
        task.bringBack();
        assertThat(task.journal.get(new ItemKey("b", 1)).request()).isEqualTo(encode(request(1)));
    }
}
