package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.topology.call.CallEvents.DeadLetterKind;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives items their results. In one transaction, an item leaves the stores, its result is sent, and it is recorded as
 * answered. Part of one incarnation of a task, on its stream thread.
 */
final class Endings<Q extends ApiRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(Endings.class);

    private final Results<Q> results;
    private final Outbox<Q> outbox;
    private final Lane<Q> lane;
    private final OpenItems<Q> items;
    private final AnsweredItems answered;
    private final Sender<Q> sender;
    private final CallEvents events;

    Endings(
            Results<Q> results,
            Outbox<Q> outbox,
            Lane<Q> lane,
            OpenItems<Q> items,
            AnsweredItems answered,
            Sender<Q> sender,
            CallEvents events) {
        this.results = results;
        this.outbox = outbox;
        this.lane = lane;
        this.items = items;
        this.answered = answered;
        this.sender = sender;
        this.events = events;
    }

    /** An attempt has ended, and its item with it. */
    void finish(Item<Q> item, Attempt<Q> attempt, CallOutcome outcome, Duration took) {
        finish(item, attempt, outcome, results.end(attempt, outcome, took));
    }

    /** The item ends after {@link #ended} has reported its attempt. */
    void finish(Item<Q> item, Attempt<Q> attempt, CallOutcome outcome, CallEnd end) {
        finish(item, results.of(attempt, outcome, end, sender.now()), attempt.headers());
    }

    /** An attempt has ended; its item may continue. */
    CallEnd ended(Attempt<Q> attempt, CallOutcome outcome, Duration took) {
        CallEnd end = results.end(attempt, outcome, took);
        events.ended(end);
        return end;
    }

    /** An item is not called, or not called again, since its batch was stopped. */
    void stop(Item<Q> item, Q request, JournalEntry entry, String code) {
        finish(item, results.stopped(request, entry, code, sender.now()), Journal.headers(entry));
    }

    /**
     * Only a changed decoder, or damage to the journal, can cause this: the request could be read before it was
     * journaled.
     */
    void finishUnreadable(Item<Q> item, JournalEntry entry) {
        CallError error = CallError.internal("The journaled request can no longer be read; submit it again");
        finishUnreadable(item, entry, error, Journal.headers(entry));
    }

    /** An item ends because its request is lost, whatever its state. */
    void finishUnreadable(Item<Q> item, JournalEntry entry, CallError error, Headers headers) {
        finish(item, results.unreadable(item.key(), entry, error, sender.now()), headers);
    }

    private void finish(Item<Q> item, CallResult result, Headers headers) {
        // Operations that may fail come first, because an item is released only with its result.
        Record<Object, Object> record = outbox.result(result, headers);
        lane.finished(item);
        items.delete(item);
        send(record, result);
    }

    /** A refused request gets its result at once; {@code batchSize} and {@code model} are null if it has none. */
    void refuse(
            ItemKey key,
            @Nullable Integer batchSize,
            @Nullable String model,
            Record<?, ?> record,
            CallError error,
            Headers headers) {
        Instant submittedAt = Instant.ofEpochMilli(record.timestamp());
        answer(results.refused(key, batchSize, model, submittedAt, sender.now(), error), headers);
    }

    /** A request is refused, since its batch was stopped. */
    void stop(Q request, JournalEntry entry, String code, Headers headers) {
        answer(results.stopped(request, entry, code, sender.now()), headers);
    }

    private void answer(CallResult result, Headers headers) {
        send(outbox.result(result, headers), result);
    }

    private void send(Record<Object, Object> record, CallResult result) {
        sender.result(record);
        answered.add(result.key(), record.headers(), sender.now());
        events.finished(result, sender.partition());
    }

    /**
     * Runs an action for an item. If it fails on the item's request or answer, the item ends with a result that says
     * so, and the thread continues with the next item. Kafka's exceptions are not the item's fault, and pass through.
     */
    void about(Item<Q> item, Runnable action) {
        try {
            action.run();
        } catch (KafkaException e) {
            throw e;
        } catch (RuntimeException e) {
            failed(item, e);
        }
    }

    /** Ends an item on which this program has failed, in any state. Does nothing if it has ended. */
    void failed(Item<Q> item, RuntimeException e) {
        ItemKey key = item.key();
        LOG.atError()
                .addKeyValue("batch", key.batchId())
                .addKeyValue("index", key.index())
                .setCause(e)
                .log("The worker failed over an item, which ends with a failed result");
        if (item.isOpen()) {
            JournalEntry known = items.find(item);
            JournalEntry entry = known == null ? Journal.unknown(sender.now()) : known;
            CallResult result = results.unreadable(key, entry, brokenBy(e), sender.now());
            Record<Object, Object> record = outbox.result(result, Journal.headers(entry));
            lane.giveUp(item);
            items.delete(item);
            send(record, result);
        }
    }

    /**
     * This program has failed on a record. An item that it names ends with a failed result; any other record becomes a
     * dead letter.
     */
    void failed(Record<byte[], byte[]> record, RecordMetadata source, Optional<ItemKey> key, RuntimeException e) {
        Item<Q> open = key.map(lane::get).orElse(null);
        if (open != null) {
            failed(open, e);
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
                new Decoded.Unreadable<>(brokenBy(e).message()));
        key.ifPresent(item -> refuse(item, null, null, record, brokenBy(e), Outbox.ourHeaders(record.headers())));
    }

    /** The error message for a failure of this program; the exception's own message may quote the record. */
    static CallError brokenBy(RuntimeException e) {
        return CallError.internal("The worker failed over this item ("
                + e.getClass().getSimpleName() + "); see its log. Submit the item again once the cause is fixed");
    }
}
