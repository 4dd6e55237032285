package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.flow.Verdict;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.provider.CallOutcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Handles the outcomes of calls and polls: an item gets its result, is retried, or is polled again. Part of one
 * incarnation of a task, on its stream thread.
 */
final class Outcomes<Q extends ApiRequest> {

    /** Limits of one turn of handling outcomes. */
    private static final int TURN_OUTCOMES = 200;

    private static final long TURN_NANOS = 5_000_000;

    private final CallsInFlight<Q> callsInFlight;
    private final Calls<Q> calls;
    private final RemoteJobs<Q> jobs;
    private final StoppedBatches<Q> stops;
    private final Retries<Q> retries;
    private final Endings<Q> endings;
    private final Sender<Q> sender;

    Outcomes(
            CallsInFlight<Q> callsInFlight,
            Calls<Q> calls,
            RemoteJobs<Q> jobs,
            StoppedBatches<Q> stops,
            Retries<Q> retries,
            Endings<Q> endings,
            Sender<Q> sender) {
        this.callsInFlight = callsInFlight;
        this.calls = calls;
        this.jobs = jobs;
        this.stops = stops;
        this.retries = retries;
        this.endings = endings;
        this.sender = sender;
    }

    /** Handles finished exchanges for one turn, and fills the free slots. */
    void take() {
        // Deltas come first, so that the text of an answer precedes its result.
        callsInFlight.deltas().take(sender::delta);
        long end = System.nanoTime() + TURN_NANOS;
        for (int taken = 0; taken < TURN_OUTCOMES && (taken == 0 || System.nanoTime() < end); taken++) {
            CallInFlight<Q> next = callsInFlight.next();
            if (next == null) {
                return;
            }
            // The item may have been given up in the meantime.
            if (next.item().state() instanceof Item.InFlight<Q> inFlight && inFlight.exchange() == next) {
                endings.about(next.item(), () -> settle(next, inFlight.permit()));
            }
            calls.startReady();
        }
    }

    private void settle(CallInFlight<Q> exchange, Permit permit) {
        Verdict verdict = exchange.settle(permit, sender.now());
        String stopped = stops.ends(exchange);
        if (stopped != null) {
            stops.end(exchange, stopped);
            return;
        }
        Item<Q> item = exchange.item();
        Attempt<Q> attempt = exchange.attempt();
        CallOutcome outcome = exchange.outcome();
        if (outcome instanceof CallOutcome.Accepted job) {
            outcome = jobs.accepted(exchange, job);
            if (outcome == null) {
                return;
            }
        }
        CallEnd end = endings.ended(attempt, outcome, exchange.took());
        if (!isCalledAgain(item, attempt, outcome, verdict)) {
            endings.finish(item, attempt, outcome, end);
        }
    }

    private boolean isCalledAgain(Item<Q> item, Attempt<Q> attempt, CallOutcome outcome, Verdict verdict) {
        CallOutcome.Retry retry = asRetry(outcome, verdict);
        return retry != null
                ? retries.send(item, attempt, retry, verdict == Verdict.SPARED)
                : outcome instanceof CallOutcome.Failed failed && retries.sendLastResort(item, attempt, failed);
    }

    /** A refused key or an exhausted quota ends an attempt as a failure, but is not the item's fault. */
    private static CallOutcome.@Nullable Retry asRetry(CallOutcome outcome, Verdict verdict) {
        if (outcome instanceof CallOutcome.Failed failed
                && verdict != Verdict.AS_IT_ENDED
                && Reports.isRefusal(outcome)) {
            return new CallOutcome.Retry(failed.error(), Duration.ZERO, failed.requestId(), failed.answer(), false);
        }
        return outcome instanceof CallOutcome.Retry retry ? retry : null;
    }
}
