package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.CallCase.START;
import static io.github.genaistreams.topology.call.CallCase.encode;
import static io.github.genaistreams.topology.call.CallCase.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The life of a request on a mock clock; what a broker decides is tested with a real one elsewhere. */
class CallProcessorTest {

    @RegisterExtension
    final CallCase test = new CallCase();

    @Test
    void answersARequestAndKeepsNothingOfIt() {
        test.send(request(0));
        assertThat(test.journal()).hasSize(1);

        test.call(0).succeed("hello");
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.success()).isTrue();
        assertThat(result.outputText()).isEqualTo("hello");
        assertThat(result.attempts()).isEqualTo(1);
        assertThat(result.submittedAt()).isEqualTo(START);
        assertThat(result.batchSize()).isEqualTo(100);
        assertThat(result.cost()).isEqualByComparingTo("0.25");
        assertThat(test.journal()).isEmpty();
        assertThat(test.lanes.size()).isZero();
    }

    @Test
    void carriesTheHeadersOfTheRequestToItsResultAlsoOverARetry() {
        var headers = new RecordHeaders().add("traceparent", "00-abc".getBytes(UTF_8));
        test.requests.pipeInput(new TestRecord<>(null, encode(request(0)), headers, START));

        test.call(0).retry(Duration.ZERO);
        test.tick();
        test.driver.advanceWallClockTime(Duration.ofSeconds(2));
        test.call(0).succeed("hello");
        test.tick();

        TestRecord<byte[], byte[]> result = test.results.readRecord();
        assertThat(result.headers().lastHeader("traceparent").value()).isEqualTo("00-abc".getBytes(UTF_8));
        assertThat(ItemKeys.decode(result.key())).isEqualTo(new ItemKey("b", 0));
    }

    @Test
    void doesNotCallAnItemAgainThatWasAnsweredUnlessItsRequestSaysSo() {
        test.send(request(0));
        test.call(0).succeed("first");
        test.tick();
        test.onlyResult();

        test.send(request(0));
        assertThat(test.api.openCalls()).isEmpty();
        assertThat(test.duplicates).containsExactly(new ItemKey("b", 0));

        for (int i = 0; i < 2; i++) {
            var again = new RecordHeaders().add(WireHeaders.RETRY, "retry-1".getBytes(UTF_8));
            test.requests.pipeInput(new TestRecord<>(null, encode(request(0)), again, START));
            if (i == 0) {
                test.call(0).succeed("second");
                test.tick();
            }
        }
        assertThat(test.api.openCalls()).isEmpty();
        assertThat(test.api.calls).hasSize(2);
        assertThat(test.onlyResult().outputText()).isEqualTo("second");
        assertThat(test.duplicates).hasSize(2);
    }

    @Test
    void forgetsThatAnItemWasAnsweredAfterAWhile() {
        test.send(request(0));
        test.call(0).succeed("first");
        test.tick();
        test.driver.advanceWallClockTime(BatchSettings.DEFAULTS.dedupRetention().plusMinutes(1));

        test.send(request(0));

        assertThat(test.api.openCalls()).containsExactly(0);
    }

    @Test
    void callsNoMoreAtOnceThanThereAreSlots() {
        for (int i = 0; i < 5; i++) {
            test.send(request(i));
        }
        assertThat(test.api.openCalls()).containsExactly(0, 1);

        test.call(1).succeed("x");
        test.tick();

        assertThat(test.api.openCalls()).containsExactly(0, 2);
    }

    /** Items of one key that wait for minutes keep nothing of another key from being read and called. */
    @Test
    void goesOnWithAnotherKeyWhileItemsOfOneWaitInBackOff() {
        for (int i = 0; i < 60; i++) {
            test.send(request(i).toBuilder().credential("a").build());
            test.call(i).retry(Duration.ofMinutes(2));
            test.tick();
        }
        assertThat(test.lanes.full(test.partitions())).isEmpty();
        assertThat(test.journal()).as("whole, and not in memory").hasSize(60);

        test.send(request(70).toBuilder().credential("b").build());
        assertThat(test.api.openCalls()).containsExactly(70);
        test.driver.advanceWallClockTime(Duration.ofMinutes(4));
        assertThat(test.api.openCalls()).hasSize(2).contains(70);
    }

    @Test
    void honoursTheBoundThatARequestHasForItsBatch() {
        test.requests.pipeInput(("{\"batch_id\":\"w\",\"model\":\"m\",\"max_concurrent_requests\":1,"
                        + "\"user_prompts\":[\"p\",\"q\"]}")
                .getBytes(UTF_8));
        test.send(request(7));
        assertThat(test.api.openCalls()).containsExactly(0, 7);

        test.call(7).succeed("x");
        test.tick();
        assertThat(test.api.openCalls()).containsExactly(0);
        test.call(0).retry(Duration.ofSeconds(60));
        test.tick();
        assertThat(test.api.openCalls()).containsExactly(1);
    }

    @Test
    void sendsAFailedAttemptThroughTheRetryTopicAndCallsAgainWhenDue() {
        test.send(request(0));
        test.call(0).retry(Duration.ofSeconds(30));
        test.tick();

        TestRecord<byte[], byte[]> retry = test.retries.readRecord();
        RetryRecord<ResponsesRequest> value = Codecs.RESPONSES_RETRY.decode(retry.value());
        assertThat(value.attempt()).isEqualTo(2);
        assertThat(value.request()).isEqualTo(request(0));
        assertThat(value.notBefore()).isAfterOrEqualTo(START.plusSeconds(30));
        assertThat(value.lastError().code()).isEqualTo("rate_limit_exceeded");
        assertThat(test.api.openCalls()).isEmpty();

        test.driver.advanceWallClockTime(Duration.ofSeconds(29));
        assertThat(test.api.openCalls()).isEmpty();
        test.driver.advanceWallClockTime(Duration.ofSeconds(5));
        assertThat(test.api.openCalls()).containsExactly(0);

        test.call(0).succeed("at last");
        test.tick();
        assertThat(test.onlyResult().attempts()).isEqualTo(2);
        assertThat(test.journal()).isEmpty();
    }

    @Test
    void failsWithTheLastErrorWhenTheRetriesAreUsedUp() {
        test.send(request(0).toBuilder().maxRetries(2).build());
        for (int attempt = 1; attempt <= 3; attempt++) {
            test.call(0).retry(Duration.ZERO);
            test.tick();
            test.driver.advanceWallClockTime(Duration.ofMinutes(2));
        }

        CallResult result = test.onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.attempts()).isEqualTo(3);
        assertThat(result.error().code()).isEqualTo("rate_limit_exceeded");
        assertThat(result.error().isRetriable()).isTrue();
        assertThat(test.api.calls).hasSize(3);
        assertThat(test.journal()).isEmpty();
    }

    @Test
    void failsAtOnceWhenTheOutcomeIsFinalAndKeepsWhatWasBilled() {
        test.send(request(0));
        test.call(0)
                .fail(new Answer(
                        JsonNodeFactory.instance.objectNode(),
                        "",
                        new Usage(1, null, 2, null, 3),
                        "m",
                        "req",
                        "failed",
                        "flex"));
        test.tick();

        CallResult result = test.onlyResult();
        assertThat(result.success()).isFalse();
        assertThat(result.usage().totalTokens()).isEqualTo(3);
        assertThat(result.requestId()).isEqualTo("req");
        assertThat(result.finish()).isEqualTo("failed");
        assertThat(result.serviceTier()).isEqualTo("flex");
    }

    /** Such as flex without capacity, where the API says as well that the same call is not to be made again. */
    @Test
    void callsTheLastFormOfARequestAlsoWhenTheOutcomeIsFinal() {
        test.api.lastResort = (request, error) ->
                request.fallsBackFromFlex() && error.code().equals("refused")
                        ? Optional.of(request.onDefaultTier())
                        : Optional.empty();
        var flex = request(0).toBuilder().serviceTier("flex").flexFallback(true).build();
        test.send(flex);
        test.api.end(failed("refused"));
        test.tick();

        assertThat(test.api.calls).hasSize(2);
        assertThat(test.api.calls.get(1).request()).isEqualTo(flex.onDefaultTier());
        test.api.end(failed("refused"));
        test.tick();
        assertThat(test.onlyResult().attempts()).isEqualTo(2);

        test.send(flex.toBuilder().index(1).build());
        test.api.end(failed("another error"));
        test.tick();
        assertThat(test.onlyResult().attempts()).isEqualTo(1);
    }

    private static CallOutcome failed(String code) {
        return new CallOutcome.Failed(new CallError("words", "type", code, null, false, 429), null, "req");
    }

    @Test
    void dropsARepeatOfARequestThatIsNotAnsweredYetInWhateverPhaseItIs() {
        test.send(request(0));
        test.send(request(0));
        test.call(0).retry(Duration.ofSeconds(30));
        test.tick();
        test.send(request(0));

        assertThat(test.duplicates).containsExactly(new ItemKey("b", 0), new ItemKey("b", 0));
        test.driver.advanceWallClockTime(Duration.ofMinutes(2));
        test.call(0).succeed("once");
        test.tick();
        assertThat(test.onlyResult().outputText()).isEqualTo("once");
        assertThat(test.api.calls).hasSize(2);
    }

    @Test
    void publishesTheTextOfAStreamAsItComesAndBeforeItsResult() {
        test.send(request(0));
        test.api.listener.onDelta(4, "The ");
        test.api.listener.onDelta(5, "Danube");
        test.tick();
        test.api.listener.onDelta(7, ".");
        test.call(0).succeed("The Danube.");
        test.tick();

        List<ResponseDelta> published = test.deltas.readValuesToList().stream()
                .map(Codecs.RESPONSE_DELTA::decode)
                .toList();
        assertThat(published)
                .containsExactly(new ResponseDelta("b", 0, 1, 5, "The Danube"), new ResponseDelta("b", 0, 1, 7, "."));
        assertThat(test.onlyResult().outputText()).isEqualTo("The Danube.");
    }

    @Test
    void isFullAtCapacityAndOpenAgainBelowIt() {
        for (int i = 0; i < 10; i++) {
            test.send(request(i));
        }
        var partition = new org.apache.kafka.common.TopicPartition(test.topics.requests("responses"), 0);
        assertThat(test.lanes.full(List.of(partition))).containsExactly(partition);

        test.call(0).succeed("x");
        test.tick();

        assertThat(test.lanes.full(List.of(partition))).isEmpty();
    }
}
