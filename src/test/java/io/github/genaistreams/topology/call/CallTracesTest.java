package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.management.ThreadMXBean;
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
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.topology.FakeApi;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.lang.management.ManagementFactory;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The spans of calls, as an exporter gets them, and what records say of them. */
class CallTracesTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PRODUCER = "00f067aa0ba902b7";
    private static final String PARENT = "00-" + TRACE + "-" + PRODUCER + "-01";
    private static final String PRIVATE = "nobody else's business";
    private static final int RECORD_MAX_BYTES = 1 << 20;
    private static final ItemKey ITEM = new ItemKey("b", 7);

    @TempDir
    Path stateDir;

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final SdkTracerProvider provider = SdkTracerProvider.builder()
            .addSpanProcessor(SimpleSpanProcessor.create(exporter))
            .build();
    private OpenTelemetry telemetry =
            OpenTelemetrySdk.builder().setTracerProvider(provider).build();
    private final CallTraces traces = new CallTraces(() -> telemetry);
    private final FakeApi<ResponsesRequest> api = new FakeApi<>();
    private final List<StateStore> stores = new ArrayList<>();

    /** What instrumentation of Kafka would take as the parent of each record that is sent. */
    private final List<SpanContext> senders = new ArrayList<>();

    private final Lanes lanes = new Lanes();
    private MockProcessorContext<Object, Object> context;
    private CallProcessor<?> processor;

    @BeforeEach
    void start() {
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

    private void addStoresOf(String api) {
        add(Journal.store(api, RECORD_MAX_BYTES).withLoggingDisabled());
        add(OpenOffsets.store(api, RECORD_MAX_BYTES).withCachingDisabled().withLoggingDisabled());
        add(Answered.store(api, Duration.ofDays(1)).withCachingDisabled().withLoggingDisabled());
    }

    private void add(StoreBuilder<?> builder) {
        StateStore store = builder.build();
        store.init(context.getStateStoreContext(), store);
        context.addStateStore(store);
        stores.add(store);
    }

    /** One that knows what the stores hold, and nothing else; the one before is gone without a word. */
    private void newWorker() {
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

    /** Whatever a test was about: nothing private is in a span, all that is in one is documented, and none is left current. */
    @AfterEach
    void close() throws Exception {
        processor.close();
        stores.forEach(StateStore::close);
        String documentation = Files.readString(Path.of("docs/tracing.md"));
        assertThat(spans()).allSatisfy(span -> {
            assertThat(span.toString()).doesNotContain(PRIVATE);
            assertThat(span.getAttributes().asMap().keySet())
                    .allSatisfy(key -> assertThat(documentation).contains("`" + key.getKey() + "`"));
        });
        assertThat(Span.current().getSpanContext().isValid()).isFalse();
    }

    @Test
    void shouldMakeASpanOfACallWithinTheTraceOfItsRequest() {
        send(request(), headers(PARENT).add("tracestate", "vendor=x".getBytes(UTF_8)));
        api.end(answered());

        SpanData span = onlySpan();
        assertThat(span.getName()).isEqualTo("chat gpt-4o-mini");
        assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
        assertThat(span.getTraceId()).isEqualTo(TRACE);
        assertThat(span.getParentSpanId()).isEqualTo(PRODUCER);
        assertThat(span.getSpanContext().getTraceState().get("vendor")).isEqualTo("x");
        assertThat(span.getLinks()).isEmpty();
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(attributes(span))
                .containsOnly(
                        entry("gen_ai.operation.name", "chat"),
                        entry("gen_ai.provider.name", "openai"),
                        entry("openai.api.type", "responses"),
                        entry("gen_ai.request.model", "gpt-4o-mini"),
                        entry("gen_ai.request.max_tokens", 50L),
                        entry("gen_ai.request.temperature", 0.5),
                        entry("server.address", "api.example"),
                        entry("server.port", 443L),
                        entry("genai_streams.batch_id", "b"),
                        entry("genai_streams.index", 7L),
                        entry("genai_streams.attempt", 1L),
                        entry("genai_streams.partition", 3L),
                        entry("genai_streams.credential", "default"),
                        entry("genai_streams.outcome", "succeeded"),
                        entry("genai_streams.request_id", "req_1"),
                        entry("gen_ai.response.id", "resp_1"),
                        entry("gen_ai.response.model", "gpt-4o-mini-2024"),
                        entry("gen_ai.response.finish_reasons", List.of("stop")),
                        entry("openai.response.service_tier", "default"),
                        entry("gen_ai.usage.input_tokens", 11L),
                        entry("gen_ai.usage.cache_read.input_tokens", 5L),
                        entry("gen_ai.usage.output_tokens", 22L));
    }

    @Test
    void shouldLetTheResultContinueTheTraceAtTheCallAndLeaveTheOtherHeadersAsTheyAre() {
        send(
                request(),
                headers(PARENT)
                        .add("tracestate", "vendor=x".getBytes(UTF_8))
                        .add("mine", new byte[] {1})
                        .add("traceparent", PARENT.getBytes(UTF_8)));
        api.end(answered());
        tick();

        Headers result = onlySent().headers();
        assertThat(result.headers("traceparent")).hasSize(1);
        assertThat(text(result, "traceparent"))
                .isEqualTo("00-" + TRACE + "-" + onlySpan().getSpanId() + "-01");
        assertThat(text(result, "tracestate")).isEqualTo("vendor=x");
        assertThat(result.lastHeader("mine").value()).containsExactly(1);
        assertThat(result.toArray())
                .extracting(header -> header.key())
                .containsExactly("tracestate", "mine", "traceparent", WireHeaders.SUMMARY);
        assertThat(senders)
                .extracting(SpanContext::getTraceId, SpanContext::getSpanId)
                .containsExactly(tuple(TRACE, onlySpan().getSpanId()));
    }

    @Test
    void shouldMakeTheSpanCurrentWhileTheCallIsMade() {
        send(request(), headers(PARENT));
        api.end(answered());

        assertThat(api.calls)
                .extracting(call -> call.span())
                .containsExactly(onlySpan().getSpanContext());
    }

    @Test
    void shouldLinkARetryToTheAttemptBeforeThroughTheRetryTopic() {
        send(request(), headers(PARENT));
        api.end(busy());
        tick();
        Record<?, ?> retry = onlySent();
        assertThat(text(retry.headers(), "traceparent")).isEqualTo(PARENT);
        comesBack(retry);
        pass(Duration.ofSeconds(90));
        api.end(answered());
        tick();

        SpanData first = spans().get(0);
        SpanData second = spans().get(1);
        assertThat(spans()).hasSize(2);
        assertThat(attributes(first))
                .contains(
                        entry("error.type", "rate_limit_exceeded"),
                        entry("http.response.status_code", 429L),
                        entry("genai_streams.outcome", "retry"),
                        entry("genai_streams.request_id", "req_busy"));
        assertThat(first.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(first.getStatus().getDescription()).isEmpty();
        assertThat(second.getParentSpanId()).isEqualTo(PRODUCER);
        assertThat(second.getLinks())
                .extracting(link -> link.getSpanContext().getSpanId())
                .containsExactly(first.getSpanId());
        assertThat(attributes(second)).contains(entry("genai_streams.attempt", 2L));
        assertThat(attributes(second)).doesNotContainKey("genai_streams.possible_duplicate");
        assertThat(text(onlySent().headers(), "traceparent")).contains(second.getSpanId());
        assertThat(onlySent().headers().lastHeader(WireHeaders.ATTEMPT)).isNull();
        assertThat(senders).extracting(SpanContext::getSpanId).containsExactly(first.getSpanId(), second.getSpanId());
    }

    @Test
    void shouldKeepTheAttemptsOfARequestThatNamesNoTraceInOne() {
        send(request(), new RecordHeaders());
        api.end(busy());
        tick();
        comesBack(onlySent());
        pass(Duration.ofSeconds(90));
        api.end(answered());

        assertThat(spans()).hasSize(2);
        assertThat(spans().get(1).getTraceId()).isEqualTo(spans().get(0).getTraceId());
        assertThat(spans().get(1).getParentSpanId()).isEqualTo(spans().get(0).getSpanId());
    }

    @Test
    void shouldLinkACallThatIsMadeAgainToTheOneThatDiedWithItsWorker() {
        send(request(), headers(PARENT));
        SpanContext lost = api.calls.get(0).span();
        newWorker();
        tick();
        api.end(answered());

        SpanData span = onlySpan();
        assertThat(span.getLinks())
                .extracting(link -> link.getSpanContext().getSpanId())
                .containsExactly(lost.getSpanId());
        assertThat(attributes(span)).contains(entry("genai_streams.possible_duplicate", true));
    }

    @Test
    void shouldEndTheSpanOfACallWhoseTaskWasGivenAwayAndSayThatNobodyHasLookedAtItsOutcome() {
        send(request(), headers(PARENT));
        processor.close();
        assertThat(spans()).isEmpty();
        api.end(answered());
        newWorker();
        tick();
        api.end(answered());

        assertThat(spans())
                .extracting(span -> attributes(span).get("genai_streams.abandoned"))
                .containsExactly(true, null);
        assertThat(attributes(spans().get(0))).contains(entry("gen_ai.usage.output_tokens", 22L));
        assertThat(spans().get(1).getLinks())
                .extracting(LinkData::getSpanContext)
                .extracting(SpanContext::getSpanId)
                .containsExactly(spans().get(0).getSpanId());
    }

    @Test
    void shouldEndWhatIsOpenWhenTheWorkerEndsAndNothingTwice() {
        send(request(), headers(PARENT));
        traces.close();
        assertThat(attributes(onlySpan())).contains(entry("error.type", "lost"));

        api.end(answered());
        traces.close();
        assertThat(spans()).hasSize(1);
        assertThat(attributes(onlySpan())).doesNotContainKey("genai_streams.outcome");
    }

    @Test
    void shouldMakeAChildOfTheSubmissionOfEachQuestionAlsoAfterTheDeathOfItsWorker() {
        send(request().toBuilder().background(true).build(), headers(PARENT));
        var job = new RemoteJob("resp_9", now(), Duration.ofSeconds(2));
        api.end(new CallOutcome.Accepted(job));
        tick();
        newWorker();
        tick();
        api.end(new CallOutcome.Accepted(job, new CallError(PRIVATE, "http_error", null, null, true, 503)));
        tick();
        pass(Duration.ofSeconds(2));
        api.end(new CallOutcome.Accepted(job));
        tick();
        pass(Duration.ofSeconds(2));
        api.end(answered());
        tick();

        SpanData submission = spans().get(0);
        assertThat(attributes(submission))
                .contains(entry("gen_ai.response.id", "resp_9"), entry("genai_streams.outcome", "accepted"));
        List<SpanData> questions = spans().subList(1, 4);
        assertThat(questions).allSatisfy(question -> {
            assertThat(question.getName()).isEqualTo("fetch_response");
            assertThat(question.getKind()).isEqualTo(SpanKind.CLIENT);
            assertThat(question.getParentSpanId()).isEqualTo(submission.getSpanId());
            assertThat(question.getLinks()).isEmpty();
        });
        assertThat(attributes(questions.get(0)))
                .contains(
                        entry("gen_ai.response.id", "resp_9"),
                        entry("genai_streams.outcome", "accepted"),
                        entry("error.type", "http_error"),
                        entry("http.response.status_code", 503L));
        assertThat(questions.get(1).getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(attributes(questions.get(2)))
                .contains(entry("genai_streams.outcome", "succeeded"), entry("gen_ai.usage.output_tokens", 22L));
        assertThat(text(onlySent().headers(), "traceparent")).contains(submission.getSpanId());
    }

    /** One that must not be submitted twice is journaled long before its call. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNameNoModelForADocumentAndKeepItsQuestionsBelowItsSubmission(boolean resubmits) {
        addStoresOf("documents");
        var documents = new FakeApi<DocumentRequest>();
        newDocumentWorker(documents);
        DocumentRequest request = DocumentRequest.builder()
                .batchId("b")
                .index(7)
                .fileUrl("https://x.example/a.pdf")
                .resubmitOnUnknown(resubmits)
                .buildUnchecked();
        context.setRecordMetadata("requests", 3, 0);
        take(null, Codecs.DOCUMENT_REQUEST.encode(request, WireFormat.JSON), headers(PARENT));
        tick();
        tick();
        documents.end(new CallOutcome.Accepted(new RemoteJob("/api/v1/marker/r1", now(), Duration.ZERO, "r1")));
        tick();
        newDocumentWorker(documents);
        tick();
        var figures = new Answer.DocumentFigures(3, null);
        documents.end(new CallOutcome.Succeeded(
                new Answer(null, null, null, null, null, "r1", "completed", null, figures, List.of())));

        assertThat(spans()).extracting(SpanData::getName).containsExactly("convert_document", "fetch_response");
        assertThat(attributes(spans().get(0)))
                .contains(entry("gen_ai.provider.name", "datalab"), entry("gen_ai.response.id", "r1"))
                .doesNotContainKeys("gen_ai.request.model", "openai.api.type");
        assertThat(attributes(spans().get(1)))
                .contains(entry("genai_streams.pages", 3L), entry("gen_ai.response.id", "r1"))
                .doesNotContainKey("gen_ai.response.finish_reasons");
        assertThat(spans().get(0).getParentSpanId()).isEqualTo(PRODUCER);
        assertThat(spans().get(1).getParentSpanId()).isEqualTo(spans().get(0).getSpanId());
    }

    private void newDocumentWorker(ApiClient<DocumentRequest> documents) {
        start("documents", RequestDecoder.documents(), Codecs.DOCUMENT_REQUEST, Codecs.DOCUMENT_RETRY, documents);
    }

    @Test
    void shouldEndTheSpanOfACallThatCouldNotBeMade() {
        api.broken = new IllegalStateException(PRIVATE);
        send(request(), headers(PARENT));

        assertThat(attributes(onlySpan())).contains(entry("error.type", "internal_error"));
    }

    @Test
    void shouldTakeOnlyNamesFromWhatTheApiSays() {
        send(request(), headers(PARENT));
        var body = JsonNodeFactory.instance.objectNode().put("id", PRIVATE);
        api.end(new CallOutcome.Failed(
                new CallError(PRIVATE, PRIVATE, PRIVATE, PRIVATE, false, 400),
                new Answer(body, PRIVATE, null, PRIVATE, PRIVATE, PRIVATE, PRIVATE),
                PRIVATE));

        assertThat(attributes(onlySpan()))
                .contains(entry("error.type", "_OTHER"), entry("genai_streams.outcome", "failed"));
    }

    @Test
    void shouldNameAnAnswerThatWasCutOffAsTheConventionsDo() {
        send(request(), headers(PARENT));
        var body = JsonNodeFactory.instance.objectNode();
        var answer = new Answer(body, "", null, "m", "req_1", "incomplete:max_output_tokens", null);
        api.end(new CallOutcome.Failed(
                new CallError(PRIVATE, "incomplete", "max_output_tokens", null, false, 200), answer, "req_1"));

        assertThat(attributes(onlySpan()))
                .contains(
                        entry("gen_ai.response.finish_reasons", List.of("length")),
                        entry("error.type", "max_output_tokens"));
    }

    @Test
    void shouldBeginATraceOfItsOwnWhereTheRequestNamesNone() {
        send(
                request(),
                headers("garbage")
                        .add("tracestate", "vendor=x".getBytes(UTF_8))
                        .add(WireHeaders.ATTEMPT, "garbage".getBytes(UTF_8)));
        api.end(answered());
        tick();

        SpanData span = onlySpan();
        assertThat(span.getParentSpanId()).isEqualTo(SpanId.getInvalid());
        assertThat(span.getLinks()).isEmpty();
        assertThat(text(onlySent().headers(), "traceparent")).contains(span.getTraceId(), span.getSpanId());
        assertThat(onlySent().headers().lastHeader("tracestate")).isNull();
    }

    @Test
    void shouldLeaveARequestAloneThatIsNotSampled() {
        String unsampled = PARENT.substring(0, PARENT.length() - 1) + "0";
        send(request(), headers(unsampled));
        assertThat(api.calls).extracting(call -> call.span().isSampled()).containsExactly(false);
        api.end(busy());
        tick();
        assertThat(onlySent().headers().toArray()).hasSize(1);
        comesBack(onlySent());
        pass(Duration.ofSeconds(90));
        api.end(answered());
        tick();

        assertThat(spans()).isEmpty();
        assertThat(onlySent().headers().toArray())
                .extracting(header -> header.key())
                .containsExactly("traceparent", WireHeaders.SUMMARY);
        assertThat(text(onlySent().headers(), "traceparent")).isEqualTo(unsampled);
    }

    @Test
    void shouldAddNothingAndCostNothingWithoutAnSdk() {
        telemetry = OpenTelemetry.noop();
        send(request(), headers(PARENT));
        assertThat(journal().get(ITEM).headers()).hasSize(1);
        api.end(answered());
        tick();

        assertThat(onlySent().headers().toArray())
                .extracting(header -> header.key())
                .containsExactly("traceparent", WireHeaders.SUMMARY);
        assertThat(text(onlySent().headers(), "traceparent")).isEqualTo(PARENT);
        assertThat(spans()).isEmpty();
        assertThat(bytesPerCall()).isLessThan(1);
    }

    /** Allocated for the span of a call: its start and end, and the sending of its result. */
    private double bytesPerCall() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Attempt<ResponsesRequest> attempt = Attempt.of(request(), Journal.first(now(), headers(PARENT), new byte[0]));
        CallOutcome outcome = answered();
        int calls = 20_000;
        long before = 0;
        for (int i = 0; i < 2 * calls; i++) {
            if (i == calls) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            CallSpan span = traces.attempt(null, attempt, 0);
            span.makeCurrent().close();
            span.end(outcome);
            traces.within(TraceHeaders.ofResult(attempt.headers())).close();
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / (double) calls;
    }

    private static ResponsesRequest request() {
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

    private static Headers headers(String traceparent) {
        return new RecordHeaders().add("traceparent", traceparent.getBytes(UTF_8));
    }

    private static CallOutcome answered() {
        var body = JsonNodeFactory.instance.objectNode().put("id", "resp_1").put("text", PRIVATE);
        var usage = new Usage(11, Map.of("cached_tokens", 5L), 22, Map.of(), 33);
        return new CallOutcome.Succeeded(
                new Answer(body, PRIVATE, usage, "gpt-4o-mini-2024", "req_1", "completed", "default"));
    }

    private static CallOutcome busy() {
        return new CallOutcome.Retry(
                new CallError(PRIVATE, "rate_limit_error", "rate_limit_exceeded", null, true, 429),
                Duration.ZERO,
                "req_busy");
    }

    private void send(ResponsesRequest request, Headers headers) {
        context.setRecordMetadata("requests", 3, 0);
        take(null, Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON), headers);
    }

    /** As the retry topic has it. */
    private void comesBack(Record<?, ?> retry) {
        context.resetForwards();
        context.setRecordMetadata("retries", 3, 0);
        take(
                ItemKeys.encode((ItemKey) retry.key()),
                ((Outbox.RoutedRetry) retry.value()).value(),
                new RecordHeaders(retry.headers()));
    }

    private void take(byte[] key, byte[] value, Headers headers) {
        processor.process(new Record<>(
                key, new PresentTime.Incoming(value, now(), now().toEpochMilli()), now().toEpochMilli(), headers));
    }

    private void tick() {
        pass(Duration.ofMillis(10));
    }

    private void pass(Duration time) {
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

    private Instant now() {
        return Instant.ofEpochMilli(context.currentSystemTimeMs());
    }

    private KeyValueStore<ItemKey, JournalEntry> journal() {
        return context.getStateStore(Journal.name("responses"));
    }

    private Record<?, ?> onlySent() {
        assertThat(context.forwarded()).hasSize(1);
        return context.forwarded().get(0).record();
    }

    private List<SpanData> spans() {
        return exporter.getFinishedSpanItems();
    }

    private SpanData onlySpan() {
        assertThat(spans()).hasSize(1);
        return spans().get(0);
    }

    private static Map<String, Object> attributes(SpanData span) {
        var attributes = new HashMap<String, Object>();
        Attributes all = span.getAttributes();
        all.forEach((key, value) -> attributes.put(key.getKey(), value));
        return attributes;
    }

    private static String text(Headers headers, String key) {
        return new String(headers.lastHeader(key).value(), UTF_8);
    }
}
