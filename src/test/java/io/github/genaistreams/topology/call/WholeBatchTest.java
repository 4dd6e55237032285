package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.CallCase.START;
import static io.github.genaistreams.topology.call.CallCase.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A request with a whole batch becomes its items. */
class WholeBatchTest {

    @RegisterExtension
    final CallCase test = new CallCase();

    @Test
    void splitsAWholeBatchOverThePartitionsOfTheRequestTopic() {
        test.requests.pipeInput(new TestRecord<>(
                null,
                "{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[\"p\",\"q\",\"r\"]}".getBytes(UTF_8),
                new RecordHeaders().add("trace", "t-1".getBytes(UTF_8)),
                START));

        // The test driver brings them round: its request topic has one partition.
        assertThat(test.split).containsExactly("w: 3");
        List<CallResult> answered = new ArrayList<>();
        for (int call = 0; call < 3; call++) {
            test.call(call).succeed("answer");
            test.tick();
            answered.add(test.onlyResult());
        }
        assertThat(answered).extracting(CallResult::index).containsExactly(0, 1, 2);
        assertThat(answered).allSatisfy(result -> assertThat(result.batchSize()).isEqualTo(3));
    }

    @Test
    void splitsALargeBatchInHalvesOfWhichEachTurnSendsABoundedPart() {
        int items = 5_000;
        test.api.refusal = request -> CallError.invalidRequest("user_prompt[0]", "`user_prompt[0]` is refused here");
        String prompts =
                IntStream.range(0, items).mapToObj(i -> "\"p" + i + "\"").collect(Collectors.joining(","));
        TestOutputTopic<byte[], byte[]> sent = test.output(test.topics.requests("responses"));

        test.requests.pipeInput(new TestRecord<>(
                null,
                ("{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[" + prompts + "]}").getBytes(UTF_8),
                new RecordHeaders().add("trace", "t-1".getBytes(UTF_8)),
                START));

        assertThat(test.split).containsExactly("w: " + items);
        Map<Boolean, List<TestRecord<byte[], byte[]>>> all = sent.readRecordsToList().stream()
                .collect(Collectors.partitioningBy(
                        record -> record.headers().lastHeader(WireHeaders.BATCH_PART) != null));
        // 2 of 2,500, 4 of 1,250, 8 of 625, of which each is one turn.
        assertThat(all.get(true)).hasSize(14);
        assertThat(all.get(false)).hasSize(items).allSatisfy(record -> {
            ResponsesRequest item = Codecs.RESPONSES_REQUEST.decode(record.value());
            assertThat(item.userPrompt().toString()).contains("p" + item.index());
            assertThat(item.batchSize()).isEqualTo(items);
            assertThat(header(record, "trace")).isEqualTo("t-1");
        });
        assertThat(test.results.readValuesToList().stream()
                        .map(Codecs.CALL_RESULT::decode)
                        .map(CallResult::index)
                        .sorted())
                .containsExactlyElementsOf(IntStream.range(0, items).boxed().toList());
    }

    @Test
    void refusesAWholeBatchOnceForWhatIsCommonToItsItems() {
        test.api.refusal = request -> CallError.invalidRequest("temperature", "`temperature` must be at most 2");
        test.requests.pipeInput("{\"batch_id\":\"w\",\"model\":\"m\",\"temperature\":5,\"user_prompts\":[\"p\",\"q\"]}"
                .getBytes(UTF_8));

        CallResult refused = test.onlyResult();
        assertThat(refused.index()).isZero();
        assertThat(refused.batchSize()).isEqualTo(1);
        assertThat(refused.error().param()).isEqualTo("temperature");
    }

    @Test
    void refusesAWholeBatchOnceAlsoIfItsFirstItemHasAMistakeOfItsOwn() {
        test.api.refusal = request -> request.index() == 0
                ? CallError.invalidRequest("user_prompt[0].role", "`user_prompt[0].role` is missing")
                : CallError.invalidRequest("temperature", "`temperature` must be at most 2");
        test.requests.pipeInput(
                "{\"batch_id\":\"w\",\"model\":\"m\",\"temperature\":5,\"user_prompts\":[[{}],\"q\",\"r\"]}"
                        .getBytes(UTF_8));

        CallResult refused = test.onlyResult();
        assertThat(refused.batchSize()).isEqualTo(1);
        assertThat(refused.error().param()).isEqualTo("temperature");
    }

    @Test
    void callsTheOtherItemsOfAWholeBatchWhenOneIsRefusedForItself() {
        test.api.refusal = request -> request.index() == 0
                ? CallError.invalidRequest("user_prompt[0].role", "`user_prompt[0].role` is missing")
                : null;
        test.requests.pipeInput("{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[[{}],\"q\"]}".getBytes(UTF_8));

        assertThat(test.onlyResult().error().param()).isEqualTo("user_prompt[0].role");
        assertThat(test.api.openCalls()).containsExactly(1);
    }
}
