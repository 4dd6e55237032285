package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.sandbox.TemporaryDirectory;
import io.github.genaistreams.topology.FakeApi;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
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
import java.util.SplittableRandom;
import org.apache.kafka.common.header.Headers;
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

/** A processor whose spans and records are looked at; nothing private may be in them. */
final class TracesCase implements BeforeEachCallback, AfterEachCallback {

    static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    static final String PRODUCER = "00f067aa0ba902b7";
    static final String PARENT = "00-" + TRACE + "-" + PRODUCER + "-01";
    static final String PRIVATE = "nobody else's business";
    private static final int RECORD_MAX_BYTES = 1 << 20;
    static final ItemKey ITEM = new ItemKey("b", 7);

    private Path stateDir;

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final SdkTracerProvider provider = SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(exporter))
            .build();
    OpenTelemetry telemetry =
            OpenTelemetrySdk.builder().setTracerProvider(provider).build();
    final CallTraces traces = new CallTraces(() -> telemetry);
    final FakeApi<ResponsesRequest> api = new FakeApi<>();
    private final List<StateStore> stores = new ArrayList<>();

    /** What instrumentation of Kafka would take as the parent of each record that is sent. */
    final List<SpanContext> senders = new ArrayList<>();

    private final Lanes lanes = new Lanes();
    MockProcessorContext<Object, Object> context;
    CallProcessor<?> processor;

    @Override
    public void beforeEach(ExtensionContext extension) throws IOException {
        stateDir = Files.createTempDirectory("traces-");
        api.server = new HostPort("api.example", 443);
        context = new MockProcessorContext<>(new Properties(), new TaskId(0, 3), stateDir.toFile()) {
            @Override
            public <K, V> void forward(Record<K, V> record, String child) {
                senders.add(Span.current().getSpanContext());
                super.forward(record, child);
            }
        };
        context.setCurrentSystemTimeMs(1_000_000);
        addStoresOf("responses");
        add(Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore("batch-controls"), Serdes.String(), Serdes.ByteArray())
                .withLoggingDisabled());
        newWorker();
    }

    /** Whatever a test was about: nothing private is in a span, all that is in one is documented, and none is left current. */
    @Override
    public void afterEach(ExtensionContext extension) throws IOException {
        processor.close();
        stores.forEach(StateStore::close);
        TemporaryDirectory.delete(stateDir);
        String documentation = Files.readString(Path.of("docs/tracing.md"));
        assertThat(spans()).allSatisfy(span -> {
            assertThat(span.toString()).doesNotContain(PRIVATE);
            assertThat(span.getAttributes().asMap().keySet())
                    .allSatisfy(key -> assertThat(documentation).contains("`" + key.getKey() + "`"));
        });
        assertThat(Span.current().getSpanContext().isValid()).isFalse();
    }

    void addStoresOf(String api) {
        add(Journal.store(api, RECORD_MAX_BYTES).withLoggingDisabled());
        add(OpenOffsets.store(api, RECORD_MAX_BYTES).withCachingDisabled().withLoggingDisabled());
        add(AnsweredItems.store(api, Duration.ofDays(1)).withCachingDisabled().withLoggingDisabled());
    }

    private void add(StoreBuilder<?> builder) {
        StateStore store = builder.build();
        store.init(context.getStateStoreContext(), store);
        context.addStateStore(store);
        stores.add(store);
    }

    /** One that knows what the stores hold, and nothing else; the one before is gone without a word. */
    void newWorker() {
        start("responses", RequestDecoder.responses(), Codecs.RESPONSES_REQUEST, Codecs.RESPONSES_RETRY, api);
    }

    private <Q extends ApiRequest> void start(
            String name,
            RequestDecoder<Q> decoder,
            Codec<Q> requests,
            Codec<RetryRecord<Q>> retries,
            ApiClient<Q> api) {
        var binding = new ApiBinding<>(
                name,
                decoder,
                requests,
                retries,
                api,
                new LaneSettings(2, 10, 64 << 20),
                Governors.NONE,
                answer -> Cost.ofUsd(BigDecimal.ONE),
                false);
        processor = new CallProcessor<>(
                binding,
                new InputTopic.Names("requests", "retries", "urgent"),
                new Outbox<>(binding, WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT), RECORD_MAX_BYTES),
                lanes,
                CallEvents.NONE,
                traces,
                Duration.ofDays(1),
                new AcceptedJobs(),
                RequestLog.NONE,
                HeapRoom.ofThisProcess(),
                new SplittableRandom(1));
        processor.init(context);
    }

    void newDocumentWorker(ApiClient<DocumentRequest> documents) {
        start("documents", RequestDecoder.documents(), Codecs.DOCUMENT_REQUEST, Codecs.DOCUMENT_RETRY, documents);
    }

    static ResponsesRequest request() {
        return ResponsesRequest.builder()
                .batchId("b")
                .index(7)
                .model("gpt-4o-mini")
                .userPrompt(PRIVATE)
                .systemPrompt(PRIVATE)
                .maxOutputTokens(50)
                .temperature(0.5)
                .build();
    }

    static Headers headers(String traceparent) {
        return new RecordHeaders().add("traceparent", traceparent.getBytes(UTF_8));
    }

    static CallOutcome answered() {
        var body = JsonNodeFactory.instance.objectNode().put("id", "resp_1").put("text", PRIVATE);
        var usage = new Usage(11, Map.of("cached_tokens", 5L), 22, Map.of(), 33);
        return new CallOutcome.Succeeded(
                new Answer(body, PRIVATE, usage, "gpt-4o-mini-2024", "req_1", "completed", "default"));
    }

    static CallOutcome busy() {
        return new CallOutcome.Retry(
                new CallError(PRIVATE, "rate_limit_error", "rate_limit_exceeded", null, true, 429),
                Duration.ZERO,
                "req_busy");
    }

    void send(ResponsesRequest request, Headers headers) {
        context.setRecordMetadata("requests", 3, 0);
        take(null, Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON), headers);
    }

    /** As the retry topic has it. */
    void comesBack(Record<?, ?> retry) {
        context.resetForwards();
        context.setRecordMetadata("retries", 3, 0);
        take(
                ItemKeys.encode((ItemKey) retry.key()),
                ((Outbox.RoutedRetry) retry.value()).value(),
                new RecordHeaders(retry.headers()));
    }

    void take(byte[] key, byte[] value, Headers headers) {
        processor.process(new Record<>(
                key, new PresentTime.Incoming(value, now(), now().toEpochMilli()), now().toEpochMilli(), headers));
    }

    /** Several turns: each is bounded in real time, and takes one outcome only if the machine is slow. */
    void tick() {
        for (int turn = 0; turn < 3; turn++) {
            pass(Duration.ofMillis(10));
        }
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

    KeyValueStore<ItemKey, JournalEntry> journal() {
        return context.getStateStore(Journal.name("responses"));
    }

    Record<?, ?> onlySent() {
        assertThat(context.forwarded()).hasSize(1);
        return context.forwarded().get(0).record();
    }

    List<SpanData> spans() {
        return exporter.getFinishedSpanItems();
    }

    SpanData onlySpan() {
        assertThat(spans()).hasSize(1);
        return spans().get(0);
    }

    static Map<String, Object> attributes(SpanData span) {
        var attributes = new HashMap<String, Object>();
        Attributes all = span.getAttributes();
        all.forEach((key, value) -> attributes.put(key.getKey(), value));
        return attributes;
    }

    static String text(Headers headers, String key) {
        return new String(headers.lastHeader(key).value(), UTF_8);
    }
}
