package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.OneTask.RECORD_MAX_BYTES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is sent for one record with a whole batch; {@link WholeBatchTest} brings all of it back. */
class SplittingTest {

    private final OneTask task = new OneTask();

    private static String batch(String common, int items) {
        return "{\"batch_id\":\"w\",\"model\":\"m\"" + common + ",\"user_prompts\":["
                + IntStream.range(0, items).mapToObj(i -> "\"p" + i + "\"").collect(Collectors.joining(",")) + "]}";
    }

    private void read(String value) {
        read(InputTopic.REQUESTS, value.getBytes(UTF_8), new RecordHeaders());
    }

    private void read(InputTopic topic, byte[] value, Headers headers) {
        task.read(topic, null, value, headers);
    }

    private List<Record<Object, Object>> sent() {
        return task.sent(Sinks.items("responses"));
    }

    private static String header(Record<?, ?> record, String key) {
        Header header = record.headers().lastHeader(key);
        return header == null ? null : new String(header.value(), UTF_8);
    }

    private List<String> parts() {
        return sent().stream()
                .map(record -> header(record, WireHeaders.BATCH_PART))
                .toList();
    }

    @Test
    void sendsEachItemUnderItsOwnName() {
        read(batch(",\"temperature\":1", 3));

        assertThat(sent())
                .extracting(Record::key)
                .containsExactly(new ItemKey("w", 0), new ItemKey("w", 1), new ItemKey("w", 2));
        assertThat(sent().get(2).value()).isInstanceOfSatisfying(byte[].class, value -> {
            var item = Codecs.RESPONSES_REQUEST.decode(value);
            assertThat(item.index()).isEqualTo(2);
            assertThat(item.batchSize()).isEqualTo(3);
            assertThat(item.temperature()).isEqualTo(1);
        });
        assertThat(task.events).containsExactly("split w 3");
        assertThat(task.isEmpty()).isTrue();
    }

    @Test
    void tellsEachItemWhenItsBatchWasSubmittedAndNothingAnybodyForged() {
        var headers = new RecordHeaders()
                .add("trace", "t".getBytes(UTF_8))
                .add(WireHeaders.SUBMITTED_AT, "7".getBytes(UTF_8));
        task.write(InputTopic.REQUESTS, null, batch("", 1).getBytes(UTF_8), headers);
        task.advance(Duration.ofSeconds(5));
        task.readAt(InputTopic.REQUESTS, 0);

        assertThat(sent()).hasSize(1).allSatisfy(record -> {
            assertThat(header(record, "trace")).isEqualTo("t");
            assertThat(header(record, WireHeaders.SUBMITTED_AT)).isEqualTo("7");
            assertThat(record.timestamp()).isEqualTo(task.now());
        });
    }

