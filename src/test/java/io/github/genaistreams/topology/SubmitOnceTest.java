package io.github.genaistreams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Limits;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.Punctuator;
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

/** Documents that must not be submitted twice, over the death of a worker: a processor is made anew on the same stores. */
class SubmitOnceTest {

    private static final ItemKey ITEM = new ItemKey("b", 0);

    @TempDir
    java.nio.file.Path stateDir;

    private final FakeApi api = new FakeApi();
    private final List<StateStore> stores = new ArrayList<>();
    private MockProcessorContext<Object, Object> context;
    private CallProcessor<DocumentRequest> processor;

    @BeforeEach
    void start() {
        context = new MockProcessorContext<>(new Properties(), new TaskId(0, 0), stateDir.toFile());
        context.setCurrentSystemTimeMs(1_000_000);
        add(Journal.store("documents", 1 << 20).withLoggingDisabled());
        add(Answered.store("documents", Duration.ofDays(1)).withLoggingDisabled());
        add(Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore("batch-controls"), Serdes.String(), Serdes.ByteArray())
                .withLoggingDisabled());
        newWorker();
    }

    private void add(StoreBuilder<?> builder) {
        StateStore store = builder.build();
        store.init(context.getStateStoreContext(), store);
        context.addStateStore(store);
        stores.add(store);
    }

    /** One that knows what the stores hold, and nothing else. */
    private void newWorker() {
        if (processor != null) {
            processor.close();
        }
        var binding = new ApiBinding<>(
                "documents",
                RequestDecoder.documents(),
                Codecs.DOCUMENT_REQUEST,
                Codecs.DOCUMENT_RETRY,
                api,
                new LaneSettings(2, 10, 1 << 20),
                Limits.NONE,
                answer -> Cost.unknown("not asked"),
                false);
        processor = new CallProcessor<>(
                binding,
                new CallProcessor.TopicNames("requests", "retries"),
                new Outbox<>(binding, Codecs.CALL_RESULT, WireFormat.JSON, 1 << 20),
                new Lanes(),
                new CallEvents() {},
                Duration.ofDays(1),
                new SplittableRandom(1));
        processor.init(context);
    }

    @AfterEach
    void close() {
        processor.close();
        stores.forEach(StateStore::close);
    }

    @Test
    void shouldSubmitOnlyOnceTheJournalSaysSoForGood() {
        send(false);
        tick();
        assertThat(api.calls).isEmpty();
        assertThat(context.committed()).isTrue();
        assertThat(journal().get(ITEM).state()).isEqualTo(JournalEntry.State.STARTED);

        tick();
        assertThat(api.calls).hasSize(1);
    }

    @Test
    void shouldFailADocumentWhoseWorkerDiedWhileItWasSubmitted() {
        send(false);
        tick();
        tick();
        newWorker();
        tick();

        CallResult result = onlyResult();
        assertThat(result.error().code()).isEqualTo("unknown_outcome");
        assertThat(result.error().message()).contains("bill", "resubmit_on_unknown");
        assertThat(result.attempts()).isEqualTo(1);
        assertThat(api.calls).hasSize(1);
        assertThat(journal().get(ITEM)).isNull();
    }

    @Test
    void shouldAskAfterTheJobOfSuchADocumentOnceItIsKnown() {
        send(false);
        tick();
        tick();
        api.calls.get(0).accept(new CallOutcome.Accepted(new RemoteJob("/r1", now(), Duration.ofSeconds(2), "r1")));
        tick();
        newWorker();
        tick();

        assertThat(api.polled).singleElement().satisfies(job -> {
            assertThat(job.id()).isEqualTo("/r1");
            assertThat(job.requestId()).isEqualTo("r1");
        });
        assertThat(api.calls).hasSize(1);
        assertThat(context.forwarded()).isEmpty();
    }

    @Test
    void shouldSubmitAgainAfterAnAttemptThatHasCertainlyFailed() {
        send(false);
        tick();
        tick();
        var busy = new CallError("too many", "rate_limit_error", null, null, true, 429);
        api.calls.get(0).accept(new CallOutcome.Retry(busy, Duration.ZERO, null));
        tick();

        assertThat(journal().get(ITEM).state()).isEqualTo(JournalEntry.State.RETRYING);
    }

    @Test
    void shouldSubmitAtOnceAndAgainWhereThatIsAllowed() {
        send(true);
        assertThat(api.calls).hasSize(1);
        newWorker();
        tick();

        assertThat(api.calls).hasSize(2);
    }

    @Test
    void shouldGoOnAskingWhileNobodyKnowsWhetherThereIsAnAnswer() {
        send(true);
        Instant accepted = now();
        var job = new RemoteJob("/r1", accepted, Duration.ofSeconds(2), "r1");
        api.calls.get(0).accept(new CallOutcome.Accepted(job));
        tick();
        pass(Duration.ofMinutes(5));

        var busy = new CallError("HTTP 503", "server_error", null, null, true, 503);
        api.polls.get(0).accept(new CallOutcome.Accepted(job.after(Duration.ofSeconds(30)), busy));
        tick();
        assertThat(context.forwarded()).isEmpty();

        pass(Duration.ofMinutes(60));
        assertThat(api.polls).hasSize(2);
        api.polls.get(1).accept(new CallOutcome.Accepted(job.after(Duration.ofSeconds(30)), busy));
        tick();

        CallResult result = onlyResult();
        assertThat(result.error().code()).isEqualTo("total_wait");
        assertThat(result.error().message()).contains("3600 s", "HTTP 503");
        assertThat(result.error().httpStatus()).isEqualTo(503);
        assertThat(result.requestId()).isEqualTo("r1");
    }

    @Test
    void shouldGiveADocumentUpWhenTheApiStillWorksOnItAfterItsTime() {
        send(true);
        var job = new RemoteJob("/r1", now(), Duration.ofSeconds(2), "r1");
        api.calls.get(0).accept(new CallOutcome.Accepted(job));
        tick();
        pass(Duration.ofMinutes(2));
        api.polls.get(0).accept(new CallOutcome.Accepted(job));
        tick();

        CallResult result = onlyResult();
        assertThat(result.error().message())
                .isEqualTo("The API had no answer within poll_interval_secs x max_poll_attempts (120 s)");
        assertThat(result.requestId()).isEqualTo("r1");
    }

    private void send(boolean resubmitOnUnknown) {
        DocumentRequest request = DocumentRequest.builder()
                .batchId("b")
                .batchSize(1)
                .document("%PDF-1.7".getBytes(UTF_8))
                .resubmitOnUnknown(resubmitOnUnknown)
                .build();
        context.setRecordMetadata("requests", 0, 0);
        processor.process(
                new Record<>(null, Codecs.DOCUMENT_REQUEST.encode(request, WireFormat.JSON), now().toEpochMilli()));
    }

    private void tick() {
        pass(Duration.ofMillis(10));
    }

    private void pass(Duration time) {
        context.setCurrentSystemTimeMs(context.currentSystemTimeMs() + time.toMillis());
        for (MockProcessorContext.CapturedPunctuator scheduled : List.copyOf(context.scheduledPunctuators())) {
            Punctuator punctuator = scheduled.getPunctuator();
            if (!scheduled.cancelled()) {
                punctuator.punctuate(context.currentSystemTimeMs());
                return;
            }
        }
    }

    private Instant now() {
        return Instant.ofEpochMilli(context.currentSystemTimeMs());
    }

    private KeyValueStore<ItemKey, JournalEntry> journal() {
        return context.getStateStore(Journal.name("documents"));
    }

    private CallResult onlyResult() {
        assertThat(context.forwarded()).hasSize(1);
        return Codecs.CALL_RESULT.decode(
                (byte[]) context.forwarded().get(0).record().value());
    }

    /** Holds every call until the test says how it ends. */
    private static final class FakeApi implements ApiClient<DocumentRequest> {

        private final List<Consumer<CallOutcome>> calls = new ArrayList<>();
        private final List<Consumer<CallOutcome>> polls = new ArrayList<>();
        private final List<RemoteJob> polled = new ArrayList<>();

        @Override
        public Optional<CallError> refusal(DocumentRequest request) {
            return Optional.empty();
        }

        @Override
        public Abort call(DocumentRequest request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
            calls.add(whenDone);
            return Abort.NONE;
        }

        @Override
        public Abort poll(
                DocumentRequest request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
            polled.add(job);
            polls.add(whenDone);
            return Abort.NONE;
        }

        @Override
        public void cancel(DocumentRequest request, RemoteJob job, int lane) {}

        @Override
        public void close() {}
    }
}
