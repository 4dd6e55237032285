package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Pace;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Makes the calls that the lane allows to start. Part of one incarnation of a task, on its stream thread.
 *
 * <p>A call that must not be made twice starts only after its mark is committed. So the call leaves a trace even if the
 * worker dies.
 */
final class Calls<Q extends ApiRequest> {

    private final Lane<Q> lane;
    private final OpenItems<Q> items;
    private final CallsInFlight<Q> callsInFlight;
    private final RemoteJobs<Q> jobs;
    private final Controls controls;
    private final Endings<Q> endings;
    private final Sender<Q> sender;
    private final Pace pace;

    /** Items whose mark is being committed, in the order of their marks. */
    private final Queue<Item<Q>> marked = new ArrayDeque<>();

    Calls(
            Lane<Q> lane,
            OpenItems<Q> items,
            CallsInFlight<Q> callsInFlight,
            RemoteJobs<Q> jobs,
            Controls controls,
            Endings<Q> endings,
            Sender<Q> sender,
            Pace pace) {
        this.lane = lane;
        this.items = items;
        this.callsInFlight = callsInFlight;
        this.jobs = jobs;
        this.controls = controls;
        this.endings = endings;
        this.sender = sender;
        this.pace = pace;
    }

    /** Starts the calls that may start. */
    void startReady() {
        for (Item<Q> next = next(); next != null; next = next()) {
            Item<Q> item = next;
            endings.about(item, () -> startKnown(item));
        }
    }

    /**
     * Starts the calls that may start.
     *
     * @param fresh an item that has just joined the lane and may start before the stores record it
     */
    void startReady(Item<Q> fresh, Q request, JournalEntry entry) {
        for (Item<Q> next = next(); next != null; next = next()) {
            Item<Q> item = next;
            if (item == fresh) {
                endings.about(item, () -> start(item, request, entry));
            } else {
                endings.about(item, () -> startKnown(item));
            }
        }
    }

    private @Nullable Item<Q> next() {
        return lane.startNext(sender.now());
    }

    private void startKnown(Item<Q> item) {
        JournalEntry entry = items.get(item);
        Q request = items.request(item, entry);
        if (request == null) {
            endings.finishUnreadable(item, entry);
        } else {
            start(item, request, entry);
        }
    }

    private void start(Item<Q> item, Q request, JournalEntry entry) {
        if (jobs.takeUp(item, entry)) {
            return;
        }
        JournalEntry now = entry;
        if (entry.state() == JournalEntry.State.STARTED) {
            if (!request.resubmitsOnUnknown()) {
                endUnknown(item, request, entry);
                return;
            }
            now = entry.interrupted(Costs.afterInterruption(entry.earlier()));
        }
        String stopped = controls.stopped(item.key().batchId(), Journal.retriedAt(now));
        if (stopped != null) {
            endings.stop(item, request, now, stopped);
            return;
        }
        JournalEntry started = now.started();
        if (request.resubmitsOnUnknown()) {
            Attempt<Q> attempt = Attempt.of(request, started);
            CallSpan span = callsInFlight.span(attempt);
            items.put(item, Journal.withSpan(started, attempt.headers()));
            callsInFlight.call(item, attempt, span);
        } else {
            items.put(item, started);
            sender.commit();
            lane.mark(item, request, now, pace.commits());
            marked.add(item);
        }
    }

    /** The previous worker died, or gave the task away, while the call was in flight. */
    private void endUnknown(Item<Q> item, Q request, JournalEntry entry) {
        CallError error = new CallError(
                "The worker ended while the request was being submitted. The API may still be working on it, and"
                        + " bill it (resubmit_on_unknown is false)",
                "interrupted",
                "unknown_outcome",
                null,
                false,
                null);
        endings.finish(
                item, Attempt.of(request, entry), new CallOutcome.Failed(error, null, null, true), Duration.ZERO);
    }

    /**
     * Makes the calls whose marks are committed. A lane that starts nothing more does not wait for the commit, since
     * nothing may be committed before it is given away. It takes the mark back, so that the next owner makes the call.
     */
    void startMarked() {
        while (!marked.isEmpty()) {
            Item<Q> item = marked.peek();
            if (item.state() instanceof Item.Marked<Q> mark) {
                boolean isCommitted = mark.commits() < pace.commits();
                if (!isCommitted && !lane.figures().isStopped()) {
                    return;
                }
                endings.about(item, () -> {
                    if (isCommitted) {
                        startMarked(item, mark);
                    } else {
                        items.put(item, items.get(item).notStarted());
                        lane.unmark(item);
                    }
                });
            }
            marked.poll();
        }
    }

    private void startMarked(Item<Q> item, Item.Marked<Q> mark) {
        String stopped = controls.stopped(item.key().batchId(), Journal.retriedAt(mark.entry()));
        if (stopped != null) {
            endings.stop(item, mark.request(), mark.entry(), stopped);
        } else {
            Attempt<Q> attempt = Attempt.of(mark.request(), mark.entry());
            callsInFlight.call(item, attempt, callsInFlight.span(attempt));
        }
    }

    /** Puts an item in the queue where the previous worker left it; {@code work} is its size for the lane's bounds. */
    void resume(Item<Q> item, JournalEntry entry, Work work) {
        if (entry.remoteJob() != null) {
            // The answer may already exist, so the request is never submitted again.
            lane.remoteElsewhere(item, work, 0);
        } else if (entry.attempt() == 1 && entry.notBefore().toEpochMilli() <= sender.now()) {
            lane.ready(item, work);
        } else {
            lane.waitUntil(item, work, entry.notBefore().toEpochMilli());
        }
    }
}