    @Test
    void sendsTheItemsOfAnUrgentBatchToTheUrgentTopic() {
        read(InputTopic.URGENT, batch("", 2).getBytes(UTF_8), new RecordHeaders());

        assertThat(task.sent(Sinks.urgentItems("responses"))).hasSize(2);
        assertThat(sent()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1000, 1000", "1001, 2"})
    void sendsATurnsWorkAtOnceAndMoreAsTwoHalves(int items, int records) {
        read(batch("", items));

        assertThat(sent()).hasSize(records);
        assertThat(task.events).containsExactly("split w " + items);
    }

    /** Common fields are repeated in each item. */
    @Test
    void countsTheBytesOfAllItemsAsWork() {
        String common = ",\"system_prompt\":\"" + "i".repeat(90_000) + "\"";
        read(batch(common, 45));
        assertThat(sent()).hasSize(45);

        read(batch(common, 46));
        assertThat(sent()).hasSize(47);
    }

    @Test
    void dividesInTheMiddleAndCountsOnFromThePart() {
        read(batch("", 2_501));
        assertThat(parts()).containsExactly("0/2501", "1250/2501");
        assertThat(sent())
                .as("they may go to different partitions")
                .extracting(Record::key)
                .containsExactly(new ItemKey("w", 0), new ItemKey("w", 1250));

        Record<Object, Object> second = sent().get(1);
        read(InputTopic.REQUESTS, (byte[]) second.value(), second.headers());
        assertThat(parts().subList(2, 4)).containsExactly("1250/2501", "1875/2501");
        Record<Object, Object> last = sent().get(3);
        read(InputTopic.REQUESTS, (byte[]) last.value(), last.headers());

        List<Record<Object, Object>> items = sent().subList(4, sent().size());
        assertThat(items)
                .extracting(Record::key)
                .startsWith(new ItemKey("w", 1875))
                .endsWith(new ItemKey("w", 2500));
        assertThat(items).hasSize(626).allMatch(item -> header(item, WireHeaders.BATCH_PART) == null);
        assertThat(task.events).as("the batch once").containsExactly("split w 2501");
        assertThat(header(items.get(0), WireHeaders.SUBMITTED_AT))
                .isEqualTo(Long.toString(OneTask.START.toEpochMilli()));
    }

    @Test
    void refusesABatchThatWouldBecomeTooManyBytes() {
        String common = ",\"system_prompt\":\"" + "i".repeat(100_000) + "\"";
        read(batch(common, 2_700));

        assertThat(sent()).isEmpty();
        assertThat(task.onlyResult().error().code()).isEqualTo("batch_too_large");
        assertThat(task.onlyResult().batchSize()).isEqualTo(1);
        assertThat(task.events).isEmpty();

        read(batch(common, 2_600));
        assertThat(sent()).as("but not one of a little less").hasSize(2);
    }

    @Test
    void refusesARecordThatIsTooLargeWithoutItsHeaders() {
        var headers =
                new RecordHeaders().add(WireHeaders.ORDERED, new byte[0]).add("large", new byte[RECORD_MAX_BYTES]);
        read(InputTopic.REQUESTS, batch("", 2).getBytes(UTF_8), headers);

        assertThat(task.onlyResult().error().code()).isEqualTo("request_too_large");
        Record<Object, Object> result = task.sent(Sinks.results("responses")).get(0);
        assertThat(header(result, WireHeaders.ORDERED)).isNotNull();
        assertThat(header(result, "large")).isNull();
    }

    @Test
    void refusesOnlyTheItemThatDoesNotFitInARecordOfItsOwn() {
        // In JSON, a record of its own has more fields than its place in the list.
        int room = RECORD_MAX_BYTES - Outbox.FRAME_BYTES - batch("", 0).length();
        String large = "{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[\"p\",\"" + "x".repeat(room - 8) + "\"]}";
        read(large);

        assertThat(sent()).extracting(Record::key).containsExactly(new ItemKey("w", 0));
        assertThat(task.onlyResult().index()).isEqualTo(1);
        assertThat(task.onlyResult().batchSize()).isEqualTo(2);
        assertThat(task.onlyResult().error().code()).isEqualTo("request_too_large");
    }

    @Test
    void asksWhetherABatchIsRefusedOnceForAllOfItsParts() {
        List<Integer> asked = new ArrayList<>();
        task.api.refusal = request -> {
            asked.add(request.index());
            return request.index() == 0 ? CallError.invalidRequest("user_prompt", "`user_prompt` is bad") : null;
        };
        read(batch("", 1_001));
        assertThat(asked).containsExactly(0, 1);

        Record<Object, Object> half = sent().get(0);
        read(InputTopic.REQUESTS, (byte[]) half.value(), half.headers());
        assertThat(asked).hasSize(2);
        assertThat(task.results()).extracting(CallResult::error).isEmpty();
    }

    @Test
    void refusesABatchOnceForWhatIsCommonToItsItems() {
        task.api.refusal = request -> CallError.invalidRequest("temperature", "`temperature` is bad");
        read(batch("", 2));

        assertThat(sent()).isEmpty();
        assertThat(task.onlyResult().batchSize()).isEqualTo(1);
        assertThat(task.events).isEmpty();
    }

    @Test
    void splitsABatchOfWhichEachItemIsRefusedForItself() {
        task.api.refusal = request -> CallError.invalidRequest("user_prompt[0]", "`user_prompt[0]` is bad");
        read(batch("", 2));

        assertThat(sent()).hasSize(2);
        assertThat(task.results()).isEmpty();
    }
}
