package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.flow.Verdict;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.CallOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP exchange for an item: a call, or a poll of a job. Any thread may deliver its outcome, which it passes to the
 * incarnation of the task that started it. Everything else is for the stream thread.
 */
final class CallInFlight<Q extends ApiRequest> implements Consumer<CallOutcome> {

    private final Item<Q> item;
    private final Attempt<Q> attempt;
    private final @Nullable FollowedJob<Q> job;
    private final CallSpan span;
    private final CallsInFlight<Q> callsInFlight;
    private final long started = System.nanoTime();
    private Abort abort = Abort.NONE;
    private @Nullable CallOutcome outcome;
    private Duration took = Duration.ZERO;

    /** @param job the polled job; null for a call */
    CallInFlight(
            Item<Q> item,
            Attempt<Q> attempt,
            @Nullable FollowedJob<Q> job,
            CallSpan span,
            CallsInFlight<Q> callsInFlight) {
        this.item = item;
        this.attempt = attempt;
        this.job = job;
        this.span = span;
        this.callsInFlight = callsInFlight;
    }

    Item<Q> item() {
        return item;
    }

    Attempt<Q> attempt() {
        return attempt;
    }

    /** Null for a call. */
    @Nullable
    FollowedJob<Q> job() {
        return job;
    }

    /** For an exchange that has ended; throws {@link IllegalStateException} before. */
    CallOutcome outcome() {
        if (outcome == null) {
            throw new IllegalStateException("the exchange for " + item.key() + " has not ended");
        }
        return outcome;
    }

    /** Its duration; zero until it has ended. For a poll, the time since the API accepted the job. */
    Duration took() {
        return took;
    }

    /** Reports its end to the limits of its credential. {@code now} is in epoch milliseconds. */
    Verdict settle(Permit permit, long now) {
        CallOutcome outcome = outcome();
        if (job == null) {
            return permit.settle(Reports.of(item.key(), outcome, took), now);
        }
        // A poll says little about whether calls may start, but its headers may.
        permit.heard(outcome.limits(), now - (System.nanoTime() - started) / 1_000_000, now);
        if (!(outcome instanceof CallOutcome.Accepted)) {
            permit.settleJob(Reports.of(item.key(), outcome, took), now);
        }
        return Verdict.AS_IT_ENDED;
    }

    /** The exchange was started, and may already have ended. */
    void isUnderWay(Abort abort) {
        this.abort = abort;
    }

    /** Aborts the exchange, once. It still ends with an outcome. */
    void abort() {
        Abort once = abort;
        abort = Abort.NONE;
        once.now();
    }

    /** Nobody will handle its outcome. */
    void abandon() {
        span.abandon();
    }

    @Override
    public void accept(CallOutcome outcome) {
        end(
                outcome,
                job == null
                        ? Duration.ofNanos(System.nanoTime() - started)
                        : Duration.between(job.job().acceptedAt(), Instant.now()));
    }

    /** The exchange could not be started. */
    void failedToStart(CallOutcome outcome) {
        end(outcome, Duration.ZERO);
    }

    private void end(CallOutcome outcome, Duration took) {
        this.outcome = outcome;
        this.took = took;
        callsInFlight.ended(this);
        // Last, since the item does not depend on it.
        span.end(outcome);
    }
}
