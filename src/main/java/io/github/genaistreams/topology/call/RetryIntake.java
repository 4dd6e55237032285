package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.topology.call.CallEvents.DeadLetterKind;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.WireException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Reads the retry topic. An item that was away is in the lane again, and waits there for its time. Part of one
 * incarnation of a task, on its stream thread.
 */
final class RetryIntake<Q extends ApiRequest> {

    private final ApiBinding<Q> api;
    private final Outbox<Q> outbox;
    private final Lane<Q> lane;
    private final OpenItems<Q> items;
    private final Calls<Q> calls;
    private final Endings<Q> endings;
    private final Sender<Q> sender;

    RetryIntake(
            ApiBinding<Q> api,
            Outbox<Q> outbox,
            Lane<Q> lane,
            OpenItems<Q> items,
            Calls<Q> calls,
            Endings<Q> endings,
            Sender<Q> sender) {
        this.api = api;
        this.outbox = outbox;
        this.lane = lane;
        this.items = items;
        this.calls = calls;
        this.endings = endings;
        this.sender = sender;
    }

    void onRetry(Record<byte[], byte[]> record, RecordMetadata source) {
        try {
            takeRetry(record, source);
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            endings.failed(record, source, ItemKeys.find(record.key()), e);
        }
    }

    private void takeRetry(Record<byte[], byte[]> record, RecordMetadata source) {
        RetryRecord<Q> retry;
        byte[] request;
        try {
            retry = api.readRetry(record.value());
            request = outbox.encode(retry.request());
        } catch (WireException e) {
            onUnreadableRetry(record, source, e.getMessage());
            return;
        }
        ItemKey key = retry.request().key();
        Item<Q> item = lane.get(key);
        JournalEntry mark = item != null && isAway(item) ? items.find(item) : null;
        // The mark in the journal and the retry record are written together. No worker writes a record without a mark.
        if (item == null || mark == null || mark.attempt() != retry.attempt()) {
            sender.repeat(key);
            return;
        }
        JournalEntry entry = Journal.again(
                mark.attempt(),
                mark.notBefore(),
                mark.submittedAt(),
                retry.lastError(),
                record.headers(),
                request,
                mark.earlier());
        // The record was written at the end of its delay at the earliest. Its own time was replaced to move it ahead.
        long dueAt = mark.notBefore().toEpochMilli();
        long timestamp = Math.min(sender.now(), dueAt);
        items.arrived(
                item,
                retry.request(),
                new Origin(InputTopic.RETRIES, source.offset()),
                timestamp,
                request,
                dueAt,
                sender.now());
        items.put(item, entry);
        lane.waitUntil(item, Journal.work(retry.request(), entry), dueAt);
        calls.startReady();
    }

    private static boolean isAway(Item<?> item) {
        return item.state() instanceof Item.Away;
    }

    /** Only workers write to the retry topic. But if a record cannot be read, its item must still end. */
    private void onUnreadableRetry(Record<byte[], byte[]> record, RecordMetadata source, String reason) {
        // The item's result does not depend on this record: the batch loses nothing.
        sender.deadLetter(record, source, DeadLetterKind.UNREADABLE_RETRY, new Decoded.Unreadable<>(reason));
        Item<Q> item = ItemKeys.find(record.key()).map(lane::get).orElse(null);
        if (item != null && isAway(item)) {
            JournalEntry mark = items.find(item);
            CallError error =
                    CallError.internal("The retry record could not be read (" + reason + "); submit it again");
            endings.finishUnreadable(
                    item, mark == null ? Journal.unknown(sender.now()) : mark, error, record.headers());
        }
    }
}
