package io.github.genaistreams.topology.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.PlainTopology;
import io.github.genaistreams.topology.StreamsSettings;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/** The part of the topology that counts results and puts them in order, on a mock clock. */
final class AssemblerCase implements AutoCloseable {

    static final Instant START = Instant.parse("2026-03-01T10:00:00Z");
    static final Duration INTERVAL = Duration.ofSeconds(1);
    static final Duration RETENTION = Duration.ofHours(1);

    private final Topics topics = Topics.withDefaultPrefix();

    private final Path stateDir;

    TopologyTestDriver driver;
    TestInputTopic<byte[], byte[]> results;
    private TestInputTopic<byte[], byte[]> control;
    TestInputTopic<byte[], byte[]> notes;
    TestOutputTopic<byte[], byte[]> statuses;
    TestOutputTopic<byte[], byte[]> ordered;
    TestOutputTopic<byte[], byte[]> controlOut;

    AssemblerCase(Path stateDir) {
        this.stateDir = stateDir;
        driver = driver(false);
    }

    TopologyTestDriver driver(boolean ordered) {
        var settings = new BatchSettings(INTERVAL, RETENTION, ordered, Duration.ofDays(1));
        var topology = PlainTopology.of(
                        topics, Codecs.CALL_RESULT, WireFormat.JSON, 1 << 20, new Lanes(), CallEvents.NONE, settings)
                .build(List.of());
        Properties properties = new StreamsSettings(
                        "test",
                        null,
                        stateDir.resolve(String.valueOf(ordered)),
                        1,
                        200,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(5),
                        1 << 20,
                        Map.of("bootstrap.servers", "nowhere:1"))
                .toProperties();
        var started = new TopologyTestDriver(topology, properties, START);
        results = input(started, topics.results());
        control = input(started, topics.control());
        notes = input(started, topics.batchNotes());
        statuses = output(started, topics.batches());
        this.ordered = output(started, topics.resultsOrdered());
        controlOut = output(started, topics.control());
        return started;
    }

    void restartOrdered() {
        driver.close();
        driver = driver(true);
    }

    @Override
    public void close() {
        driver.close();
    }

    /** The driver fires each punctuation once for each advance. */
    void ticks(int number) {
        for (int i = 0; i < number; i++) {
            driver.advanceWallClockTime(Duration.ofMillis(20));
        }
    }

    void say(BatchControl said) {
        control.pipeInput(said.batchId().getBytes(UTF_8), Codecs.BATCH_CONTROL.encode(said, WireFormat.JSON));
        // What the test says itself is not what it looks for.
        drain(controlOut);
    }

    void send(int index, Integer size) {
        results.pipeInput(record(result("b", index, size, true), new RecordHeaders()));
    }

    TestRecord<byte[], byte[]> record(CallResult result, Headers headers) {
        return new TestRecord<>(ItemKeys.encode(result.key()), encoded(result), headers, START);
    }

    static byte[] encoded(CallResult result) {
        return Codecs.CALL_RESULT.encode(result, WireFormat.JSON);
    }

    static CallResult result(String batchId, int index, Integer size, boolean success) {
        return CallResult.builder(new ItemKey(batchId, index), "responses")
                .batchSize(size)
                .success(success)
                .error(success ? null : new CallError("It went wrong", "server_error", null, null, true, 500))
                .attempts(1)
                .cost(new BigDecimal("0.001"))
                .submittedAt(START)
                .completedAt(START.plusSeconds(1))
                .build();
    }

    BatchStatus status() {
        return Codecs.BATCH_STATUS.decode(statuses.readRecord().value());
    }

    List<Integer> orderedIndexes() {
        return ordered.readKeyValuesToList().stream()
                .map(record -> ItemKeys.decode(record.key).index())
                .toList();
    }

    static List<BatchStatus> drain(TestOutputTopic<byte[], byte[]> topic) {
        return topic.readValuesToList().stream()
                .map(value -> {
                    try {
                        return Codecs.BATCH_STATUS.decode(value);
                    } catch (RuntimeException e) {
                        return null;
                    }
                })
                .toList();
    }

    private static TestInputTopic<byte[], byte[]> input(TopologyTestDriver driver, String topic) {
        return driver.createInputTopic(
                topic, new ByteArraySerializer(), new ByteArraySerializer(), START, Duration.ZERO);
    }

    private static TestOutputTopic<byte[], byte[]> output(TopologyTestDriver driver, String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    void note(BatchNote note) {
        notes.pipeInput(note.batchId().getBytes(UTF_8), Codecs.BATCH_NOTE.encode(note, WireFormat.JSON));
    }
}
