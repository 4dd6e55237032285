package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lane;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.JournalEntry;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * One incarnation of a task, from {@code init()} to {@code close()}: what its intake and its calls share. Used by its
 * stream thread only.
 */
record CallTask<Q extends ApiRequest>(
        ApiBinding<Q> api,
        Results<Q> results,
        Outbox<Q> outbox,
        CallEvents events,
        ProcessorContext<Object, Object> context,
        KeyValueStore<ItemKey, JournalEntry> journal,
        Lane lane,
        Controls controls,
        Answered answered,
        int partition) {

    /** The request that a journal entry holds; empty if it can no longer be read. */
    Optional<Q> request(JournalEntry entry) {
        return api.decoder().decode(entry.request()) instanceof Decoded.Valid<Q> valid
                ? Optional.of(valid.request())
                : Optional.empty();
    }

    /** The attempt that it stands for, likewise. */
    Optional<Attempt<Q>> attempt(JournalEntry entry) {
        return request(entry).map(request -> Attempt.of(request, entry));
    }

    /** Only a changed decoder can make this happen: the entry was read before it was journaled. */
    void finishUnreadable(ItemKey key, JournalEntry entry) {
        CallError error = CallError.internal("The journaled request can no longer be read; submit it again");
        finish(key, results.unreadable(key, entry, error, now()), Journal.headers(entry));
    }

    /** Ends an item that is journaled. */
    void finish(ItemKey key, CallResult result, Headers headers) {
        journal.delete(key);
        lane.finished(key);
        answer(result, headers);
    }

    /** Sends a result off. */
    void answer(CallResult result, Headers headers) {
        context.forward(outbox.result(result, headers), GenAiTopology.Sinks.results(api.api()));
        answered.add(result.key(), headers, now());
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
