package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.CallCase.RECORD_MAX_BYTES;
import static io.github.genaistreams.topology.call.CallCase.START;
import static io.github.genaistreams.topology.call.CallCase.encode;
import static io.github.genaistreams.topology.call.CallCase.header;
import static io.github.genaistreams.topology.call.CallCase.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a record that names no item, or of an item that cannot be called. */
class RefusedRecordsTest {

    @RegisterExtension
    final CallCase test = new CallCase();

    @Test
    void keepsTheHeadersThatABatchNeedsWhenARequestHasTooManyToCarry() {
        var headers =
                new RecordHeaders().add(WireHeaders.ORDERED, new byte[0]).add("large", new byte[RECORD_MAX_BYTES]);
        test.requests.pipeInput(new TestRecord<>(null, encode(request(0)), headers, START));

        TestRecord<byte[], byte[]> result = test.results.readRecord();
        assertThat(Codecs.CALL_RESULT.decode(result.value()).error().code()).isEqualTo("request_too_large");
        assertThat(result.headers().lastHeader(WireHeaders.ORDERED)).isNotNull();
        assertThat(result.headers().lastHeader("large")).isNull();
    }

    @Test
    void theStatusOfABatchCountsItsDeadLettersAndRepeats() {
        test.requests.pipeInput(
                "{\"batch_id\":\"b\",\"batch_size\":7,\"model\":\"m\",\"user_prompt\":\"p\"}".getBytes(UTF_8));
        test.requests.pipeInput(
                "{\"batch_id\":\"b\",\"index\":-1,\"model\":\"m\",\"user_prompt\":\"p\"}".getBytes(UTF_8));
        test.requests.pipeInput("no JSON".getBytes(UTF_8));
        test.send(request(0));
        test.send(request(0));
        test.call(0).succeed("x");
        test.tick();
        test.send(request(0));
        test.driver.advanceWallClockTime(Duration.ofSeconds(2));

        BatchStatus status = test.latestStatus();
        assertThat(status.deadLetters()).isEqualTo(2);
        assertThat(status.deadLetterReason()).isEqualTo("`index` is missing");
        assertThat(status.repeats()).isEqualTo(2);
        assertThat(status.total()).isEqualTo(100);
        assertThat(test.results.readRecordsToList())
                .as("nothing else on the topic")
                .hasSize(1);
        assertThat(test.deadLetters.readRecordsToList()).hasSize(3);
    }

    @Test
    void countsADeadLetterNoMoreWhenItIsReplayedAndCanBeRead() {
        test.requests.pipeInput("{\"batch_id\":\"b\",\"model\":\"m\",\"user_prompt\":\"p\"}".getBytes(UTF_8));
        assertThat(test.latestStatus().deadLetters()).isEqualTo(1);
        var replayed = new RecordHeaders().add(WireHeaders.REPLAYED_FROM, "d-0@0".getBytes(UTF_8));

        test.requests.pipeInput(new TestRecord<>(null, encode(request(0)), replayed, START));
        test.driver.advanceWallClockTime(Duration.ofSeconds(2));

        assertThat(test.latestStatus().deadLetters()).isZero();
        assertThat(test.api.openCalls()).containsExactly(0);
    }

