package io.github.genaistreams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.sandbox.TemporaryDirectory;
import io.github.genaistreams.topology.call.AcceptedJobs;
import io.github.genaistreams.topology.call.AnsweredItems;
import io.github.genaistreams.topology.call.ApiBinding;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.CallProcessor;
import io.github.genaistreams.topology.call.CallTraces;
import io.github.genaistreams.topology.call.HeapRoom;
import io.github.genaistreams.topology.call.InputTopic;
import io.github.genaistreams.topology.call.Journal;
import io.github.genaistreams.topology.call.OpenOffsets;
import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.call.PresentTime;
import io.github.genaistreams.topology.topic.KeptTopics;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.SplittableRandom;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A processor of documents on stores of its own, which is made anew over them, as by another worker. */
final class SubmitOnceCase implements BeforeEachCallback, AfterEachCallback {

    static final byte[] PDF = "%PDF-1.7".getBytes(UTF_8);
    static final int RECORD_MAX_BYTES = 4 << 20;
    static final TopicPartition REQUESTS = new TopicPartition("requests", 0);
    static final ItemKey ITEM = new ItemKey("b", 0);
    static final List<TopicPartition> PARTITION = List.of(new TopicPartition("requests", 0));

    private Path stateDir;

    final KeptTopics topics = new KeptTopics();

    final FakeApi<DocumentRequest> api = new FakeApi<>();
    private final List<StateStore> stores = new ArrayList<>();
    final Lanes lanes = new Lanes();
    MockProcessorContext<Object, Object> context;
    AcceptedJobs accepted;
    CallProcessor<DocumentRequest> processor;

    @Override
    public void beforeEach(ExtensionContext extension) throws IOException {
        stateDir = Files.createTempDirectory("submit-once-");
        api.forPolling = request -> request.toBuilder().document((byte[]) null).buildUnchecked();
        context = new MockProcessorContext<>(new Properties(), new TaskId(0, 0), stateDir.toFile());
        context.setCurrentSystemTimeMs(1_000_000);
        add(Journal.store("documents", RECORD_MAX_BYTES).withLoggingDisabled());
        add(OpenOffsets.store("documents", RECORD_MAX_BYTES)
                .withCachingDisabled()
                .withLoggingDisabled());
        add(AnsweredItems.store("documents", Duration.ofDays(1))
                .withCachingDisabled()
                .withLoggingDisabled());
        add(Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore("batch-controls"), Serdes.String(), Serdes.ByteArray())
                .withLoggingDisabled());
        newWorker();
    }

    @Override
    public void afterEach(ExtensionContext extension) {
        processor.close();
        stores.forEach(StateStore::close);
        TemporaryDirectory.delete(stateDir);
    }

    private void add(StoreBuilder<?> builder) {
        StateStore store = builder.build();
        store.init(context.getStateStoreContext(), store);
        context.addStateStore(store);
        stores.add(store);
    }

    /** One that knows what the stores hold, and nothing else. */
    void newWorker() {
        accepted = new AcceptedJobs();
        newTask();
    }

    /** The same worker gets the task again, after its transaction was aborted, say. */
    void newTask() {
        if (processor != null) {
            processor.close();
        }
        var binding = new ApiBinding<>(
                "documents",
                RequestDecoder.documents(),
                Codecs.DOCUMENT_REQUEST,
                Codecs.DOCUMENT_RETRY,
                api,
                new LaneSettings(2, 10, 64 << 20),
                Governors.NONE,
                answer -> Cost.unknown("not asked"),
                false);
        processor = new CallProcessor<>(
                binding,
                new InputTopic.Names("requests", "retries", "urgent"),
                new Outbox<>(binding, WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT), RECORD_MAX_BYTES),
                lanes,
                new CallEvents() {},
                new CallTraces(OpenTelemetry::noop),
                Duration.ofDays(1),
                accepted,
                topics,
                HeapRoom.ofThisProcess(),
                new SplittableRandom(1));
        processor.init(context);
    }

    static CallOutcome refused() {
        return new CallOutcome.Failed(
                new CallError("refused", "invalid_request_error", "refused", null, false, 400), null, null);
    }

    /** A job that the API has taken on, two minutes of whose work are waited for. */
    RemoteJob accepted() {
        send(true);
        var job = new RemoteJob("/r1", now(), Duration.ofSeconds(2), "r1");
        api.calls.get(0).accept(new CallOutcome.Accepted(job));
        tick();
        return job;
    }

    void stillWorks(RemoteJob job) {
        api.polls.get(api.polls.size() - 1).accept(new CallOutcome.Accepted(job));
        tick();
    }

    void send(boolean resubmitOnUnknown) {
        send(resubmitOnUnknown, 0);
    }

    void send(boolean resubmitOnUnknown, int index) {
        take(Codecs.DOCUMENT_REQUEST.encode(document(resubmitOnUnknown, index), WireFormat.JSON));
    }

    static DocumentRequest document(boolean resubmitOnUnknown, int index) {
        return DocumentRequest.builder()
                .batchId("b")
                .index(index)
                .batchSize(3)
                .document(PDF)
                .resubmitOnUnknown(resubmitOnUnknown)
                .build();
    }

    void take(byte[] value) {
        var partition = new TopicPartition("requests", 0);
        long offset = topics.append(partition, null, value, new RecordHeaders(), now().toEpochMilli());
        context.setRecordMetadata("requests", 0, offset);
        processor.process(
                new Record<>(null, new PresentTime.Incoming(value, now(), now().toEpochMilli()), now().toEpochMilli()));
    }

    void tick() {
        pass(Duration.ofMillis(10));
    }

    void pass(Duration time) {
        context.setCurrentSystemTimeMs(context.currentSystemTimeMs() + time.toMillis());
        for (MockProcessorContext.CapturedPunctuator scheduled : List.copyOf(context.scheduledPunctuators())) {
            if (!scheduled.cancelled()) {
                scheduled.getPunctuator().punctuate(context.currentSystemTimeMs());
            }
        }
        if (context.committed()) {
            lanes.pace().committed(0);
        }
    }

    Instant now() {
        return Instant.ofEpochMilli(context.currentSystemTimeMs());
    }

    /** Whether a worker that knows only the stores would see that the item was started. */
    boolean isStarted() {
        JournalEntry entry = journal().get(ITEM);
        return topics.keeps
                ? progress().restore().stream().anyMatch(open -> open.key().equals(ITEM) && open.isStarted())
                : entry != null && entry.state() == JournalEntry.State.STARTED;
    }

    OpenOffsets progress() {
        return new OpenOffsets(context.getStateStore(OpenOffsets.name("documents")));
    }

    KeyValueStore<ItemKey, JournalEntry> journal() {
        return context.getStateStore(Journal.name("documents"));
    }

    /** What was sent through the retry topic. */
    DocumentRequest retried() {
        var record = (Outbox.RoutedRetry) context.forwarded().get(0).record().value();
        return Codecs.DOCUMENT_RETRY.decode(record.value()).request();
    }

    CallResult onlyResult() {
        assertThat(results()).hasSize(1);
        return results().get(0);
    }

    List<CallResult> results() {
        return context.forwarded().stream()
                .map(forwarded ->
                        Codecs.CALL_RESULT.decode((byte[]) forwarded.record().value()))
                .toList();
    }
}
