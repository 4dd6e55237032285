package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lane;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
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
        Outbox<Q> outbox,
        CallEvents events,
        ProcessorContext<Object, Object> context,
        KeyValueStore<ItemKey, JournalEntry> journal,
        Lane lane,
        Controls controls,
        Answered answered,
        int partition) {

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
