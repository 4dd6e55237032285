package io.github.genaistreams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import io.github.genaistreams.topology.call.AcceptedJobs;
import io.github.genaistreams.topology.call.Answered;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents that must not be submitted twice, over the death of a worker: a processor is made anew on the same stores. */
@ParameterizedClass(name = "requests are kept by their topic: {0}")
@ValueSource(booleans = {true, false})
class SubmitOnceTest {

    private static final byte[] PDF = "%PDF-1.7".getBytes(UTF_8);
    private static final int RECORD_MAX_BYTES = 4 << 20;
    private static final TopicPartition REQUESTS = new TopicPartition("requests", 0);
    private static final ItemKey ITEM = new ItemKey("b", 0);
    private static final List<TopicPartition> PARTITION = List.of(new TopicPartition("requests", 0));

    @Parameter
    boolean keptByTopic;

    @TempDir
    java.nio.file.Path stateDir;

    private final KeptTopics topics = new KeptTopics();

    private final FakeApi<DocumentRequest> api = new FakeApi<>();
    private final List<StateStore> stores = new ArrayList<>();
    private final Lanes lanes = new Lanes();
    private MockProcessorContext<Object, Object> context;
    private AcceptedJobs accepted;
    private CallProcessor<DocumentRequest> processor;

    @BeforeEach
    void start() {
        api.forPolling = request -> request.toBuilder().document((byte[]) null).buildUnchecked();
        topics.keeps = keptByTopic;
        context = new MockProcessorContext<>(new Properties(), new TaskId(0, 0), stateDir.toFile());
        context.setCurrentSystemTimeMs(1_000_000);
        add(Journal.store("documents", RECORD_MAX_BYTES).withLoggingDisabled());
        add(OpenOffsets.store("documents", RECORD_MAX_BYTES)
                .withCachingDisabled()
                .withLoggingDisabled());
        add(Answered.store("documents", Duration.ofDays(1))
                .withCachingDisabled()
                .withLoggingDisabled());
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
        accepted = new AcceptedJobs();
        newTask();
    }

    /** The same worker gets the task again, after its transaction was aborted, say. */
    private void newTask() {
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
        assertThat(isStarted()).isTrue();

        tick();
        assertThat(api.calls).hasSize(1);
    }

    @Test
    void shouldLeaveToTheNextOwnerWhatIsOnlyAboutToBeSubmitted() {
        send(false);
        assertThat(lanes.stopStarting(PARTITION)).isEqualTo(1);
        tick();
        assertThat(lanes.inFlight()).isZero();
        assertThat(isStarted()).isFalse();
        lanes.gone(PARTITION);
        newWorker();
        tick();
        tick();

        assertThat(api.calls).hasSize(1);
        assertThat(context.forwarded()).isEmpty();
    }