    @Test
    void countsADeadLetterOnceHoweverOftenItIsReplayedInVain() {
        byte[] unnamed = "{\"batch_id\":\"b\",\"model\":\"m\",\"user_prompt\":\"p\"}".getBytes(UTF_8);
        test.requests.pipeInput(unnamed);
        test.requests.pipeInput(unnamed);
        for (int replay = 0; replay < 3; replay++) {
            var replayed = new RecordHeaders().add(WireHeaders.REPLAYED_FROM, "d-0@0".getBytes(UTF_8));
            test.requests.pipeInput(new TestRecord<>(null, unnamed, replayed, START));
        }
        test.driver.advanceWallClockTime(Duration.ofSeconds(2));

        assertThat(test.latestStatus().deadLetters()).isEqualTo(2);
        assertThat(test.deadLetters.readRecordsToList()).hasSize(5);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "garbage",
                "{}",
                "{\"attempt\":2}",
                "{\"request\":null,\"attempt\":2,\"not_before\":\"2026-01-01T00:00:00Z\"}",
                "{\"request\":{\"index\":0,\"model\":\"m\",\"user_prompt\":\"p\"},\"attempt\":2,\"not_before\":\"2026-01-01T00:00:00Z\"}",
                "{\"request\":{\"batch_id\":\"b\",\"index\":-1,\"model\":\"m\",\"user_prompt\":\"p\"},\"attempt\":2}",
                "{\"request\":{\"batch_id\":\"b\",\"index\":0,\"user_prompt\":\"p\"},\"attempt\":2,\"not_before\":\"2026-01-01T00:00:00Z\"}"
            })
    void endsTheItemOfARetryRecordThatCannotBeReadAndGoesOn(String value) {
        test.send(request(0));
        test.call(0).retry(Duration.ZERO);
        byte[] damaged = value == null ? null : value.getBytes(UTF_8);
        byte[] away = ItemKeys.encode(new ItemKey("b", 0));
        // The item's own retry record is behind the first of these.
        for (byte[] key : new byte[][] {away, null, "null".getBytes(UTF_8), "{}".getBytes(UTF_8), new byte[] {1}}) {
            test.retriesIn.pipeInput(new TestRecord<>(key, damaged, new RecordHeaders(), START));
        }

        assertThat(test.deadLetters.readValuesToList()).hasSize(5).allSatisfy(letter -> assertThat(letter)
                .isEqualTo(damaged));
        test.send(request(1));
        test.tick();
        test.call(1).succeed("goes on");
        test.tick();
        List<CallResult> answered = test.results.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .toList();
        assertThat(answered).extracting(CallResult::index).containsExactly(0, 1);
        assertThat(answered.get(0).error().message()).startsWith("The retry record could not be read");
        assertThat(answered.get(1).outputText()).isEqualTo("goes on");
        assertThat(test.journal()).isEmpty();
    }

    @Test
    void answersAnInvalidRequestWithAFailedResultThatNamesTheField() {
        test.requests.pipeInput(
                "{\"batch_id\":\"b\",\"index\":3,\"model\":\"m\",\"user_prompt\":\"p\",\"temprature\":1}"
                        .getBytes(UTF_8));

        CallResult result = test.onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.index()).isEqualTo(3);
        assertThat(result.attempts()).isZero();
        assertThat(result.error().param()).isEqualTo("temprature");
        assertThat(result.error().message()).contains("temperature");
        assertThat(test.api.calls).isEmpty();
    }

    @Test
    void answersWhatTheApiClientRefusesWithoutCallingIt() {
        test.api.refusal =
                request -> CallError.invalidRequest("temperature", "temperature must be between 0 and 2, is 9");
        test.send(request(0));

        assertThat(test.onlyResult().error().param()).isEqualTo("temperature");
        assertThat(test.api.calls).isEmpty();
        assertThat(test.journal()).isEmpty();
    }

    @Test
    void sendsWhatNamesNoItemToTheDeadLettersAsItCame() {
        test.requests.pipeInput(
                new TestRecord<>("k".getBytes(UTF_8), "not json".getBytes(UTF_8), new RecordHeaders(), START));
        test.requests.pipeInput(new TestRecord<>("k".getBytes(UTF_8), null, new RecordHeaders(), START));

        TestRecord<byte[], byte[]> dead = test.deadLetters.readRecord();
        assertThat(dead.key()).isEqualTo("k".getBytes(UTF_8));
        assertThat(dead.value()).isEqualTo("not json".getBytes(UTF_8));
        assertThat(header(dead, WireHeaders.DEAD_LETTER_TOPIC)).isEqualTo("genai.responses.requests");
        assertThat(header(dead, WireHeaders.DEAD_LETTER_PARTITION)).isEqualTo("0");
        assertThat(header(dead, WireHeaders.DEAD_LETTER_OFFSET)).isEqualTo("0");
        assertThat(header(dead, WireHeaders.DEAD_LETTER_REASON)).isNotBlank();
        assertThat(test.deadLetters.readRecord().value()).isNull();
        assertThat(test.results.isEmpty()).isTrue();
    }

    @Test
    void refusesARequestTooLargeToBeRetried() {
        test.send(
                request(0).toBuilder().userPrompt("x".repeat(RECORD_MAX_BYTES)).build());

        assertThat(test.onlyResult().error().code()).isEqualTo("request_too_large");
        assertThat(test.api.calls).isEmpty();
    }

    @Test
    void sendsARetryThatCannotBeReadToTheDeadLetters() {
        test.retriesIn.pipeInput(ItemKeys.encode(new ItemKey("b", 9)), "garbage".getBytes(UTF_8));
        test.retriesIn.pipeInput((byte[]) null, (byte[]) null);

        TestRecord<byte[], byte[]> letter = test.deadLetters.readRecord();
        assertThat(letter.value()).isEqualTo("garbage".getBytes(UTF_8));
        String time = new String(
                letter.headers().lastHeader(WireHeaders.DEAD_LETTER_TIMESTAMP).value(), UTF_8);
        assertThat(Long.parseLong(time)).as("no time of 1970").isGreaterThanOrEqualTo(START.toEpochMilli());
        assertThat(test.deadLetters.readRecord().value()).isNull();
        assertThat(test.results.isEmpty()).isTrue();
    }

    @Test
    void ignoresARetryOfAnItemItDoesNotKnow() {
        var stray = new RetryRecord<>(request(7), 2, START, new CallError("x", "x", null, null, true, 500));
        test.retriesIn.pipeInput(
                ItemKeys.encode(new ItemKey("b", 7)), Codecs.RESPONSES_RETRY.encode(stray, WireFormat.JSON));

        assertThat(test.duplicates).containsExactly(new ItemKey("b", 7));
        assertThat(test.api.calls).isEmpty();
        assertThat(test.lanes.size()).isZero();
    }
}
