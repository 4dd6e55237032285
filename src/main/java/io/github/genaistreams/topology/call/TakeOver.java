package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.topology.call.RequestLog.Reread;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.WireException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up the open items of the previous worker, or of this one. An item that is whole in the journal joins its line
 * at once. Of the others, only the names are known until their records are read again. Part of one incarnation of a
 * task, on its stream thread.
 */
final class TakeOver<Q extends ApiRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(TakeOver.class);

    /** Limit of one turn of taking in records that were read again. */
    private static final int TURN_RECORDS = 50;

    private final ApiBinding<Q> api;
    private final Outbox<Q> outbox;
    private final RequestLog log;
    private final Lane<Q> lane;
    private final OpenItems<Q> items;
    private final Calls<Q> calls;
    private final Endings<Q> endings;
    private final Sender<Q> sender;

    /** What is being read again; empty when that is done. */
    private final List<Reading> readings = new ArrayList<>();

    private record Reading(InputTopic topic, RequestLog.Reading records) {}

    TakeOver(
            ApiBinding<Q> api,
            Outbox<Q> outbox,
            RequestLog log,
            Lane<Q> lane,
            OpenItems<Q> items,
            Calls<Q> calls,
            Endings<Q> endings,
            Sender<Q> sender) {
        this.api = api;
        this.outbox = outbox;
        this.log = log;
        this.lane = lane;
        this.items = items;
        this.calls = calls;
        this.endings = endings;
        this.sender = sender;
    }

    /** Call it once, before anything else. */
    void begin(InputTopic.Names topics, int partition, TakenOffsets taken) {
        Restored restored = items.restore(lane, taken);
        restored.whole().forEach((key, entry) -> {
            Item<Q> item = lane.open(key, false);
            switch (entry.state()) {
                case OPEN, STARTED -> calls.resume(item, entry, work(entry));
                case RETRYING -> lane.away(item);
            }
        });
        for (InputTopic topic : InputTopic.values()) {
            read(topic, new TopicPartition(topics.of(topic), partition), restored.unread());
        }
    }

    private void read(InputTopic topic, TopicPartition partition, List<Origin> unread) {
        List<Long> offsets = unread.stream()
                .filter(origin -> origin.topic() == topic)
                .map(Origin::offset)
                .toList();
        if (!offsets.isEmpty()) {
            readings.add(new Reading(topic, log.read(partition, offsets)));
        }
    }

    /** An item whose request can no longer be read ends when its turn comes. */
    private Work work(JournalEntry entry) {
        try {
            if (api.decoder().decode(entry.request()) instanceof Decoded.Valid<Q> valid) {
                return Journal.work(valid.request(), entry);
            }
        } catch (RuntimeException e) {
            LOG.error("A journaled request cannot be read, so its item ends when its turn comes", e);
        }
        return Work.unreadable(entry.request().length);
    }

    /** Whether some records must still be read again. */
    boolean isUnderWay() {
        return items.hasUnread();
    }

    /** Takes in, for one turn, records that were read again. */
    void takeReread() {
        for (Reading reading : readings) {
            Reread next;
            for (int taken = 0;
                    taken < TURN_RECORDS && (next = reading.records().next()) != null;
                    taken++) {
                take(new Origin(reading.topic(), next.offset()), next);
            }
        }
        if (!items.hasUnread()) {
            close();
        }
    }

    /** The state of an item's record. */
    private void take(Origin origin, Reread reread) {
        Kept.Unread<Q> unread = items.unreadAt(origin);
        if (unread != null) {
            endings.about(unread.item(), () -> take(unread, reread));
        }
    }

    private void take(Kept.Unread<Q> unread, Reread reread) {
        Item<Q> item = unread.item();
        Origin origin = unread.origin();
        if (reread instanceof Reread.Found found) {
            Q request = request(found.record(), origin.isRetry());
            if (request != null && request.key().equals(item.key())) {
                resume(unread, request, found.record());
                return;
            }
        }
        CallError error = new CallError(
                "Its record, at offset " + origin.offset() + " of the "
                        + origin.topic().words()
                        + " topic, is gone or was replaced before it was answered; submit it again",
                "internal_error",
                "request_gone",
                null,
                false,
                null);
        endings.finishUnreadable(item, items.lost(unread, sender.now()), error, Outbox.noHeaders());
    }

    /** The request in a record; null if it cannot be read. */
    private @Nullable Q request(ConsumerRecord<byte[], byte[]> record, boolean isRetry) {
        try {
            if (isRetry) {
                return api.readRetry(record.value()).request();
            }
            return api.decoder().decode(record.value()) instanceof Decoded.Valid<Q> valid ? valid.request() : null;
        } catch (WireException e) {
            return null;
        }
    }

    private void resume(Kept.Unread<Q> unread, Q request, ConsumerRecord<byte[], byte[]> found) {
        Origin origin = unread.origin();
        Instant sentAt = PresentTime.sentAt(found.timestamp(), sender.now());
        var record =
                SubmittedAt.restored(new Record<>(found.key(), found.value(), sentAt.toEpochMilli(), found.headers()));
        if (!origin.isRetry()) {
            origin.topic().mark(record.headers());
        }
        byte[] value = origin.isRetry() ? outbox.encode(request) : found.value();
        JournalEntry first = Journal.first(Instant.ofEpochMilli(record.timestamp()), record.headers(), value);
        JournalEntry entry = items.readAgain(unread, request, first, found.timestamp(), sender.now());
        calls.resume(unread.item(), entry, Journal.work(request, entry));
    }

    /** Stops reading. */
    void close() {
        readings.forEach(reading -> reading.records().close());
        readings.clear();
    }
}
