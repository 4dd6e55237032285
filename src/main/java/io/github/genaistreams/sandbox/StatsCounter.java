package io.github.genaistreams.sandbox;

import io.github.genaistreams.sandbox.SandboxStats.ItemCalls;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counts for {@link SandboxStats}; thread-safe. */
final class StatsCounter {

    private final LongAdder requests = new LongAdder();
    private final LongAdder limited = new LongAdder();
    private final LongAdder inputTokens = new LongAdder();
    private final LongAdder outputTokens = new LongAdder();
    private final LongAdder polls = new LongAdder();
    private final LongAdder cancels = new LongAdder();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger maxInFlight = new AtomicInteger();
    private final Map<Integer, LongAdder> byStatus = new ConcurrentHashMap<>();
    private final Map<Fault, LongAdder> faults = new ConcurrentHashMap<>();
    private final Map<String, Map<Integer, ItemCounts>> batches = new ConcurrentHashMap<>();

    /** The calls of one item. */
    static final class ItemCounts {
        private int calls;
        private int succeeded;
        private int repeated;
        private int submitted;
        private int polls;
        private int cancels;

        private synchronized int arrived() {
            if (succeeded > 0) {
                repeated++;
            }
            return ++calls;
        }

        private synchronized void succeeded(int change) {
            succeeded += change;
        }

        private synchronized void submitted() {
            submitted++;
        }

        private synchronized int polled() {
            return ++polls;
        }

        private synchronized void cancelled() {
            cancels++;
        }

        private synchronized ItemCalls snapshot() {
            return new ItemCalls(calls, succeeded, repeated, submitted, polls, cancels);
        }
    }

    void requestStarted() {
        requests.increment();
        maxInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
    }

    void requestEnded() {
        inFlight.decrementAndGet();
    }

    ItemCounts item(String batch, int index) {
        return batches.computeIfAbsent(batch, b -> new ConcurrentHashMap<>())
                .computeIfAbsent(index, i -> new ItemCounts());
    }

    /** @return the number of this call among those of the item, from 1 */
    int arrived(ItemCounts item) {
        return item.arrived();
    }

    /** Counts an answer before it is written: its client may make another call as soon as it has read it. */
    void succeeds(ItemCounts item, TokenCounts answer) {
        item.succeeded(1);
        inputTokens.add(answer.inputTokens());
        outputTokens.add(answer.outputTokens());
    }

    /** Takes the answer back from the counts: it could not be written. */
    void notWritten(ItemCounts item, TokenCounts answer) {
        item.succeeded(-1);
        inputTokens.add(-answer.inputTokens());
        outputTokens.add(-answer.outputTokens());
    }

    /** Counts a response that is not final when its call is answered. */
    void submitted(ItemCounts item) {
        item.submitted();
    }

    /** @return the number of this poll among those of the item, from 1 */
    int polled(ItemCounts item) {
        polls.increment();
        return item.polled();
    }

    void cancelled(ItemCounts item) {
        cancels.increment();
        item.cancelled();
    }

    void answered(int status) {
        byStatus.computeIfAbsent(status, s -> new LongAdder()).increment();
    }

    void met(Fault fault) {
        faults.computeIfAbsent(fault, f -> new LongAdder()).increment();
    }

    void limited() {
        limited.increment();
    }

    /** @param batch the only batch to list, or empty for all */
    SandboxStats snapshot(Optional<String> batch) {
        var statuses = new TreeMap<Integer, Long>();
        byStatus.forEach((status, count) -> statuses.put(status, count.sum()));
        var kinds = new EnumMap<Fault, Long>(Fault.class);
        faults.forEach((fault, count) -> kinds.put(fault, count.sum()));
        var listed = new TreeMap<String, Map<Integer, ItemCalls>>();
        batches.forEach((id, items) -> {
            if (batch.isEmpty() || batch.get().equals(id)) {
                var calls = new TreeMap<Integer, ItemCalls>();
                items.forEach((index, item) -> calls.put(index, item.snapshot()));
                listed.put(id, calls);
            }
        });
        return new SandboxStats(
                requests.sum(),
                statuses,
                kinds,
                limited.sum(),
                inFlight.get(),
                maxInFlight.get(),
                inputTokens.sum(),
                outputTokens.sum(),
                polls.sum(),
                cancels.sum(),
                listed);
    }

    /** The tokens of a good answer. */
    record TokenCounts(long inputTokens, long outputTokens) {}
}