    @Test
    void shouldSubmitAfterAllWhatWasNotGivenAway() {
        send(false);
        lanes.stopStarting(PARTITION);
        tick();
        lanes.startAgain(PARTITION);
        tick();
        assertThat(api.calls).isEmpty();
        assertThat(isStarted()).isTrue();
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
        assertThat(progress().restore()).isEmpty();
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

        assertThat(api.polls).singleElement().satisfies(poll -> {
            RemoteJob job = poll.job().orElseThrow();
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
    void shouldSubmitAtOnceAndAgainWhereThatIsAllowedAndSayThatItMayBePaidTwice() {
        send(true);
        assertThat(api.calls).hasSize(1);
        newWorker();
        tick();
        assertThat(api.calls).hasSize(2);

        api.calls.get(1).accept(refused());
        tick();
        CallResult result = onlyResult();
        assertThat(result.possibleDuplicate()).isTrue();
        assertThat(result.cost()).isNull();
        assertThat(result.costUnknownReason()).contains("no answer");
        assertThat(result.attempts()).isEqualTo(1);
    }

    @Test
    void shouldSayNothingOfTheKindWhenItWasNotUnderWayAtTheDeathOfItsWorker() {
        send(true);
        send(true, 1);
        send(true, 2);
        assertThat(api.calls).as("as many as there are slots").hasSize(2);
        newWorker();
        tick();
        api.calls.subList(2, 4).forEach(call -> call.accept(refused()));
        tick();
        api.calls.get(4).accept(refused());
        tick();

        assertThat(results())
                .extracting(result -> result.key().index(), CallResult::possibleDuplicate)
                .containsExactlyInAnyOrder(tuple(0, true), tuple(1, true), tuple(2, null));
    }

    @Test
    void shouldAskAfterAJobThatThisProcessKnowsThoughItsTransactionWasAborted() {
        send(true);
        JournalEntry before = journal().get(ITEM);
        List<OpenOffsets.Open> open = progress().restore();
        api.calls.get(0).accept(new CallOutcome.Accepted(new RemoteJob("/r1", now(), Duration.ofSeconds(2), "r1")));
        tick();
        journal().put(ITEM, before);
        open.forEach(it -> progress().put(it.origin(), it.key(), it.isStarted()));
        newTask();
        tick();

        assertThat(journal().get(ITEM).remoteJob().id()).isEqualTo("/r1");
        tick();
        assertThat(api.polled()).containsExactly("/r1");
        assertThat(api.calls).hasSize(1);
    }

    @Test
    void shouldAskAfterAJobThatWasAcceptedWhenTheTaskWasNobodys() {
        send(true);
        processor.close();
        api.calls.get(0).accept(new CallOutcome.Accepted(new RemoteJob("/r1", now(), Duration.ofSeconds(2), "r1")));
        newTask();
        tick();
        tick();

        assertThat(api.polled()).containsExactly("/r1");
        assertThat(api.calls).hasSize(1);
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

        pass(Duration.ofMinutes(57));
        assertThat(api.polls).hasSize(2);
        api.polls.get(1).accept(new CallOutcome.Accepted(job.after(Duration.ofSeconds(30)), busy));
        tick();

        CallResult result = onlyResult();
        assertThat(result.error().code()).isEqualTo("total_wait");
        assertThat(result.error().message()).contains("3720 s", "HTTP 503", "request_id", "billed again");
        assertThat(result.error().httpStatus()).isEqualTo(503);
        assertThat(result.requestId()).isEqualTo("r1");
        assertThat(api.calls).as("submissions").hasSize(1);
    }

    @Test
    void shouldGiveADocumentUpWhenTheApiStillWorksOnItAfterItsTime() {
        RemoteJob job = accepted();
        pass(Duration.ofMinutes(1));
        stillWorks(job);
        pass(Duration.ofSeconds(59));
        stillWorks(job);
        assertThat(context.forwarded()).isEmpty();
        pass(Duration.ofSeconds(1));
        stillWorks(job);

        CallResult result = onlyResult();
        assertThat(result.error().message())
                .isEqualTo("The API accepted the job and was still at work on it after"
                        + " poll_interval_secs x max_poll_attempts (120 s): allow more. Its request_id is in this result."
                        + " A new submission is billed again");
        assertThat(result.requestId()).isEqualTo("r1");
        assertThat(result.costUnknownReason()).isNotNull();
        assertThat(api.calls).as("submissions").hasSize(1);
    }

    @Test
    void shouldNotGiveADocumentUpForTheTimeInWhichNobodyAskedAfterIt() {
        RemoteJob job = accepted();
        newWorker();
        pass(Duration.ofMinutes(30));
        stillWorks(job);
        assertThat(context.forwarded()).as("its worker was away").isEmpty();

        pass(Duration.ofMinutes(2));
        stillWorks(job);
        assertThat(onlyResult().error().code()).isEqualTo("total_wait");
    }

    @Test
    void shouldNotGiveADocumentUpForTheTimeInWhichQuestionsHadNoAnswer() {
        RemoteJob job = accepted();
        pass(Duration.ofSeconds(10));
        var busy = new CallError("HTTP 503", "server_error", null, null, true, 503);
        api.polls.get(0).accept(new CallOutcome.Accepted(job.after(Duration.ofSeconds(30)), busy));
        tick();
        pass(Duration.ofMinutes(5));
        stillWorks(job);
        assertThat(context.forwarded()).isEmpty();
        pass(Duration.ofSeconds(100));
        stillWorks(job);
        assertThat(context.forwarded()).isEmpty();
        pass(Duration.ofSeconds(30));
        stillWorks(job);

        assertThat(onlyResult().error().code()).isEqualTo("total_wait");
    }

    @Test
    void shouldKeepNoDocumentInMemoryToAskAfterItAndSendTheWholeAgainWhenItsJobIsLost() {
        RemoteJob job = accepted();
        pass(Duration.ofSeconds(2));
        assertThat(api.polls).extracting(poll -> poll.request()).allSatisfy(request -> assertThat(request.document())
                .isNull());
        var lost = new CallError("HTTP 404", "job_lost", "job_lost", null, true, 404);
        api.polls.get(0).accept(new CallOutcome.Retry(lost, Duration.ZERO, job.requestId(), null, true));
        tick();

        assertThat(retried().document().bytes()).isEqualTo(PDF);
    }

    @Test
    void shouldSubmitADocumentAgainThatIsTooLargeForARecordInJson() {
        byte[] large = new byte[RECORD_MAX_BYTES - 50_000];
        DocumentRequest request =
                DocumentRequest.builder().batchId("b").document(large).build();
        take(Codecs.DOCUMENT_REQUEST.encode(request, WireFormat.AVRO));
        var busy = new CallError("too many", "rate_limit_error", null, null, true, 429);
        api.calls.get(0).accept(new CallOutcome.Retry(busy, Duration.ZERO, null));
        tick();

        assertThat(retried().document().bytes()).hasSameSizeAs(large);
    }

    @Test
    void shouldNotCallADocumentPaidTwiceThatWaitedForPagesInFlight() {
        RemoteJob job = accepted();
        pass(Duration.ofSeconds(2));
        var full = new CallError("Page rate limit exceeded", "rate_limit_error", "page_limit", null, true, 200);
        api.polls.get(0).accept(new CallOutcome.Retry(full, Duration.ZERO, job.requestId()));
        tick();

        assertThat(journal().get(ITEM).earlier()).isNull();
    }

    @Test
    void shouldEndADocumentWhoseRecordIsGoneWithAResultThatSaysSo() {
        assumeTrue(keptByTopic);
        send(true, 0);
        send(true, 1);
        send(true, 2);
        topics.delete(REQUESTS, 0);
        topics.delete(REQUESTS, 2);
        newWorker();
        tick();

        assertThat(results()).hasSize(2).allSatisfy(result -> {
            assertThat(result.error().code()).isEqualTo("request_gone");
            assertThat(result.error().message()).contains("offset", "request topic", "submit it again");
            assertThat(result.attempts()).isZero();
        });
        // That of index 0 was under way, that of index 2 waited for a slot.
        assertThat(results())
                .extracting(result -> result.key().index(), CallResult::possibleDuplicate)
                .containsExactly(tuple(0, true), tuple(2, null));
        assertThat(api.calls).hasSize(3);
        api.calls.get(2).accept(refused());
        tick();
        assertThat(results()).hasSize(3);
        assertThat(progress().restore()).isEmpty();
    }

    @Test
    void shouldDropARepeatOfADocumentThatIsStillToBeReadAgain() {
        assumeTrue(keptByTopic);
        send(true);
        newWorker();
        send(true);
        tick();

        assertThat(api.calls).hasSize(2);
        api.calls.get(1).accept(refused());
        tick();
        assertThat(context.forwarded()).hasSize(2);
    }

    @Test
    void shouldTakeNoOtherDocumentForOneWhoseRecordWasReplaced() {
        assumeTrue(keptByTopic);
        send(true, 0);
        topics.replace(REQUESTS, 0, Codecs.DOCUMENT_REQUEST.encode(document(true, 1), WireFormat.JSON));
        newWorker();
        tick();

        assertThat(onlyResult().key()).isEqualTo(ITEM);
        assertThat(onlyResult().error().code()).isEqualTo("request_gone");
        assertThat(api.calls).hasSize(1);
    }

    @Test
    void shouldCountNoCostForWhatWasRefusedOrNotEvenSent() {
        send(true);
        var missing = new CallError("not there", "invalid_request", "document_missing", "document_ref", false, null);
        api.calls.get(0).accept(new CallOutcome.Failed(missing, null, null));
        tick();

        assertThat(onlyResult().cost()).isZero();
        assertThat(onlyResult().costUnknownReason()).isNull();
        assertThat(onlyResult().possibleDuplicate()).isNull();
    }

    private static CallOutcome refused() {
        return new CallOutcome.Failed(
                new CallError("refused", "invalid_request_error", "refused", null, false, 400), null, null);
    }

    /** A job that the API has taken on, two minutes of whose work are waited for. */
    private RemoteJob accepted() {
        send(true);
        var job = new RemoteJob("/r1", now(), Duration.ofSeconds(2), "r1");
        api.calls.get(0).accept(new CallOutcome.Accepted(job));
        tick();
        return job;
    }

    private void stillWorks(RemoteJob job) {
        api.polls.get(api.polls.size() - 1).accept(new CallOutcome.Accepted(job));
        tick();
    }

    private void send(boolean resubmitOnUnknown) {
        send(resubmitOnUnknown, 0);
    }

    private void send(boolean resubmitOnUnknown, int index) {
        take(Codecs.DOCUMENT_REQUEST.encode(document(resubmitOnUnknown, index), WireFormat.JSON));
    }

    private static DocumentRequest document(boolean resubmitOnUnknown, int index) {
        return DocumentRequest.builder()
                .batchId("b")
                .index(index)
                .batchSize(3)
                .document(PDF)
                .resubmitOnUnknown(resubmitOnUnknown)
                .build();
    }

    private void take(byte[] value) {
        var partition = new TopicPartition("requests", 0);
        long offset = topics.append(partition, null, value, new RecordHeaders(), now().toEpochMilli());
        context.setRecordMetadata("requests", 0, offset);
        processor.process(
                new Record<>(null, new PresentTime.Incoming(value, now(), now().toEpochMilli()), now().toEpochMilli()));
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

    /** Whether a worker that knows only the stores would see that the item was started. */
    private boolean isStarted() {
        JournalEntry entry = journal().get(ITEM);
        return keptByTopic
                ? progress().restore().stream().anyMatch(open -> open.key().equals(ITEM) && open.isStarted())
                : entry != null && entry.state() == JournalEntry.State.STARTED;
    }

    private OpenOffsets progress() {
        return new OpenOffsets(context.getStateStore(OpenOffsets.name("documents")));
    }

    private KeyValueStore<ItemKey, JournalEntry> journal() {
        return context.getStateStore(Journal.name("documents"));
    }

    /** What was sent through the retry topic. */
    private DocumentRequest retried() {
        var record = (Outbox.RoutedRetry) context.forwarded().get(0).record().value();
        return Codecs.DOCUMENT_RETRY.decode(record.value()).request();
    }

    private CallResult onlyResult() {
        assertThat(results()).hasSize(1);
        return results().get(0);
    }

    private List<CallResult> results() {
        return context.forwarded().stream()
                .map(forwarded ->
                        Codecs.CALL_RESULT.decode((byte[]) forwarded.record().value()))
                .toList();
    }
}
