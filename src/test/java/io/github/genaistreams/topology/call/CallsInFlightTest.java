package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.CallCase.request;
import static io.github.genaistreams.topology.call.LaneItems.work;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.topology.FakeApi;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.RequestDecoder;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Exchanges end on any thread, and wait for the stream thread with their outcomes. */
class CallsInFlightTest {

    private static final Instant SUBMITTED = Instant.parse("2026-01-01T00:00:00Z");
    private static final RemoteJob JOB = new RemoteJob("job-1", SUBMITTED, Duration.ofSeconds(2), "req-1");

    private final FakeApi<ResponsesRequest> api = new FakeApi<>();
    private final Lane<ResponsesRequest> lane =
            new Lane<>(new LaneSettings(5, 5, 1 << 20), Governors.NONE, batchId -> false);
    private final AcceptedJobs accepted = new AcceptedJobs();
    private final AtomicInteger wakes = new AtomicInteger();
    private final List<String> events = new ArrayList<>();
    private CallsInFlight<ResponsesRequest> calls = calls(false);

    private CallsInFlight<ResponsesRequest> calls(boolean deltas) {
        var binding = new ApiBinding<>(
                "responses",
                RequestDecoder.responses(),
                Codecs.RESPONSES_REQUEST,
                Codecs.RESPONSES_RETRY,
                api,
                new LaneSettings(5, 5, 1 << 20),
                Governors.NONE,
                answer -> Cost.unknown("not asked"),
                deltas);
        CallEvents started = new CallEvents() {
            @Override
            public void started(ItemKey key, int partition, int attempt) {
                events.add(key.index() + " on " + partition + ", attempt " + attempt);
            }
        };
        return new CallsInFlight<>(
                binding, 3, lane, new CallTraces(OpenTelemetry::noop), started, accepted, wakes::incrementAndGet);
    }

    private static Attempt<ResponsesRequest> attempt(int index) {
        return new Attempt<>(request(index), 1, SUBMITTED, new RecordHeaders(), null, false);
    }

    private Item<ResponsesRequest> call(int index) {
        lane.ready(lane.open(new ItemKey("b", index), false), work(10, "default"));
        Item<ResponsesRequest> item = lane.startNext(0);
        calls.call(item, attempt(index), CallSpan.NONE);
        return item;
    }

    private Item<ResponsesRequest> poll() {
        lane.remoteElsewhere(lane.open(new ItemKey("b", 0), false), work(10, "default"), 0);
        Item<ResponsesRequest> item = lane.nextPoll(0);
        var followed = new FollowedJob<ResponsesRequest>(RemoteJobs.job(JOB), null, 0);
        calls.poll(item, attempt(0), followed, JOB);
        return item;
    }

    private JournalEntry.Job knownJob() {
        return accepted.of(new ItemKey("b", 0), Journal.first(SUBMITTED, new RecordHeaders(), Journal.NOTHING));
    }

    @Test
    void keepsTheOutcomesInTheirOrderUntilTheyAreTakenAndWakesTheThreadForEach() {
        for (int i = 0; i < 3; i++) {
            call(i);
        }
        assertThat(calls.next()).isNull();
        for (int i : new int[] {1, 2, 0}) {
            new CallCase.Call(api.open.get(api.openCalls().indexOf(i))).succeed("x");
        }

        assertThat(wakes).hasValue(3);
        assertThat(List.of(calls.next(), calls.next(), calls.next()))
                .extracting(call -> call.item().key().index())
                .containsExactly(1, 2, 0);
        assertThat(calls.next()).isNull();
        assertThat(events).containsExactly("0 on 3, attempt 1", "1 on 3, attempt 1", "2 on 3, attempt 1");
    }

    /** The task may have another owner by then, but the job is billed. */
    @Test
    void remembersTheJobOfACallAtOnce() {
        call(0);
        assertThat(knownJob()).isNull();
        api.end(new CallOutcome.Accepted(JOB));

        assertThat(knownJob()).isEqualTo(RemoteJobs.job(JOB));
    }

    /** Its journal already has it. */
    @Test
    void doesNotRememberTheJobOfAPoll() {
        poll();
        api.end(new CallOutcome.Accepted(JOB));

        assertThat(calls.next().outcome()).isEqualTo(new CallOutcome.Accepted(JOB));
        assertThat(knownJob()).isNull();
    }

    @Test
    void failsACallThatTheClientCannotMakeAndDoesNotQuoteWhy() {
        api.broken = new IllegalStateException("secret");
        Item<ResponsesRequest> item = call(0);

        CallInFlight<ResponsesRequest> ended = calls.next();
        assertThat(ended.item()).isSameAs(item);
        assertThat(ended.took()).isZero();
        assertThat(((CallOutcome.Failed) ended.outcome()).error().message())
                .isEqualTo("The call could not be made: IllegalStateException");
        assertThat(wakes).hasValue(1);
    }

    /** The API may have the answer: a new call would be billed again. */
    @Test
    void pollsAJobAgainLaterIfTheClientCannotPoll() {
        api.broken = new IllegalStateException("secret");
        poll();

        var outcome = (CallOutcome.Accepted) calls.next().outcome();
        assertThat(outcome.job()).isEqualTo(JOB.after(Duration.ofSeconds(10)));
        assertThat(outcome.unanswered().message()).isEqualTo("The job could not be polled: IllegalStateException");
    }

    @Test
    void asksForTheTextOfAnAnswerOnlyIfItIsPublished() {
        call(0);
        assertThat(api.listener).isSameAs(DeltaListener.NONE);
        calls = calls(true);
        call(1);
        api.listener.onDelta(0, "x");
        List<Integer> indexes = new ArrayList<>();
        calls.deltas().take(delta -> indexes.add(delta.index()));

        assertThat(indexes).containsExactly(1);
    }

    @Test
    void doesNotKeepTheWholeRequestForPollingIfTheClientNeedsLess() {
        api.forPolling = request -> request.toBuilder().userPrompt("-").build();
        Attempt<ResponsesRequest> polling = calls.forPolling(attempt(0));

        assertThat(polling.request()).isEqualTo(api.forPolling.apply(request(0)));
        assertThat(polling.accepted()).isTrue();
        api.forPolling = request -> null;
        assertThat(calls.forPolling(attempt(0))).isNull();
    }
}
