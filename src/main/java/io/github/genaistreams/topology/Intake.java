package io.github.genaistreams.topology;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.WireException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Takes in what the two topics bring: a request is journaled and joins the lane, a retry comes back into both; what cannot
 * be carried out is answered or becomes a dead letter here and now. Part of one incarnation of a task, on its stream
 * thread.
 */
final class Intake<Q extends ApiRequest> {

    private static final long MOST_SPLIT_BYTES = 256L << 20;

    private final CallTask<Q> task;
    private final Calls<Q> calls;

    Intake(CallTask<Q> task, Calls<Q> calls) {
        this.task = task;
        this.calls = calls;
    }

    void onRequest(Record<byte[], byte[]> record, RecordMetadata source) {
        Decoded<Q> decoded = task.api().decoder().decode(record.value());
        if (decoded instanceof Decoded.Unreadable<Q> unreadable) {
            deadLetter(record, source, unreadable.reason());
        } else {
            onReadable(decoded, SubmittedAt.restored(record));
        }
    }

    private void onReadable(Decoded<Q> decoded, Record<byte[], byte[]> record) {
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
            split(whole, record);
        } else if (decoded instanceof Decoded.Valid<Q> valid
                && isNew(valid.request().key(), record)) {
            onValidRequest(valid.request(), record);
        }
    }

    /** Sends the items of a whole batch on their way, or refuses the batch with one answer. */
    private void split(Decoded.Whole<Q> whole, Record<byte[], byte[]> record) {
        List<Q> items = whole.items();
        Q first = items.get(0);
        byte[] firstBytes = task.outbox().encode(first);
        Optional<CallError> refusal =
                tooManyBytes(items.size(), firstBytes.length).or(() -> commonRefusal(whole));
        if (refusal.isPresent()) {
            task.answer(
                    task.results().refused(first.key(), 1, first.model(), time(record), task.now(), refusal.get()),
                    record.headers());
            return;
        }
        task.events().split(first.batchId(), items.size(), task.partition());
        for (Q item : items) {
            byte[] value = item == first ? firstBytes : task.outbox().encode(item);
            task.context()
                    .forward(
                            task.outbox().item(item, value, record, task.now()),
                            GenAiTopology.Sinks.items(task.api().api()));
        }
    }

    /**
     * The first refusal that is not an item's own; empty if there is none. One that is sound shows that so is what they have
     * in common; an item's own mistake may hide another one behind it.
     */
    private Optional<CallError> commonRefusal(Decoded.Whole<Q> whole) {
        for (Q item : whole.items()) {
            Optional<CallError> refusal = refusal(item);
            if (refusal.isEmpty() || !whole.isOfItem(refusal.get())) {
                return refusal;
            }
        }
        return Optional.empty();
    }

    /** What is common to all items is repeated in each of them, and all of it has to pass in one transaction. */
    private static Optional<CallError> tooManyBytes(int items, int bytes) {
        return (long) items * bytes <= MOST_SPLIT_BYTES
                ? Optional.empty()
                : Optional.of(new CallError(
                        "As " + items + " records of some " + bytes + " bytes this batch is larger than "
                                + MOST_SPLIT_BYTES + " bytes: send one record per item, as the client's submit does",
                        "invalid_request",
                        "batch_too_large",
                        null,
                        false,
                        null));
    }

    private boolean isNew(ItemKey key, Record<byte[], byte[]> record) {
        boolean isNew = !task.lane().holds(key) && !task.answered().isRepeat(key, record.headers(), task.now());
        if (!isNew) {
            task.events().duplicate(key, task.partition());
        }
        return isNew;
    }

    private void onValidRequest(Q request, Record<byte[], byte[]> record) {
        Optional<CallError> refusal = task.outbox().tooLarge(record).or(() -> refusal(request));
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
        JournalEntry entry = Journal.first(time(record), record.headers(), record.value());
        Optional<String> stopped = task.stopped(request.batchId(), Journal.retriedAt(entry));
        if (stopped.isPresent()) {
            task.answer(task.results().stopped(request, entry, stopped.get(), task.now()), record.headers());
            return;
        }
        task.lane().add(request.key(), Journal.work(request, entry));
        if (!calls.startReady(request, entry)) {
            task.journal().put(request.key(), entry);
        }
    }

    private Optional<CallError> refusal(Q request) {
        try {
            return task.api().client().refusal(request);
        } catch (RuntimeException e) {
            return Optional.of(CallError.internal(
                    "The request could not be checked: " + e.getClass().getSimpleName()));
        }
    }

    void onRetry(Record<byte[], byte[]> record, RecordMetadata source) {
        RetryRecord<Q> retry;
        byte[] request;
        try {
            retry = task.api().retries().decode(record.value());
            request = task.outbox().encode(retry.request());
        } catch (WireException | NullPointerException e) {
            onUnreadableRetry(record, source, String.valueOf(e.getMessage()));
            return;
        }
        ItemKey key = retry.request().key();
        // The mark in the journal and the retry record are written together; a record without it is not ours to follow.
        if (!task.lane().isAway(key)) {
            task.events().duplicate(key, task.partition());
            return;
        }
        JournalEntry mark = task.journal().get(key);
        JournalEntry entry = Journal.again(
                retry.attempt(),
                retry.notBefore(),
                mark.submittedAt(),
                retry.lastError(),
                record.headers(),
                request,
                mark.earlier());
        task.journal().put(key, entry);
        task.lane()
                .waitUntil(
                        key,
                        Journal.work(retry.request(), entry),
                        retry.notBefore().toEpochMilli());
        calls.startReady();
    }

    /** Nobody else writes to the retry topic, but if its record cannot be read, its item must still have an end. */
    private void onUnreadableRetry(Record<byte[], byte[]> record, RecordMetadata source, String reason) {
        deadLetter(record, source, reason);
        ItemKey key;
        try {
            key = ItemKeys.decode(record.key());
        } catch (WireException | NullPointerException e) {
            return;
        }
        if (task.lane().isAway(key)) {
            CallError error =
                    CallError.internal("The retry record could not be read (" + reason + "); submit it again");
            task.finish(
                    key,
                    task.results()
                            .refused(key, null, null, task.journal().get(key).submittedAt(), task.now(), error),
                    record.headers());
        }
    }

    private void deadLetter(Record<byte[], byte[]> record, RecordMetadata source, String reason) {
        task.events().deadLetter(source.topic(), task.partition(), source.offset(), reason);
        task.context()
                .forward(
                        task.outbox().deadLetter(record, source, reason, task.now()),
                        GenAiTopology.Sinks.deadLetters(task.api().api()));
    }

    private static Instant time(Record<?, ?> record) {
        return Instant.ofEpochMilli(record.timestamp());
    }
}
