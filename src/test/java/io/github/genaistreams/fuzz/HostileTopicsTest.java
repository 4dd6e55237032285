package io.github.genaistreams.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.fuzz.GoodRecords.Sample;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.topology.PlainTopology;
import io.github.genaistreams.topology.StreamsSettings;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.call.ApiBinding;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * Whatever is written to the topics that a worker reads, and whatever the APIs answer: nothing ends the thread, and a sound batch
 * beside it is completed. On a mock clock, in one thread: an exception that passes a processor fails the test.
 */
class HostileTopicsTest {

    private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
    private static final int RECORD_MAX_BYTES = 150_000;
    private static final int GOOD_ITEMS = 100;

    private final Topics topics = Topics.withDefaultPrefix();
    private final Map<String, TestInputTopic<byte[], byte[]>> inputs = new HashMap<>();
    private final List<TestOutputTopic<byte[], byte[]>> outputs = new ArrayList<>();
    private final Map<Integer, Integer> goodResults = new HashMap<>();
    private BatchStatus goodStatus;
    private TestOutputTopic<byte[], byte[]> results;
    private TestOutputTopic<byte[], byte[]> statuses;
    private long largestOut;
    private long written;

    @TempDir
    Path stateDir;

    @ParameterizedTest
    @EnumSource(WireFormat.class)
    void goesOnWhateverIsWrittenToAnyTopic(WireFormat format) {
        flood(format, format.ordinal() + 1, 2_000, 70_000);
    }

    @Tag("long")
    @Test
    void goesOnForAMillionRecords() {
        for (int round = 0; round < 20; round++) {
            WireFormat format = round % 2 == 0 ? WireFormat.JSON : WireFormat.AVRO;
            flood(format, 100 + round, 50_000, round % 4 == 3 ? 70_000 : 2_000);
            System.out.printf("%tT: %,d records, 0 threads ended%n", System.currentTimeMillis(), written);
        }
    }

    /** So many hostile records, with a sound batch between them. */
    private void flood(WireFormat format, long seed, int records, int largest) {
        Logger logger = (Logger) LoggerFactory.getLogger("io.github.genaistreams");
        Level before = logger.getLevel();
        logger.setLevel(Level.OFF);
        goodResults.clear();
        goodStatus = null;
        try (TopologyTestDriver driver = start(format, seed)) {
            var hostile = new Hostile(seed, largest);
            for (int i = 0; i < records; i++) {
                if (i % (records / GOOD_ITEMS) == 0 && i / (records / GOOD_ITEMS) < GOOD_ITEMS) {
                    sendGood(i / (records / GOOD_ITEMS));
                }
                send(hostile, i);
                if (i % 10 == 0) {
                    driver.advanceWallClockTime(Duration.ofMillis(60));
                }
                if (i % 200 == 0) {
                    takeOut();
                }
            }
            for (int i = 0; i < 50; i++) {
                driver.advanceWallClockTime(Duration.ofSeconds(1));
            }
            takeOut();
        } finally {
            logger.setLevel(before);
        }
        written += records;

        assertThat(goodResults).hasSize(GOOD_ITEMS).allSatisfy((index, times) -> assertThat(times)
                .isEqualTo(1));
        assertThat(goodStatus.state()).isEqualTo(BatchStatus.State.COMPLETED);
        assertThat(goodStatus.succeeded()).isEqualTo(GOOD_ITEMS);
        assertThat(largestOut).isLessThan(RECORD_MAX_BYTES + Outbox.ENVELOPE_BYTES);
    }

