package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Passes every event on to several listeners, in order. */
public record AllCallEvents(List<CallEvents> listeners) implements CallEvents {

    public AllCallEvents {
        listeners = List.copyOf(listeners);
    }

    @Override
    public CallEvents of(String api) {
        return new AllCallEvents(listeners.stream().map(l -> l.of(api)).toList());
    }

    @Override
    public void accepted(ApiRequest request, int partition) {
        listeners.forEach(l -> l.accepted(request, partition));
    }

    @Override
    public void split(String batchId, int items, int partition) {
        listeners.forEach(l -> l.split(batchId, items, partition));
    }

    @Override
    public void duplicate(ItemKey key, int partition) {
        listeners.forEach(l -> l.duplicate(key, partition));
    }

    @Override
    public void deadLetter(
            String topic, int partition, long offset, @Nullable String batchId, DeadLetterKind kind, String reason) {
        listeners.forEach(l -> l.deadLetter(topic, partition, offset, batchId, kind, reason));
    }

    @Override
    public void started(ItemKey key, int partition, int attempt) {
        listeners.forEach(l -> l.started(key, partition, attempt));
    }

    @Override
    public void ended(CallEnd end) {
        listeners.forEach(l -> l.ended(end));
    }

    @Override
    public void retried(ItemKey key, int partition, int failedAttempt, Duration delay, CallError error) {
        listeners.forEach(l -> l.retried(key, partition, failedAttempt, delay, error));
    }

    @Override
    public void finished(CallResult result, int partition) {
        listeners.forEach(l -> l.finished(result, partition));
    }
}
