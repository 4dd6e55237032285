package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Pace;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.sandbox.TemporaryDirectory;
import io.github.genaistreams.topology.FakeApi;
import io.github.genaistreams.topology.GenAiTopology;
import io.github.genaistreams.topology.StreamsSettings;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.topic.KeptTopics;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The topology with one API, whose calls the test ends, on a mock clock: new for each test. */
final class CallCase implements BeforeEachCallback, AfterEachCallback {

    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration TICK = Duration.ofMillis(60);
    static final int RECORD_MAX_BYTES = 200_000;

    final Topics topics = Topics.withDefaultPrefix();
    /** Nothing of the batch {@code paused} is called. */
    final Lanes lanes = new Lanes(new Pace.Bounds(Duration.ZERO, Duration.ZERO), Set.of("paused"));

    final FakeApi<ResponsesRequest> api = new FakeApi<>();
    final KeptTopics log = new KeptTopics();
    final List<ItemKey> duplicates = new ArrayList<>();
    final List<String> split = new ArrayList<>();

    private Path stateDir;
    TopologyTestDriver driver;
    TestInputTopic<byte[], byte[]> requests;
    TestInputTopic<byte[], byte[]> urgent;
    TestInputTopic<byte[], byte[]> retriesIn;
    TestInputTopic<byte[], byte[]> controls;
    TestOutputTopic<byte[], byte[]> results;
    TestOutputTopic<byte[], byte[]> retries;
    TestOutputTopic<byte[], byte[]> deadLetters;
    TestOutputTopic<byte[], byte[]> deltas;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        stateDir = Files.createTempDirectory("calls-");
        CallEvents events = new CallEvents() {
            @Override
            public void split(String batchId, int items, int partition) {
                split.add(batchId + ": " + items);
            }

            @Override
            public void duplicate(ItemKey key, int partition) {
                duplicates.add(key);
            }
        };
        var topology = new GenAiTopology(
                        topics,
                        WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT),
                        RECORD_MAX_BYTES,
                        lanes,
                        events,
                        BatchSettings.DEFAULTS,
                        TaskCounts.unknown(),
                        new CallTraces(OpenTelemetry::noop),
                        log)
                .build(List.of(binding()));
        Properties properties = new StreamsSettings(
                        "test",
                        null,
                        stateDir,
                        1,
                        200,
                        Duration.ofMillis(50),
                        Duration.ofSeconds(5),
                        RECORD_MAX_BYTES,
                        Map.of("bootstrap.servers", "nowhere:1"))
                .toProperties();
        driver = new TopologyTestDriver(topology, properties, START);
        requests = driver.createInputTopic(
                topics.requests("responses"),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                START,
                Duration.ZERO);
        urgent = driver.createInputTopic(
                topics.urgent("responses"), new ByteArraySerializer(), new ByteArraySerializer(), START, Duration.ZERO);
        retriesIn = driver.createInputTopic(
                topics.retries("responses"),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                START,
                Duration.ZERO);
        results = output(topics.results());
        controls = driver.createInputTopic(topics.control(), new ByteArraySerializer(), new ByteArraySerializer());
        retries = output(topics.retries("responses"));
        deadLetters = output(topics.deadLetters());
        deltas = output(topics.deltas());
    }

    ApiBinding<ResponsesRequest> binding() {
        return new ApiBinding<>(
                "responses",
                RequestDecoder.responses(),
                Codecs.RESPONSES_REQUEST,
                Codecs.RESPONSES_RETRY,
                api,
                new LaneSettings(2, 10, 1 << 20),
                Governors.NONE,
                answer -> Cost.ofUsd(new BigDecimal("0.25")),
                true);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        driver.close();
        TemporaryDirectory.delete(stateDir);
    }

    TestOutputTopic<byte[], byte[]> output(String topic) {
        return driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    void send(ResponsesRequest request) {
        requests.pipeInput(encode(request));
    }

    void say(BatchControl control) {
        controls.pipeInput(control.batchId().getBytes(UTF_8), Codecs.BATCH_CONTROL.encode(control, WireFormat.JSON));
    }

    static byte[] encode(ResponsesRequest request) {
        return Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON);
    }

    static ResponsesRequest request(int index) {
        return ResponsesRequest.builder()
                .batchId("b")
                .index(index)
                .batchSize(100)
                .model("gpt-4o-mini")
                .userPrompt("prompt " + index)
                .build();
    }

    /** Several turns: each is bounded in real time, and takes one outcome only if the machine is slow. */
    void tick() {
        for (int turn = 0; turn < 3; turn++) {
            driver.advanceWallClockTime(TICK);
        }
    }

    CallResult onlyResult() {
        List<byte[]> values = results.readValuesToList();
        assertThat(values).hasSize(1);
        return Codecs.CALL_RESULT.decode(values.get(0));
    }

    List<CallResult> resultsOf(String batchId) {
        return results.readValuesToList().stream()
                .map(Codecs.CALL_RESULT::decode)
                .filter(result -> result.batchId().equals(batchId))
                .toList();
    }

    BatchStatus latestStatus() {
        List<byte[]> all = output(topics.batches()).readValuesToList();
        return Codecs.BATCH_STATUS.decode(all.get(all.size() - 1));
    }

    /** What a crash would leave of the items that are open. */
    List<JournalEntry> journal() {
        Map<ItemKey, JournalEntry> open = new HashMap<>();
        try (var all = driver.<ItemKey, JournalEntry>getKeyValueStore("responses-journal")
                .all()) {
            all.forEachRemaining(entry -> open.put(entry.key, entry.value));
        }
        new OpenOffsets(driver.getKeyValueStore("responses-progress"))
                .restore()
                .forEach(it -> open.putIfAbsent(it.key(), Journal.uncalled(0)));
        return List.copyOf(open.values());
    }

    List<TopicPartition> partitions() {
        return List.of(
                new TopicPartition(topics.requests("responses"), 0), new TopicPartition(topics.urgent("responses"), 0));
    }

    static String header(TestRecord<byte[], byte[]> record, String key) {
        return new String(record.headers().lastHeader(key).value(), UTF_8);
    }

    /** The open call of this item, which the test will end. */
    Call call(int index) {
        return new Call(api.open.get(api.openCalls().indexOf(index)));
    }

    /** The ends that a call comes to here. */
    record Call(Consumer<CallOutcome> whenDone) {
        void succeed(String text) {
            whenDone.accept(new CallOutcome.Succeeded(new Answer(
                    JsonNodeFactory.instance.objectNode(),
                    text,
                    new Usage(1, null, 1, null, 2),
                    "m",
                    "req-1",
                    "completed",
                    null)));
        }

        void accept(String id) {
            whenDone.accept(new CallOutcome.Accepted(new RemoteJob(id, START, Duration.ofSeconds(2))));
        }

        void answer(JsonNode body) {
            whenDone.accept(new CallOutcome.Succeeded(
                    new Answer(body, "", new Usage(1, null, 1, null, 2), "m", "req-1", "completed", null)));
        }

        void succeed(Answer answer) {
            whenDone.accept(new CallOutcome.Succeeded(answer));
        }

        void retry(Answer answer, boolean maybeDone) {
            var error = new CallError("broken", "server_error", "server_error", null, true, 200);
            whenDone.accept(new CallOutcome.Retry(error, Duration.ZERO, "req-1", answer, maybeDone));
        }

        void retry(Duration serverDelay) {
            var error = new CallError("slow down", "requests", "rate_limit_exceeded", null, true, 429);
            whenDone.accept(new CallOutcome.Retry(error, serverDelay, "req-1"));
        }

        void lose() {
            var error = new CallError("gone", "job_lost", "job_lost", null, true, 404);
            whenDone.accept(new CallOutcome.Retry(error, Duration.ZERO, "req-1").possiblyDone());
        }

        void failUnknown() {
            var error = new CallError("who knows", "server_error", "unknown_outcome", null, false, 500);
            whenDone.accept(new CallOutcome.Failed(error, null, "req-1", true));
        }

        /** {@code answer} may be null. */
        void fail(Answer answer) {
            var error = new CallError("bad", "invalid_request_error", null, null, false, 400);
            whenDone.accept(new CallOutcome.Failed(error, answer, answer == null ? "req-1" : answer.requestId()));
        }
    }

    static Answer answer(long tokens) {
        return new Answer(
                JsonNodeFactory.instance.objectNode(),
                "",
                new Usage(tokens, null, 0, null, tokens),
                "m",
                "req-1",
                "completed",
                null);
    }
}
