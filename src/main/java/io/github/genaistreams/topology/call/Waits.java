package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.HoldStatus;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Waiting;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reports which batches make no progress on this lane, and why, for their status. A batch waits while the credentials of
 * all its items are held and none of its jobs is at the API, or while all its items wait a minute or longer for their next
 * attempt. Part of one incarnation of a task, on its stream thread.
 */
final class Waits<Q extends ApiRequest> {

    private static final long LOOK_MILLIS = 1_000;

    /** A shorter delay is not worth a note. */
    private static final long MIN_DELAY_MILLIS = 60_000;

    /** How often a note is repeated: results of another partition, which makes progress, remove the wait from the status. */
    private static final long REPEAT_MILLIS = 30_000;

    /** Maximum number of batches with notes at the same time, because each note leads to a status record. */
    private static final int MAX_BATCHES = 500;

    private final String api;
    private final Lane<Q> lane;
    private final OpenItems<Q> items;
    private final Governors governors;
    private final Sender<Q> sender;

    /** The last note of each batch that waits, and its time. */
    private final Map<String, Said> said = new HashMap<>();

    private long lookDue;

    private record Said(Waiting waiting, long at) {}

    /** Why a batch waits, and one of its items. */
    private record Found<Q extends ApiRequest>(Waiting waiting, Item<Q> item) {}

    Waits(ApiBinding<Q> api, Lane<Q> lane, OpenItems<Q> items, Sender<Q> sender) {
        this.api = api.api();
        this.lane = lane;
        this.items = items;
        this.governors = api.governors();
        this.sender = sender;
    }

    /** The lane has nothing left to do. */
    void ended() {
        said.keySet().forEach(batchId -> sender.note(BatchNote.goesOn(batchId, api)));
        said.clear();
    }

    /** Sends the changes. Call it often; it checks once a second. */
    void report(long now) {
        if (now < lookDue) {
            return;
        }
        lookDue = now + LOOK_MILLIS;
        Map<String, Found<Q>> waiting = waiting(now);
        waiting.entrySet().stream()
                .filter(each -> said.containsKey(each.getKey()) || said.size() < MAX_BATCHES)
                .forEach(each -> say(each.getKey(), each.getValue(), now));
        for (Iterator<String> before = said.keySet().iterator(); before.hasNext(); ) {
            String batchId = before.next();
            if (!waiting.containsKey(batchId)) {
                sender.note(BatchNote.goesOn(batchId, api));
                before.remove();
            }
        }
    }

    private void say(String batchId, Found<Q> found, long at) {
        Waiting now = found.waiting();
        Said last = said.get(batchId);
        Waiting told = last != null && last.waiting().reason().equals(now.reason())
                ? new Waiting(now.reason(), last.waiting().since(), now.until(), now.detail())
                : now;
        if (last == null || told == now || at - last.at() >= REPEAT_MILLIS) {
            said.put(batchId, new Said(told, at));
            sender.note(BatchNote.waiting(batchId, api, size(found.item()), told));
        }
    }

    /** The size of an item's batch; null if it is not known. */
    private @Nullable Integer size(Item<Q> item) {
        JournalEntry entry = items.find(item);
        Q request = entry == null ? null : items.request(item, entry);
        return request == null ? null : request.batchSize();
    }

    private Map<String, Found<Q>> waiting(long now) {
        Map<String, Found<Q>> held = new HashMap<>();
        Map<String, Item<Q>> first = new HashMap<>();
        Set<String> busy = new HashSet<>();
        Map<String, Optional<HoldStatus>> holds = new HashMap<>();
        for (Item<Q> item : lane.all()) {
            String batchId = item.key().batchId();
            Optional<HoldStatus> hold = item.work().isKnown()
                    ? holds.computeIfAbsent(item.work().credential(), alias -> governors.hold(alias, now))
                    : Optional.empty();
            if (item.state() instanceof Item.Remote) {
                busy.add(batchId);
            } else if (hold.isPresent()) {
                held.putIfAbsent(batchId, new Found<>(waiting(hold.get(), now), item));
            } else if (item.state() instanceof Item.Delayed<Q> waiting && waiting.dueAt() - now >= MIN_DELAY_MILLIS) {
                first.merge(batchId, item, (a, b) -> dueAt(a) <= dueAt(b) ? a : b);
            } else {
                busy.add(batchId);
            }
        }
        held.keySet().removeAll(busy);
        first.forEach((batchId, item) -> {
            if (!busy.contains(batchId)) {
                held.computeIfAbsent(batchId, id -> new Found<>(delayed(item, now), item));
            }
        });
        return held;
    }

    private static long dueAt(Item<?> item) {
        return ((Item.Delayed<?>) item.state()).dueAt();
    }

    private static Waiting waiting(HoldStatus hold, long now) {
        return new Waiting(
                hold.reason().label(),
                Instant.ofEpochMilli(hold.since()),
                hold.probeAt() <= now ? null : Instant.ofEpochMilli(hold.probeAt()),
                hold.words());
    }

    private Waiting delayed(Item<Q> item, long now) {
        JournalEntry entry = items.find(item);
        CallError error = entry == null ? null : entry.lastError();
        return new Waiting(
                Waiting.RETRY_DELAY,
                Instant.ofEpochMilli(now),
                Instant.ofEpochMilli(dueAt(item)),
                error == null ? null : error.message());
    }
}
