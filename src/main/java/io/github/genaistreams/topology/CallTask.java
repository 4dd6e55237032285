package io.github.genaistreams.topology;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.WireFormat;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One incarnation of a task, from {@code init()} to {@code close()}: what its intake and its calls share. Used by its
 * stream thread only.
 */
record CallTask<Q extends ApiRequest>(
        ApiBinding<Q> api,
        Results<Q> results,
        Outbox<Q> outbox,
        CallEvents events,
        CallTraces traces,
        ProcessorContext<Object, Object> context,
        OpenItems<Q> items,
        Lane<Q> lane,
        Controls controls,
        Answered answered,
        int partition) {

    private static final Logger LOG = LoggerFactory.getLogger(CallTask.class);

    /** Why a request is not to be called at all; empty if it may be. */
    Optional<CallError> refusal(Q request) {
        try {
            return api.client().refusal(request);
        } catch (RuntimeException e) {
            return Optional.of(CallError.internal(
                    "The request could not be checked: " + e.getClass().getSimpleName()));
        }
    }

    /** The attempt that an open item stands at; null if its request can no longer be read. */
    Attempt<Q> attempt(Item<Q> item, JournalEntry entry) {
        Q request = items.request(item, entry);
        return request == null ? null : Attempt.of(request, entry);
    }

    /** Only a changed decoder, or damage to the journal, can make this happen: the entry was read before it was journaled. */
    void finishUnreadable(Item<Q> item, JournalEntry entry) {
        CallError error = CallError.internal("The journaled request can no longer be read; submit it again");
        finish(item, results.unreadable(item.key(), entry, error, now()), Journal.headers(entry));
    }

    /**
     * Does something about an item. Should that fail over what is in its request or its answer, this item ends, and says so, and
     * the thread goes on to the next one. What Kafka throws is no item's fault, and passes.
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

    /** Ends an item over which this software has failed, in whatever state it is; does nothing if it has ended. */
    void failed(Item<Q> item, RuntimeException e) {
        ItemKey key = item.key();
        LOG.atError()
                .addKeyValue("batch", key.batchId())
                .addKeyValue("index", key.index())
                .setCause(e)
                .log("The worker failed over an item, which ends with a result that says so");
        if (item.isOpen()) {
            JournalEntry entry = Optional.ofNullable(items.get(item)).orElseGet(() -> Journal.unknown(now()));
            CallResult result = results.unreadable(key, entry, brokenBy(e), now());
            Record<Object, Object> record = outbox.result(result, Journal.headers(entry));
            lane.giveUp(item);
            items.delete(item);
            send(record, result);
        }
    }

    /** What a failure of this software says; its message may quote the record. */
    static CallError brokenBy(RuntimeException e) {
        return CallError.internal("The worker failed over this item ("
                + e.getClass().getSimpleName() + "); see its log. Submit it again once that is cured");
    }

    /** Says something of a batch that is no result, for its status. */
    void note(BatchNote note) {
        context.forward(
                new Record<>(note.batchId(), Codecs.BATCH_NOTE.encode(note, WireFormat.JSON), now()),
                GenAiTopology.Sinks.notes(api.api()));
    }

    /** Drops what came again. */
    void drop(ItemKey repeat) {
        events.duplicate(repeat, partition);
        note(BatchNote.of(repeat.batchId(), api.api(), BatchNote.Kind.REPEAT));
    }

    /** An attempt has come to its end. */
    void ended(Attempt<Q> attempt, CallOutcome outcome, Duration took) {
        events.ended(results.end(attempt, outcome, took));
    }

    /** Ends an item that is journaled. */
    void finish(Item<Q> item, CallResult result, Headers headers) {
        // First what may fail: an item that is let go of has its result.
        Record<Object, Object> record = outbox.result(result, headers);
        lane.finished(item);
        items.delete(item);
        send(record, result);
    }

    /** Sends a result off. */
    void answer(CallResult result, Headers headers) {
        send(outbox.result(result, headers), result);
    }

    private void send(Record<Object, Object> record, CallResult result) {
        try (Scope ignored = traces.within(record.headers())) {
            context.forward(record, GenAiTopology.Sinks.results(api.api()));
        }
        answered.add(result.key(), record.headers(), now());
        events.finished(result, partition);
    }

    /**
     * Why an item is not to be called, as an error's code, if its batch was stopped.
     *
     * @param retriedAt when it was explicitly submitted again, in epoch milliseconds; 0 if it was not
     */
    Optional<String> stopped(String batchId, long retriedAt) {
        return controls.stop(batchId).filter(stop -> stop.holdsFor(retriedAt)).map(Controls.Stop::code);
    }

    /** Wall-clock time in epoch milliseconds. */
    long now() {
        return context.currentSystemTimeMs();
    }
}
