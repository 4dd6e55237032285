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
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the records of the topics. A request is recorded as open and joins the lane; a retry comes back into both. An
 * invalid record is answered or becomes a dead letter at once. Part of one incarnation of a task, on its stream thread.
 */
final class Intake<Q extends ApiRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(Intake.class);

    private final ApiBinding<Q> api;
    private final Outbox<Q> outbox;
    private final Lane<Q> lane;
    private final OpenItems<Q> items;
    private final Answered answered;
    private final Controls controls;
    private final Calls<Q> calls;
    private final Endings<Q> endings;
    private final Sender<Q> sender;
    private final CallEvents events;
    private final Splitting<Q> splitting;

    Intake(
            ApiBinding<Q> api,
            Outbox<Q> outbox,
            Lane<Q> lane,
            OpenItems<Q> items,
            Answered answered,
            Controls controls,
            Calls<Q> calls,
            Endings<Q> endings,
            Sender<Q> sender,
            CallEvents events) {
        this.api = api;
        this.outbox = outbox;
        this.lane = lane;
        this.items = items;
        this.answered = answered;
        this.controls = controls;
        this.calls = calls;
        this.endings = endings;
        this.sender = sender;
        this.events = events;
        this.splitting = new Splitting<>(api, outbox, endings, sender, events);
    }

    /** @param timestamp of the record itself, epoch milliseconds; 0 if it has none */
    void onRequest(Record<byte[], byte[]> record, long timestamp, InputTopic topic, RecordMetadata source) {
        try {
            takeRequest(record, timestamp, topic, source);
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            Optional<ItemKey> key = api.decoder().decode(record.value()) instanceof Decoded.Valid<Q> valid
                    ? Optional.of(valid.request().key())
                    : Optional.empty();
            onFailure(record, source, key, e);
        }
    }

    private void takeRequest(Record<byte[], byte[]> record, long timestamp, InputTopic topic, RecordMetadata source) {
        Decoded<Q> decoded =
                api.decoder().decode(record.value(), Splitting.part(record).orElse(null));
        if (decoded instanceof Decoded.Unreadable<Q> unreadable) {
            sender.deadLetter(record, source, DeadLetterKind.UNREADABLE_REQUEST, unreadable);
        } else {
            topic.mark(record.headers());
            onReadable(decoded, SubmittedAt.restored(record), new Origin(topic, source.offset()), timestamp);
            sender.noteReplay(decoded, record);
        }
    }

    private void onReadable(Decoded<Q> decoded, Record<byte[], byte[]> record, Origin origin, long timestamp) {
        if (decoded instanceof Decoded.Invalid<Q> invalid) {
            if (isNew(invalid.key(), record)) {
                endings.refuse(invalid.key(), invalid.batchSize(), null, record, invalid.error(), record.headers());
            }
        } else if (decoded instanceof Decoded.Whole<Q> whole) {
            splitting.split(whole, record, origin.topic());
        } else if (decoded instanceof Decoded.Valid<Q> valid
                && isNew(valid.request().key(), record)) {
            onValidRequest(valid.request(), record, origin, timestamp);
        }
    }

    private boolean isNew(ItemKey key, Record<byte[], byte[]> record) {
        boolean isNew = lane.get(key) == null && !answered.isRepeat(key, record.headers(), sender.now());
        if (!isNew) {
            sender.repeat(key);
        }
        return isNew;
    }

    private void onValidRequest(Q request, Record<byte[], byte[]> record, Origin origin, long timestamp) {
        Optional<CallError> refusal = outbox.tooLarge(record).or(() -> api.refusal(request));
        if (refusal.isPresent()) {
            endings.refuse(
                    request.key(),
                    request.batchSize(),
                    request.model(),
                    record,
                    refusal.get(),
                    outbox.headersOfRefused(record));
            return;
        }
        events.accepted(request, sender.partition());
        JournalEntry entry = Journal.first(
                Instant.ofEpochMilli(record.timestamp()), record.headers(), outbox.kept(request, record.value()));
        String stopped = controls.stopped(request.batchId(), Journal.retriedAt(entry));
        if (stopped != null) {
            endings.stop(request, entry, stopped, record.headers());
            return;
        }
        Item<Q> item = lane.open(request.key());
        lane.ready(item, Journal.work(request, entry));
        items.arrived(item, request, origin, timestamp, record.value(), 0, sender.now());
        calls.startReady(item, request, entry);
        if (item.state() instanceof Item.Ready) {
            items.put(item, entry);
        }
    }

    void onRetry(Record<byte[], byte[]> record, RecordMetadata source) {
        try {
            takeRetry(record, source);
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            onFailure(record, source, keyOf(record), e);
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
        JournalEntry mark = isAway(item) ? items.get(item) : null;
        // The mark in the journal and the retry record are written together. A record without a mark is not ours.
        if (mark == null || mark.attempt() != retry.attempt()) {
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
        return item != null && item.state() instanceof Item.Away;
    }

    /** Only workers write to the retry topic. But if a record cannot be read, its item must still end. */
    private void onUnreadableRetry(Record<byte[], byte[]> record, RecordMetadata source, String reason) {
        // The item's result does not depend on this record: the batch loses nothing.
        sender.deadLetter(record, source, DeadLetterKind.UNREADABLE_RETRY, new Decoded.Unreadable<>(reason));
        Item<Q> item = keyOf(record).map(lane::get).orElse(null);
        if (isAway(item)) {
            JournalEntry mark = items.get(item);
            CallError error =
                    CallError.internal("The retry record could not be read (" + reason + "); submit it again");
            endings.finishUnreadable(
                    item, mark == null ? Journal.unknown(sender.now()) : mark, error, record.headers());
        }
    }

    private static Optional<ItemKey> keyOf(Record<byte[], byte[]> retry) {
        try {
            return retry.key() == null ? Optional.empty() : Optional.of(ItemKeys.decode(retry.key()));
        } catch (WireException e) {
            return Optional.empty();
        }
    }

    /**
     * This program has failed on a record. An item that it names ends with a failed result; any other record becomes a
     * dead letter.
     */
    private void onFailure(
            Record<byte[], byte[]> record, RecordMetadata source, Optional<ItemKey> key, RuntimeException e) {
        Item<Q> open = key.map(lane::get).orElse(null);
        if (open != null) {
            endings.failed(open, e);
            return;
        }
        LOG.atError()
                .addKeyValue("topic", source.topic())
                .addKeyValue("partition", source.partition())
                .addKeyValue("offset", source.offset())
                .setCause(e)
                .log("The worker failed over a record");
        // An item that it names still has a result.
        sender.deadLetter(
                record,
                source,
                DeadLetterKind.WORKER_FAILURE,
                new Decoded.Unreadable<>(Endings.brokenBy(e).message()));
        key.ifPresent(item ->
                endings.refuse(item, null, null, record, Endings.brokenBy(e), Outbox.ourHeaders(record.headers())));
    }
}
