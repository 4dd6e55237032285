package io.github.genaistreams.topology;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.topology.CallEvents.DeadLetterKind;
import io.github.genaistreams.topology.RequestLog.Reread;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes in what the two topics bring: a request is journaled and joins the lane, a retry comes back into both; what cannot
 * be carried out is answered or becomes a dead letter here and now. Part of one incarnation of a task, on its stream
 * thread.
 */
final class Intake<Q extends ApiRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(Intake.class);

    private final CallTask<Q> task;
    private final Calls<Q> calls;
    private final Splitting<Q> splitting;

    Intake(CallTask<Q> task, Calls<Q> calls) {
        this.task = task;
        this.calls = calls;
        this.splitting = new Splitting<>(task);
    }

    /** @param timestamp of the record itself, epoch milliseconds; 0 if it has none */
    void onRequest(Record<byte[], byte[]> record, long timestamp, RecordMetadata source) {
        try {
            takeRequest(record, timestamp, source);
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            Optional<ItemKey> key = task.api().decoder().decode(record.value()) instanceof Decoded.Valid<Q> valid
                    ? Optional.of(valid.request().key())
                    : Optional.empty();
            onFailure(record, source, key, e);
        }
    }

    private void takeRequest(Record<byte[], byte[]> record, long timestamp, RecordMetadata source) {
        Decoded<Q> decoded = task.api()
                .decoder()
                .decode(record.value(), Splitting.part(record).orElse(null));
        if (decoded instanceof Decoded.Unreadable<Q> unreadable) {
            deadLetter(record, source, DeadLetterKind.UNREADABLE_REQUEST, unreadable);
        } else {
            onReadable(decoded, SubmittedAt.restored(record), new Origin(false, source.offset()), timestamp);
            noteReplay(decoded, record);
        }
    }

    private void onReadable(Decoded<Q> decoded, Record<byte[], byte[]> record, Origin origin, long timestamp) {
        if (decoded instanceof Decoded.Invalid<Q> invalid) {
            if (isNew(invalid.key(), record)) {
                task.answer(
                        task.results()
                                .refused(
                                        invalid.key(),
                                        invalid.batchSize(),
                                        null,
                                        time(record),
                                        task.now(),
                                        invalid.error()),
                        record.headers());
            }
        } else if (decoded instanceof Decoded.Whole<Q> whole) {
            splitting.split(whole, record);
        } else if (decoded instanceof Decoded.Valid<Q> valid
                && isNew(valid.request().key(), record)) {
            onValidRequest(valid.request(), record, origin, timestamp);
        }
    }

    private boolean isNew(ItemKey key, Record<byte[], byte[]> record) {
        boolean isNew = task.lane().get(key) == null && !task.answered().isRepeat(key, record.headers(), task.now());
        if (!isNew) {
            task.drop(key);
        }
        return isNew;
    }

    private void onValidRequest(Q request, Record<byte[], byte[]> record, Origin origin, long timestamp) {
        Optional<CallError> refusal = task.outbox().tooLarge(record).or(() -> task.refusal(request));
        if (refusal.isPresent()) {
            CallResult refused = task.results()
                    .refused(
                            request.key(),
                            request.batchSize(),
                            request.model(),
                            time(record),
                            task.now(),
                            refusal.get());
            task.answer(
                    refused,
                    task.outbox().tooLarge(record).isPresent()
                            ? Outbox.ourHeaders(record.headers())
                            : record.headers());
            return;
        }
        task.events().accepted(request, task.partition());
        JournalEntry entry =
                Journal.first(time(record), record.headers(), task.outbox().kept(request, record.value()));
        Optional<String> stopped = task.stopped(request.batchId(), Journal.retriedAt(entry));
        if (stopped.isPresent()) {
            task.answer(task.results().stopped(request, entry, stopped.get(), task.now()), record.headers());
            return;
        }
        Item<Q> item = task.lane().open(request.key());
        task.lane().ready(item, Journal.work(request, entry));
        task.items().arrived(item, request, origin, timestamp, record.value(), task.now());
        calls.startReady(item, request, entry);
        if (item.state() instanceof Item.Ready) {
            task.items().put(item, entry);
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
            retry = readRetry(record.value());
            request = task.outbox().encode(retry.request());
        } catch (WireException e) {
            onUnreadableRetry(record, source, e.getMessage());
            return;
        }
        ItemKey key = retry.request().key();
        Item<Q> item = task.lane().get(key);
        JournalEntry mark = isAway(item) ? task.items().get(item) : null;
        // The mark in the journal and the retry record are written together; a record without it is not ours to follow.
        if (mark == null || mark.attempt() != retry.attempt()) {
            task.drop(key);
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
        // The record is no younger than the end of its delay; its own time was given up for its turn.
        long timestamp = Math.min(task.now(), mark.notBefore().toEpochMilli());
        task.items().arrived(item, retry.request(), new Origin(true, source.offset()), timestamp, request, task.now());
        task.items().put(item, entry);
        task.lane()
                .waitUntil(
                        item,
                        Journal.work(retry.request(), entry),
                        mark.notBefore().toEpochMilli());
        calls.startReady();
    }

    private static boolean isAway(Item<?> item) {
        return item != null && item.state() instanceof Item.Away;
    }

    /** What has become of the record of an item that another worker, or this one before, has taken in and not answered. */
    void onReread(boolean isRetry, Reread reread) {
        var origin = new Origin(isRetry, reread.offset());
        Item<Q> item = task.items().unreadAt(origin);
        if (item != null) {
            task.about(item, () -> takeUp(item, origin, reread));
        }
    }

    private void takeUp(Item<Q> item, Origin origin, Reread reread) {
        if (reread instanceof Reread.Found found) {
            ConsumerRecord<byte[], byte[]> record = found.record();
            Optional<Q> request = requestAgain(record, origin.isRetry());
            if (request.filter(it -> it.key().equals(item.key())).isPresent()) {
                resume(item, request.get(), record, origin);
                return;
            }
        }
        CallError error = new CallError(
                "Its record, at offset " + origin.offset() + " of the " + (origin.isRetry() ? "retry" : "request")
                        + " topic, is gone or was replaced before it was answered; submit it again",
                "internal_error",
                "request_gone",
                null,
                false,
                null);
        JournalEntry entry = task.items().lost(item, task.now());
        task.finish(item, task.results().unreadable(item.key(), entry, error, task.now()), Outbox.noHeaders());
    }

    private Optional<Q> requestAgain(ConsumerRecord<byte[], byte[]> record, boolean isRetry) {
        try {
            if (isRetry) {
                return Optional.of(readRetry(record.value()).request());
            }
            return task.api().decoder().decode(record.value()) instanceof Decoded.Valid<Q> valid
                    ? Optional.of(valid.request())
                    : Optional.empty();
        } catch (WireException e) {
            return Optional.empty();
        }
    }

    private void resume(Item<Q> item, Q request, ConsumerRecord<byte[], byte[]> found, Origin origin) {
        Instant sentAt = PresentTime.sentAt(found.timestamp(), task.now());
        var record =
                SubmittedAt.restored(new Record<>(found.key(), found.value(), sentAt.toEpochMilli(), found.headers()));
        byte[] value = origin.isRetry() ? task.outbox().encode(request) : found.value();
        JournalEntry entry = task.items()
                .readAgain(
                        item,
                        request,
                        Journal.first(time(record), record.headers(), value),
                        found.timestamp(),
                        task.now());
        calls.resume(item, entry, Journal.work(request, entry));
    }

    /** Throws {@link WireException} if it is not what a worker writes. */
    private RetryRecord<Q> readRetry(byte[] value) {
        if (value == null) {
            throw new WireException("the value is null");
        }
        RetryRecord<Q> retry = task.api().retries().decode(value);
        if (retry.request() == null) {
            throw new WireException("`request` is missing");
        }
        Decoded<Q> request = task.api().decoder().checked(retry.request());
        if (request instanceof Decoded.Unreadable<Q> unreadable) {
            throw new WireException("in `request`: " + unreadable.reason());
        }
        if (request instanceof Decoded.Invalid<Q> invalid) {
            throw new WireException("in `request`: " + invalid.error().message());
        }
        return retry;
    }

    /** Nobody else writes to the retry topic, but if its record cannot be read, its item must still have an end. */
    private void onUnreadableRetry(Record<byte[], byte[]> record, RecordMetadata source, String reason) {
        // Whether its item has a result does not hang on this record: nothing of its batch is lost.
        deadLetter(record, source, DeadLetterKind.UNREADABLE_RETRY, new Decoded.Unreadable<>(reason));
        Item<Q> item = keyOf(record).map(task.lane()::get).orElse(null);
        if (isAway(item)) {
            JournalEntry mark =
                    Optional.ofNullable(task.items().get(item)).orElseGet(() -> Journal.unknown(task.now()));
            CallError error =
                    CallError.internal("The retry record could not be read (" + reason + "); submit it again");
            task.finish(item, task.results().unreadable(item.key(), mark, error, task.now()), record.headers());
        }
    }

    private static Optional<ItemKey> keyOf(Record<byte[], byte[]> retry) {
        try {
            return retry.key() == null ? Optional.empty() : Optional.of(ItemKeys.decode(retry.key()));
        } catch (WireException e) {
            return Optional.empty();
        }
    }

    /** This software has failed over a record: an item that it names ends and says so, any other record is a dead letter. */
    private void onFailure(
            Record<byte[], byte[]> record, RecordMetadata source, Optional<ItemKey> key, RuntimeException e) {
        Item<Q> open = key.map(task.lane()::get).orElse(null);
        if (open != null) {
            task.failed(open, e);
            return;
        }
        LOG.atError()
                .addKeyValue("topic", source.topic())
                .addKeyValue("partition", source.partition())
                .addKeyValue("offset", source.offset())
                .setCause(e)
                .log("The worker failed over a record");
        // An item that it names has a result all the same.
        deadLetter(
                record,
                source,
                DeadLetterKind.WORKER_FAILURE,
                new Decoded.Unreadable<>(CallTask.brokenBy(e).message()));
        key.ifPresent(item -> task.answer(
                task.results().refused(item, null, null, time(record), task.now(), CallTask.brokenBy(e)),
                Outbox.ourHeaders(record.headers())));
    }

    private void deadLetter(
            Record<byte[], byte[]> record, RecordMetadata source, DeadLetterKind kind, Decoded.Unreadable<Q> letter) {
        String api = task.api().api();
        task.events()
                .deadLetter(source.topic(), task.partition(), source.offset(), letter.batchId(), kind, letter.reason());
        task.context()
                .forward(
                        task.outbox().deadLetter(record, source, letter.reason(), task.now()),
                        GenAiTopology.Sinks.deadLetters(api));
        if (letter.batchId() != null) {
            if (has(WireHeaders.REPLAYED_FROM, record)) {
                // It was counted when it became one, and is counted again now.
                task.note(BatchNote.of(letter.batchId(), api, BatchNote.Kind.REPLAYED));
            }
            task.note(BatchNote.deadLetter(letter.batchId(), api, letter.batchSize(), letter.reason()));
        }
    }

    /** A dead letter that can be read after all is none any more; its items, and what is sent again later, have its header too. */
    private void noteReplay(Decoded<Q> decoded, Record<byte[], byte[]> record) {
        if (has(WireHeaders.REPLAYED_FROM, record)
                && !has(WireHeaders.SUBMITTED_AT, record)
                && !has(WireHeaders.RETRY, record)) {
            task.note(BatchNote.of(batchId(decoded), task.api().api(), BatchNote.Kind.REPLAYED));
        }
    }

    private static boolean has(String header, Record<?, ?> record) {
        return record.headers().lastHeader(header) != null;
    }

    /** Of one that could be read. */
    private String batchId(Decoded<Q> decoded) {
        return decoded instanceof Decoded.Valid<Q> valid
                ? valid.request().batchId()
                : decoded instanceof Decoded.Invalid<Q> invalid
                        ? invalid.key().batchId()
                        : ((Decoded.Whole<Q>) decoded).items().get(0).batchId();
    }

    private static Instant time(Record<?, ?> record) {
        return Instant.ofEpochMilli(record.timestamp());
    }
}