    private void sendGood(int index) {
        ResponsesRequest request = ResponsesRequest.builder()
                .batchId(HostileApi.GOOD)
                .index(index)
                .batchSize(GOOD_ITEMS)
                .model("gpt-4o-mini")
                .userPrompt("Question " + index)
                .build();
        inputs.get(topics.requests("responses"))
                .pipeInput(new TestRecord<>(
                        null, Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON), new RecordHeaders(), START));
    }

    private void send(Hostile hostile, int i) {
        String batchId = "evil-" + i % 50;
        int index = i % 1_000;
        byte[] item = ItemKeys.encode(new ItemKey(i % 20 == 0 ? HostileApi.GOOD : batchId, index));
        byte[] batch = (i % 20 == 0 ? HostileApi.GOOD : batchId).getBytes(UTF_8);
        ResponsesRequest request = GoodRecords.request(batchId, index);
        DocumentRequest document = GoodRecords.document(batchId, index);
        switch (i % 7) {
            case 0 ->
                send(hostile, topics.requests("responses"), new Sample<>(Codecs.RESPONSES_REQUEST, request), item);
            case 1 ->
                send(hostile, topics.requests("documents"), new Sample<>(Codecs.DOCUMENT_REQUEST, document), item);
            case 2 ->
                send(
                        hostile,
                        topics.retries("responses"),
                        new Sample<>(Codecs.RESPONSES_RETRY, new RetryRecord<>(request, 2, START, null)),
                        item);
            case 3 ->
                send(
                        hostile,
                        topics.retries("documents"),
                        new Sample<>(Codecs.DOCUMENT_RETRY, new RetryRecord<>(document, 2, START, null)),
                        item);
            case 4 ->
                send(
                        hostile,
                        topics.results(),
                        new Sample<>(Codecs.CALL_RESULT, GoodRecords.result(batchId, index)),
                        item);
            case 5 ->
                send(hostile, topics.batchNotes(), new Sample<>(Codecs.BATCH_NOTE, GoodRecords.note(batchId)), batch);
            default ->
                send(
                        hostile,
                        topics.control(),
                        new Sample<>(Codecs.BATCH_CONTROL, GoodRecords.control(batchId)),
                        batch);
        }
    }

    private void send(Hostile hostile, String topic, Sample<?> sample, byte[] key) {
        Hostile.Written record = hostile.next(sample, key, START.toEpochMilli());
        inputs.get(topic)
                .pipeInput(new TestRecord<>(record.key(), record.value(), record.headers(), record.timestamp()));
    }

    /** What has come out, and is good. */
    private void takeOut() {
        outputs.forEach(topic -> topic.readRecordsToList().forEach(this::measure));
        results.readRecordsToList().forEach(record -> {
            measure(record);
            if (record.key() == null || !new String(record.key(), UTF_8).contains("\"" + HostileApi.GOOD + "\"")) {
                return;
            }
            CallResult result = Codecs.CALL_RESULT.decode(record.value());
            assertThat(result.outputText()).isEqualTo("answer to " + result.index());
            goodResults.merge(result.index(), 1, Integer::sum);
        });
        statuses.readRecordsToList().forEach(record -> {
            measure(record);
            if (record.value() != null && new String(record.key(), UTF_8).equals(HostileApi.GOOD)) {
                goodStatus = Codecs.BATCH_STATUS.decode(record.value());
            }
        });
    }

    private void measure(TestRecord<byte[], byte[]> record) {
        long bytes = record.value() == null ? 0 : record.value().length;
        for (var header : record.headers()) {
            bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
        }
        largestOut = Math.max(largestOut, bytes);
    }

    private TopologyTestDriver start(WireFormat format, long seed) {
        var settings = new BatchSettings(Duration.ofSeconds(1), Duration.ofDays(7), seed % 2 == 0, Duration.ofHours(1));
        var topology = PlainTopology.of(
                        topics, Codecs.CALL_RESULT, format, RECORD_MAX_BYTES, new Lanes(), CallEvents.NONE, settings)
                .build(List.of(
                        binding(
                                "responses",
                                RequestDecoder.responses(),
                                Codecs.RESPONSES_REQUEST,
                                Codecs.RESPONSES_RETRY,
                                seed),
                        binding(
                                "documents",
                                RequestDecoder.documents(),
                                Codecs.DOCUMENT_REQUEST,
                                Codecs.DOCUMENT_RETRY,
                                seed)));
        Properties properties = new StreamsSettings(
                        "test",
                        null,
                        stateDir.resolve(format + "-" + seed),
                        1,
                        200,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(5),
                        RECORD_MAX_BYTES,
                        Map.of("bootstrap.servers", "nowhere:1"))
                .toProperties();
        var driver = new TopologyTestDriver(topology, properties, START);
        inputs.clear();
        outputs.clear();
        for (String api : List.of("responses", "documents")) {
            input(driver, topics.requests(api));
            input(driver, topics.retries(api));
            outputs.add(output(driver, topics.requests(api)));
            outputs.add(output(driver, topics.retries(api)));
        }
        input(driver, topics.results());
        input(driver, topics.control());
        input(driver, topics.batchNotes());
        for (String topic : List.of(topics.resultsOrdered(), topics.control(), topics.deltas(), topics.deadLetters())) {
            outputs.add(output(driver, topic));
        }
        results = output(driver, topics.results());
        statuses = output(driver, topics.batches());
        return driver;
    }

    private static <Q extends ApiRequest> ApiBinding<Q> binding(
            String api, RequestDecoder<Q> decoder, Codec<Q> requests, Codec<RetryRecord<Q>> retries, long seed) {
        return new ApiBinding<>(
                api,
                decoder,
                requests,
                retries,
                new HostileApi<>(seed, START),
                new LaneSettings(20, 1_000, 1 << 24),
                Governors.NONE,
                HostileTopicsTest::price,
                true);
    }

    /** As careless as it may be. */
    private static Cost price(Answer answer) {
        if (answer.usage() == null) {
            return Cost.unknown("no usage, and the model is " + answer.model());
        }
        return answer.usage().inputTokens() % 2 == 0
                ? Cost.ofPicoUsd(
                        BigInteger.valueOf(answer.usage().inputTokens()).pow(2))
                : Cost.ofUsd(new BigDecimal("0.0000000000001"));
    }

    private void input(TopologyTestDriver driver, String topic) {
        inputs.put(topic, driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    private static TestOutputTopic<byte[], byte[]> output(TopologyTestDriver driver, String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
}
