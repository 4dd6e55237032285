package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.FakeApi;
import io.github.genaistreams.topology.topic.KeptTopics;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.SplittableRandom;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * A task whose calls the test ends, on a mock clock, with all its stores in memory. {@link #restart} gives it to another
 * worker, which knows what is in the stores and in the topics. What it sends comes back only if the test reads it.
 */
final class OneTask {

    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    static final int RECORD_MAX_BYTES = 200_000;
    private static final String API = "responses";
    private static final InputTopic.Names NAMES = new InputTopic.Names("requests", "retries", "urgent");

    final FakeApi<ResponsesRequest> api = new FakeApi<>();
    final KeptTopics log = new KeptTopics();
    final List<String> events = new ArrayList<>();
    final KeyValueStore<ItemKey, JournalEntry> journal = journal();
    final KeyValueStore<Bytes, byte[]> progress =
            Stores.inMemoryKeyValueStore(OpenOffsets.name(API)).get();
    final MockProcessorContext<Object, Object> context;
    final ControlTopic controls = new ControlTopic(START.toEpochMilli());

    /** What the worker fails with when it accepts a request; null: with nothing. */
    RuntimeException onAccepted;

    /** The same, when it drops a repeat. */
    RuntimeException onDuplicate;

    Lanes lanes;
    private final WindowStore<Bytes, byte[]> answered = Stores.windowStoreBuilder(
                    Stores.inMemoryWindowStore(
                            AnsweredItems.name(API), Duration.ofDays(2), Duration.ofMillis(1), false),
                    Serdes.Bytes(),
                    Serdes.ByteArray())
            .withLoggingDisabled()
            .build();
    private final ApiBinding<ResponsesRequest> binding;
    private final AcceptedJobs ofProcess = new AcceptedJobs();
    private Instant now = START;
    private CallProcessor<ResponsesRequest> processor;
    private int seen;

    OneTask() {
        this(new LaneSettings(2, 10, 1 << 20));
    }

    OneTask(LaneSettings lane) {
        this(lane, Governors.NONE);
    }

    OneTask(LaneSettings lane, Governors governors) {
        binding = new ApiBinding<>(
                API,
                RequestDecoder.responses(),
                Codecs.RESPONSES_REQUEST,
                Codecs.RESPONSES_RETRY,
                api,
                lane,
                governors,
                answer -> Cost.unknown("not asked"),
                false);
        context = new MockProcessorContext<>(new Properties(), new TaskId(0, 0), null);
        context.setCurrentSystemTimeMs(now.toEpochMilli());
        for (StateStore store : List.of(journal, answered)) {
            store.init(context.getStateStoreContext(), store);
            context.addStateStore(store);
        }
        context.addStateStore(progress);
        controls.addStoreTo(context);
        begin(ofProcess);
    }

    /** A journal in memory. */
    static KeyValueStore<ItemKey, JournalEntry> journal() {
        return Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(Journal.name(API)), Journal.keys(), Journal.entries())
                .withLoggingDisabled()
                .build();
    }

    private void begin(AcceptedJobs accepted) {
        lanes = new Lanes();
        processor = new CallProcessor<>(
                binding,
                NAMES,
                new Outbox<>(binding, WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT), RECORD_MAX_BYTES),
                lanes,
                new CallEvents() {
                    @Override
                    public void accepted(ApiRequest request, int partition) {
                        if (onAccepted != null) {
                            throw onAccepted;
                        }
                    }

                    @Override
                    public void duplicate(ItemKey key, int partition) {
                        if (onDuplicate != null) {
                            throw onDuplicate;
                        }
                        events.add("duplicate " + key.batchId() + "/" + key.index());
                    }

                    @Override
                    public void split(String batchId, int items, int partition) {
                        events.add("split " + batchId + " " + items);
                    }

                    @Override
                    public void ended(CallEnd end) {
                        events.add("ended");
                    }

                    @Override
                    public void deadLetter(
                            String topic, int partition, long offset, String batchId, DeadLetterKind kind, String why) {
                        events.add(kind + " at " + topic + " " + offset);
                    }
                },
                new CallTraces(OpenTelemetry::noop),
                Duration.ofDays(1),
                accepted,
                log,
                new HeapRoom(Long.MAX_VALUE),
                new SplittableRandom(1));
        processor.init(context);
    }

    /** The task moves to another worker. */
    void restart() {
        processor.close();
        begin(new AcceptedJobs());
        turn();
    }

    /** The task is given back to this worker, for instance after an aborted transaction. */
    void reopen() {
        processor.close();
        begin(ofProcess);
        turn();
    }

    /** Appends a record to a topic and reads it. Returns its offset. */
    long read(InputTopic topic, byte[] key, byte[] value, Headers headers) {
        long offset = write(topic, key, value, headers);
        readAt(topic, (int) offset);
        return offset;
    }

    long write(InputTopic topic, byte[] key, byte[] value, Headers headers) {
        return log.append(partition(topic), key, value, new RecordHeaders(headers), now.toEpochMilli());
    }

    void readAt(InputTopic topic, int offset) {
        var record = log.get(partition(topic), offset);
        context.setRecordMetadata(NAMES.of(topic), 0, offset);
        var incoming =
                new PresentTime.Incoming(record.value(), Instant.ofEpochMilli(record.timestamp()), record.timestamp());
        processor.process(
                new Record<>(record.key(), incoming, now.toEpochMilli(), new RecordHeaders(record.headers())));
    }

    static TopicPartition partition(InputTopic topic) {
        return new TopicPartition(NAMES.of(topic), 0);
    }

    long send(ResponsesRequest request) {
        return send(request, new RecordHeaders());
    }

    long send(ResponsesRequest request, Headers headers) {
        return read(InputTopic.REQUESTS, null, encode(request), headers);
    }

    static byte[] encode(ResponsesRequest request) {
        return Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON);
    }

    static ResponsesRequest request(int index) {
        return CallCase.request(index);
    }

    /** The open call or poll of an item, which the test will end. */
    CallCase.Call call(int index) {
        return new CallCase.Call(api.open.get(api.openCalls().indexOf(index)));
    }

    void advance(Duration time) {
        now = now.plus(time);
        context.setCurrentSystemTimeMs(now.toEpochMilli());
        controls.context.setCurrentSystemTimeMs(now.toEpochMilli());
        tick();
    }

    long now() {
        return now.toEpochMilli();
    }

    /**
     * The outcomes of calls are taken, and what is due is done. In several turns: each is bounded in real time, and takes
     * one outcome only if the machine is slow.
     */
    void tick() {
        for (int turn = 0; turn < 3; turn++) {
            turn();
        }
    }

    void turn() {
        for (var each : List.copyOf(context.scheduledPunctuators())) {
            if (!each.cancelled()) {
                each.getPunctuator().punctuate(now.toEpochMilli());
            }
        }
    }

    /** Kafka Streams commits; the task goes on. */
    void commit() {
        lanes.pace().committed(1);
        context.resetCommit();
        tick();
    }

    /** What was sent to a sink since the last time. */
    List<Record<Object, Object>> sent(String sink) {
        List<Record<Object, Object>> sent = new ArrayList<>();
        for (var forward : context.forwarded(sink)) {
            Record<?, ?> record = forward.record();
            sent.add(new Record<>(record.key(), record.value(), record.timestamp(), record.headers()));
        }
        return sent;
    }

    /** All results so far. */
    List<CallResult> results() {
        return sent(Sinks.results(API)).stream()
                .map(record -> Codecs.CALL_RESULT.decode((byte[]) record.value()))
                .toList();
    }

    CallResult onlyResult() {
        List<CallResult> all = results();
        if (all.size() != 1) {
            throw new AssertionError("results: " + all);
        }
        return all.get(0);
    }

    List<Record<Object, Object>> deadLetters() {
        return sent(Sinks.deadLetters(API));
    }

    List<Record<Object, Object>> retries() {
        return sent(Sinks.retries(API));
    }

    /** Reads the retry records that were sent and not read yet. */
    void bringBack() {
        List<Record<Object, Object>> all = retries();
        for (; seen < all.size(); seen++) {
            Record<Object, Object> next = all.get(seen);
            read(
                    InputTopic.RETRIES,
                    ItemKeys.encode((ItemKey) next.key()),
                    ((Outbox.RoutedRetry) next.value()).value(),
                    next.headers());
        }
    }

    /** Whether the stores know of no open item. */
    boolean isEmpty() {
        try (var entries = journal.all();
                var offsets = progress.all()) {
            return !entries.hasNext() && !offsets.hasNext();
        }
    }
}
