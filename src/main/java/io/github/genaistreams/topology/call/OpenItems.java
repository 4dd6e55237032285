package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.JournalEntry.State;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open items of a task: what must survive a crash, and what is in memory.
 *
 * <p>A request is written once, by its sender. As long as the topic keeps its record, the stores hold only that its
 * offset is open, and whether a call was started ({@link OpenOffsets}). Earlier attempts, or a job at the API, are a
 * note in the journal. The request itself is in memory until its item ends. A worker that takes the task over reads it
 * again from its offset.
 *
 * <p>A request is journaled whole instead, and not kept in memory, in these cases: its topic may delete it first, it is
 * large, memory is short, only a schema registry can decode it, its next attempt is not soon, or its offset belongs to a chunk that cannot be read. The entry of an item on
 * the retry topic has no request, since that topic has it.
 *
 * <p>Everything written here is part of the task's transaction. For one stream thread.
 */
final class OpenItems<Q extends ApiRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(OpenItems.class);

    /** A larger request is not kept in memory while it waits. */
    private static final int MAX_BYTES = 256 << 10;

    /** A request that waits longer than this for its next attempt is not kept in memory while it waits. */
    private static final long MAX_WAIT_MILLIS = 10_000;

    private final ApiBinding<Q> api;
    private final Outbox<Q> outbox;
    private final KeyValueStore<ItemKey, JournalEntry> journal;
    private final OpenOffsets progress;
    private final RequestLog log;
    private final HeapRoom room;
    private final InputTopic.Names topics;

    /** Items whose records must still be read again. */
    private final Map<Origin, Kept.Unread<Q>> unread = new LinkedHashMap<>();

    OpenItems(
            ApiBinding<Q> api,
            Outbox<Q> outbox,
            KeyValueStore<ItemKey, JournalEntry> journal,
            OpenOffsets progress,
            RequestLog log,
            HeapRoom room,
            InputTopic.Names topics) {
        this.api = api;
        this.outbox = outbox;
        this.journal = journal;
        this.progress = progress;
        this.log = log;
        this.room = room;
        this.topics = topics;
    }

    /** Call it once, before anything else. Afterwards, the items that must be read again are in the lane. */
    Restored restore(Lane<Q> lane, TakenOffsets taken) {
        Map<ItemKey, JournalEntry> journaled = Journal.all(journal);
        for (OpenOffsets.Open open : progress.restore()) {
            JournalEntry note = journaled.remove(open.key());
            boolean isEarly = open.origin().topic() == InputTopic.REQUESTS
                    && taken.has(open.origin().offset());
            Item<Q> item = lane.open(open.key(), isEarly);
            var it = new Kept.Unread<>(item, open.origin(), note, open.isStarted());
            item.kept(it);
            lane.unread(item, open.origin().topic() == InputTopic.URGENT);
            unread.put(open.origin(), it);
        }
        return new Restored(journaled, List.copyOf(unread.keySet()));
    }

    /** Whether some records must still be read again. */
    boolean hasUnread() {
        return !unread.isEmpty();
    }

    /** The item whose record at this place must still be read again; null if there is none. */
    Kept.@Nullable Unread<Q> unreadAt(Origin origin) {
        return unread.get(origin);
    }

    /**
     * A request was read, for the first time or from the retry topic. From now on, it can be asked for. Nothing is
     * written until {@link #put} sets the item's state.
     *
     * @param timestamp time stamp of its record
     * @param value     the request's original value
     * @param dueAt     when it may be called, epoch milliseconds
     */
    void arrived(Item<Q> item, Q request, Origin origin, long timestamp, byte[] value, long dueAt, long now) {
        if (value.length <= MAX_BYTES
                && dueAt - now <= MAX_WAIT_MILLIS
                && outbox.kept(request, value) == value
                && log.keeps(topic(origin), timestamp, now)
                && progress.takes(origin)
                && room.take(value.length)) {
            JournalEntry note = origin.isRetry() ? journal.get(item.key()) : null;
            item.kept(new Kept.InMemory<>(origin, timestamp, null, request, value.length, note));
        }
    }

    private String topic(Origin origin) {
        return topics.of(origin.topic());
    }

    /**
     * The record of an item has been read again. Returns the item's state, according to the stores.
     *
     * @param entry     the state if only the record is known
     * @param timestamp time stamp of the record
     */
    JournalEntry readAgain(Kept.Unread<Q> it, Q request, JournalEntry entry, long timestamp, long now) {
        unread.remove(it.origin());
        Item<Q> item = it.item();
        JournalEntry merged = Notes.merge(entry, it.note(), it.isStarted());
        int bytes = entry.request().length;
        if (log.keeps(topic(it.origin()), timestamp, now) && room.take(bytes)) {
            item.kept(new Kept.InMemory<>(
                    it.origin(), timestamp, merged.withRequest(Journal.NOTHING), request, bytes, it.note()));
        } else {
            journalWhole(item, merged);
        }
        return merged;
    }

    /** The state of an item whose record was deleted or replaced. */
    JournalEntry lost(Kept.Unread<Q> it, long now) {
        unread.remove(it.origin());
        JournalEntry note = it.note() == null ? Journal.uncalled(now) : it.note();
        return it.isStarted() ? note.started() : note;
    }

    /**
     * The state of an item; null if it is not open, not stored yet, or not read again yet. Without the request if that
     * is in memory.
     */
    @Nullable
    JournalEntry find(Item<Q> item) {
        Kept<Q> it = item.kept();
        return it == null ? journal.get(item.key()) : it instanceof Kept.InMemory<Q> known ? known.entry() : null;
    }

    /** The same, of an item that was in a line; throws {@link IllegalStateException} if the stores do not know it. */
    JournalEntry get(Item<Q> item) {
        JournalEntry entry = find(item);
        if (entry == null) {
            throw new IllegalStateException("nothing is stored of " + item.key());
        }
        return entry;
    }

    /** The request of an item whose state {@link #get} has returned; null if it can no longer be read. */
    @Nullable
    Q request(Item<Q> item, JournalEntry entry) {
        if (item.kept() instanceof Kept.InMemory<Q> it) {
            return it.request();
        }
        return api.decoder().decode(entry.request()) instanceof Decoded.Valid<Q> valid ? valid.request() : null;
    }

    /** The current attempt of an item; null if its request can no longer be read. */
    @Nullable
    Attempt<Q> attempt(Item<Q> item, JournalEntry entry) {
        Q request = request(item, entry);
        return request == null ? null : Attempt.of(request, entry);
    }

    /** Stores the state of an item. */
    void put(Item<Q> item, JournalEntry entry) {
        if (item.kept() instanceof Kept.InMemory<Q> it && entry.state() != State.RETRYING) {
            JournalEntry note = Notes.of(entry);
            if (!Objects.equals(note, it.note())) {
                journal.put(item.key(), note);
            }
            progress.put(it.origin(), item.key(), entry.state() == State.STARTED);
            item.kept(it.with(entry.withRequest(Journal.NOTHING), note));
        } else {
            journalWhole(item, entry);
        }
    }

    /** The item has its result. */
    void delete(Item<Q> item) {
        Kept<Q> it = item.kept();
        letGo(item);
        if (it == null || it.note() != null) {
            journal.delete(item.key());
        }
    }

    /** Call it periodically. It journals requests that their topic may delete before their items end. */
    void saveOld(Collection<Item<Q>> items, long now) {
        int saved = 0;
        for (Item<Q> item : items) {
            if (item.kept() instanceof Kept.InMemory<Q> it
                    && it.entry() != null
                    && !log.keeps(topic(it.origin()), it.timestamp(), now)) {
                journalWhole(item, it.entry().withRequest(outbox.encode(it.request())));
                saved++;
            }
        }
        if (saved > 0) {
            LOG.atInfo()
                    .addKeyValue("items", saved)
                    .log("Requests are journaled, since their topic may delete them before they are answered");
        }
    }

    private void journalWhole(Item<Q> item, JournalEntry entry) {
        letGo(item);
        journal.put(item.key(), entry);
    }

    /** The task is given away with these items. */
    void close(Collection<Item<Q>> items) {
        for (Item<Q> item : items) {
            Kept<Q> it = item.kept();
            if (it != null) {
                room.giveBack(it.bytes());
                item.kept(null);
            }
        }
        unread.clear();
    }

    private void letGo(Item<Q> item) {
        Kept<Q> it = item.kept();
        if (it != null) {
            progress.remove(it.origin());
            unread.remove(it.origin());
            item.kept(null);
            room.giveBack(it.bytes());
        }
    }
}
