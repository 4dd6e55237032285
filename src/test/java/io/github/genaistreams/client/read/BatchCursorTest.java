package io.github.genaistreams.client.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.client.kafka.KafkaSettings;
import io.github.genaistreams.client.kafka.OpenResources;
import io.github.genaistreams.client.read.EarlyResults.Pending;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.ResultSummary;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import io.github.genaistreams.wire.WriterSchemas;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** A reading that is stopped anywhere and goes on from its position, as often as it likes, gives each result once. */
class BatchCursorTest {

    private static final TopicPartition PARTITION = new TopicPartition("genai.results", 0);

    private final ResultTopic topic = topic();

    private static ResultTopic topic() {
        var settings = new KafkaSettings(Map.of("bootstrap.servers", "localhost:1"));
        var cluster = new Cluster(settings);
        WriterSchemas none = WriterSchemas.NONE;
        return new ResultTopic(
                settings,
                cluster,
                none,
                Topics.withDefaultPrefix(),
                null,
                new Statuses(settings, cluster, none, "genai.batches"),
                new OpenResources(),
                1_000);
    }

    @Test
    void hasNoHeadersBeforeItsFirstResult() {
        try (var early = new EarlyResults(1_000)) {
            var cursor = new BatchCursor(
                    new SeenBatch("b", null, null, null),
                    Selection.snapshot(),
                    PARTITION,
                    0,
                    0,
                    topic,
                    new LookAhead(topic, Map.of(), Set.of()),
                    early);

            assertThat(cursor.headers(-1)).isEmpty();
        }
    }

    @Property(tries = 300)
    void givesEachResultOnceHoweverOftenItIsStopped(
            @ForAll @IntRange(min = 1, max = 150) int size, @ForAll boolean inOrder, @ForAll long seed) {
        var random = new Random(seed);
        List<ConsumerRecord<byte[], byte[]>> log = log(size, random);
        List<Integer> given = new ArrayList<>();
        Selection selection = Selection.follow(inOrder);

        ReadPosition position = null;
        for (int reading = 0; given.size() < size; reading++) {
            assertThat(reading).isLessThan(1_000);
            position = readSome(log, position == null ? selection : selection.from(position), given, random);
            position = ReadPosition.parse(position.toString());
        }

        assertThat(given).doesNotHaveDuplicates().hasSize(size);
        if (inOrder) {
            assertThat(given).isSorted();
        }
    }

    @Property(tries = 100)
    void givesTheRestInOrderAfterAReadingThatWasNot(@ForAll @IntRange(min = 1, max = 150) int size, @ForAll long seed) {
        var random = new Random(seed);
        List<ConsumerRecord<byte[], byte[]>> log = log(size, random);
        List<Integer> given = new ArrayList<>();

        ReadPosition position = readSome(log, Selection.follow(false), given, random);
        List<Integer> rest = new ArrayList<>();
        while (given.size() + rest.size() < size) {
            position = readSome(log, Selection.follow(true).from(position), rest, random);
        }

        assertThat(rest).isSorted();
        rest.addAll(given);
        assertThat(rest).doesNotHaveDuplicates().hasSize(size);
    }

    /** Its end was asked for before the records behind it came. */
    @Property(tries = 50)
    void doesNotLoseWhatIsBehindTheEndOfASnapshot(@ForAll @IntRange(min = 2, max = 100) int size, @ForAll long seed) {
        var random = new Random(seed);
        List<ConsumerRecord<byte[], byte[]>> log = log(size, random);
        long end = log.size() / 2;
        Queue<Pending> ready = new ArrayDeque<>();
        List<Integer> given = new ArrayList<>();
        ReadPosition position;
        try (var early = new EarlyResults(1_000)) {
            var cursor = new BatchCursor(
                    new SeenBatch("b", null, null, null),
                    Selection.snapshot(),
                    PARTITION,
                    0,
                    end,
                    topic,
                    new LookAhead(topic, Map.of(PARTITION, 0L), Set.of("b")),
                    early);
            log.forEach(record -> cursor.take(record, ready));
            while (!ready.isEmpty()) {
                CallResult result = cursor.read(ready.element());
                cursor.given(ready.remove(), result);
                given.add(result.index());
            }
            position = cursor.position();
        }
        for (int reading = 0; given.size() < size; reading++) {
            assertThat(reading).isLessThan(1_000);
            position = readSome(log, Selection.follow(true).from(position), given, random);
        }
        assertThat(given).doesNotHaveDuplicates();
    }

