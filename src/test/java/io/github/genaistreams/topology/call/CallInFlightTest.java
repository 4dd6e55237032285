package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.flow.Demand;
import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.HoldListener;
import io.github.genaistreams.flow.HoldSettings;
import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.flow.Verdict;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the end of one exchange says, of a call and of a poll. */
class CallInFlightTest {

    private static final CallOutcome WRONG_KEY = new CallOutcome.Failed(
            new CallError("Incorrect API key provided", "invalid_request_error", "invalid_api_key", null, false, 401),
            null,
            "req-1");

    private final Governor governor = new Governor(
            LimitSettings.NONE, () -> 1, new HoldSettings(Duration.ZERO, true, true), () -> "key", HoldListener.NONE);
    private final CallInFlight<ResponsesRequest> call = exchange(null);

    private static CallInFlight<ResponsesRequest> exchange(FollowedJob<ResponsesRequest> job) {
        var calls =
                new CallsInFlight<ResponsesRequest>(null, 0, null, null, CallEvents.NONE, new AcceptedJobs(), () -> {});
        return new CallInFlight<>(new Item<>(new ItemKey("b", 0), false), null, job, CallSpan.NONE, calls);
    }

    private static CallInFlight<ResponsesRequest> pollOfJobFrom(Instant acceptedAt) {
        return exchange(new FollowedJob<>(new JournalEntry.Job("job-1", acceptedAt, null), null, 0));
    }

    private Permit permit() {
        return governor.tryAcquire(new Demand("default", "m", 0, 10, 0, true, false), 1_000_000);
    }

    @Test
    void hasNoOutcomeBeforeItsEnd() {
        assertThatThrownBy(call::outcome)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has not ended");
        call.accept(WRONG_KEY);
        assertThat(call.outcome()).isSameAs(WRONG_KEY);
    }

    @Test
    void isAbortedOnceHoweverOftenItsBatchIsCancelled() {
        var aborts = new AtomicInteger();
        call.abort();
        call.isUnderWay(aborts::incrementAndGet);
        call.abort();
        call.abort();

        assertThat(aborts).hasValue(1);
    }

    /** A user wants to know how long the document took, not its last poll. */
    @Test
    void measuresAJobFromItsAcceptanceAndNothingThatCouldNotStart() {
        CallInFlight<ResponsesRequest> poll = pollOfJobFrom(Instant.now().minusSeconds(3_600));
        poll.accept(WRONG_KEY);
        assertThat(poll.took()).isGreaterThanOrEqualTo(Duration.ofHours(1));

        call.failedToStart(WRONG_KEY);
        assertThat(call.took()).isZero();
    }

    /** The job is paid for: an answer to a poll decides of it alone. */
    @Test
    void holdsACredentialForACallThatItsKeyCannotMakeAndNotForAPoll() {
        Permit permit = permit();
        CallInFlight<ResponsesRequest> poll = pollOfJobFrom(Instant.EPOCH);
        poll.accept(WRONG_KEY);
        assertThat(poll.settle(permit, 1_000_000)).isEqualTo(Verdict.AS_IT_ENDED);
        assertThat(governor.hold(1_000_000)).isEmpty();

        call.accept(WRONG_KEY);
        assertThat(call.settle(permit(), 1_000_000)).isEqualTo(Verdict.SPARED);
        assertThat(governor.hold(1_000_000)).isPresent();
    }
}