    @Example
    void countsAResultWhoseHeaderCanBeReadButNotItsValue() {
        CallResult result = CallResult.builder(new ItemKey("b", 0), "responses")
                .success(true)
                .batchSize(1)
                .submittedAt(Instant.EPOCH)
                .completedAt(Instant.EPOCH)
                .build();
        byte[] value = "{".getBytes(StandardCharsets.UTF_8);
        var record =
                new ConsumerRecord<>(PARTITION.topic(), PARTITION.partition(), 0, ItemKeys.encode(result.key()), value);
        record.headers()
                .add(WireHeaders.SUMMARY, ResultSummary.of(result, value).orElseThrow());
        Queue<Pending> ready = new ArrayDeque<>();
        try (var early = new EarlyResults(1_000)) {
            var cursor = new BatchCursor(
                    new SeenBatch("b", null, null, null),
                    Selection.snapshot(),
                    PARTITION,
                    0,
                    1,
                    topic,
                    new LookAhead(topic, Map.of(PARTITION, 0L), Set.of("b")),
                    early);
            cursor.take(record, ready);

            CallResult read = cursor.read(ready.element());

            assertThat(read.key()).isEqualTo(result.key());
            assertThat(read.error().message()).contains("The answer in the record cannot be read");
            assertThat(cursor.tally().progress().received()).isEqualTo(1);
        }
    }

    @Example
    void tellsWhatWasThereBeforeItBegan() {
        List<ConsumerRecord<byte[], byte[]>> log = log(20, new Random(1));
        try (var early = new EarlyResults(1_000)) {
            var lookAhead = new LookAhead(topic, Map.of(PARTITION, 5L), Set.of("b"));
            var cursor = new BatchCursor(
                    new SeenBatch("b", null, null, null),
                    Selection.follow(false),
                    PARTITION,
                    0,
                    Long.MAX_VALUE,
                    topic,
                    lookAhead,
                    early);
            Queue<Pending> ready = new ArrayDeque<>();
            log.subList(0, 5).forEach(record -> cursor.take(record, ready));
            int before = cursor.tally().progress().received();
            assertThat(cursor.earlier()).isEqualTo(before).isPositive();

            log.subList(5, log.size()).forEach(record -> cursor.take(record, ready));
            assertThat(cursor.earlier()).isEqualTo(before);
            assertThat(cursor.tally().progress().received()).isGreaterThan(before);
            cursor.given(ready.element(), cursor.read(ready.remove()));

            var next = new BatchCursor(
                    new SeenBatch("b", null, null, null),
                    Selection.follow(false).from(cursor.position()),
                    PARTITION,
                    0,
                    Long.MAX_VALUE,
                    topic,
                    lookAhead,
                    early);
            assertThat(next.earlier()).isEqualTo(1);
        }
    }

    /** Reads from the position on, in polls of a random size, takes some of what is due, and stops. */
    private ReadPosition readSome(
            List<ConsumerRecord<byte[], byte[]>> log, Selection selection, List<Integer> given, Random random) {
        try (var early = new EarlyResults(1_000)) {
            int next = selection.from().map(from -> (int) from.offset()).orElse(0);
            var batch = new SeenBatch("b", null, null, null);
            var lookAhead = new LookAhead(topic, Map.of(PARTITION, 0L), Set.of("b"));
            var cursor = new BatchCursor(batch, selection, PARTITION, next, Long.MAX_VALUE, topic, lookAhead, early);
            Queue<Pending> ready = new ArrayDeque<>();
            int taken = random.nextInt(40);
            while (taken > 0 && (next < log.size() || !ready.isEmpty())) {
                for (int polled = random.nextInt(20); polled > 0 && next < log.size(); polled--) {
                    cursor.take(log.get(next++), ready);
                }
                for (; taken > 0 && !ready.isEmpty() && random.nextInt(4) > 0; taken--) {
                    CallResult result = cursor.read(ready.element());
                    assertThat(result.outputText()).isEqualTo("answer " + result.index());
                    cursor.given(ready.remove(), result);
                    assertThat(HeaderTexts.of(cursor.headers(result.index()), "name"))
                            .isEqualTo("é" + result.index());
                    given.add(result.index());
                }
            }
            assertThat(cursor.tally().progress().received()).isGreaterThanOrEqualTo(given.size());
            return cursor.position();
        }
    }

    /** In any order, and now and then an index twice, as a writer without transactions would. */
    private static List<ConsumerRecord<byte[], byte[]>> log(int size, Random random) {
        List<Integer> indexes = new ArrayList<>(IntStream.range(0, size).boxed().toList());
        IntStream.range(0, size / 10).forEach(i -> indexes.add(random.nextInt(size)));
        Collections.shuffle(indexes, random);
        List<ConsumerRecord<byte[], byte[]>> log = new ArrayList<>();
        for (int index : indexes) {
            CallResult result = CallResult.builder(new ItemKey("b", index), "responses")
                    .success(true)
                    .batchSize(size)
                    .outputText("answer " + index)
                    .submittedAt(Instant.EPOCH)
                    .completedAt(Instant.EPOCH)
                    .build();
            var record = new ConsumerRecord<>(
                    PARTITION.topic(),
                    PARTITION.partition(),
                    log.size(),
                    ItemKeys.encode(result.key()),
                    Codecs.CALL_RESULT.encode(result, WireFormat.JSON));
            record.headers().add("name", ("é" + index).getBytes(StandardCharsets.UTF_8));
            if (random.nextBoolean()) {
                record.headers()
                        .add(
                                WireHeaders.SUMMARY,
                                ResultSummary.of(result, record.value()).orElseThrow());
            }
            log.add(record);
        }
        return log;
    }
}
