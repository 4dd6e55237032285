package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallPolicy;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RetryDelay;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Sends items through the retry topic, where they wait for their next attempt. Part of one incarnation of a task, on
 * its stream thread.
 */
final class Retries<Q extends ApiRequest> {

    private final Lane<Q> lane;
    private final OpenItems<Q> items;
    private final Results<Q> results;
    private final Outbox<Q> outbox;
    private final Sender<Q> sender;
    private final CallEvents events;
    private final ApiClient<Q> client;
    private final RandomGenerator random;

    Retries(
            Lane<Q> lane,
            OpenItems<Q> items,
            Results<Q> results,
            Outbox<Q> outbox,
            Sender<Q> sender,
            CallEvents events,
            ApiClient<Q> client,
            RandomGenerator random) {
        this.lane = lane;
        this.items = items;
        this.results = results;
        this.outbox = outbox;
        this.sender = sender;
        this.events = events;
        this.client = client;
        this.random = random;
    }

    /**
     * An attempt has failed, and another one may be made. False without any effect if none is left, or if no record can
     * carry the request.
     *
     * @param isSpared whether the attempt does not count, so that the next one has the same number. Even then, a request
     *     without retries has none if the API may have done its work
     */
    boolean send(Item<Q> item, Attempt<Q> attempt, CallOutcome.Retry retry, boolean isSpared) {
        Attempt<Q> whole = whole(item, attempt);
        if (whole == null) {
            return false;
        }
        CallPolicy policy = whole.request().policy();
        boolean hasRetries = attempt.number() <= policy.maxRetries();
        if (hasRetries || isSpared && (policy.maxRetries() > 0 || !retry.maybeDone())) {
            Duration delay = RetryDelay.after(attempt.number(), policy, retry.serverDelay(), random);
            int next = isSpared ? attempt.number() : attempt.number() + 1;
            return send(item, attempt, whole.request(), retry, next, delay);
        }
        return sendLastResort(item, attempt, whole.request(), retry);
    }

    /**
     * An attempt has failed for good, but the request may have another form that can still be called. False without any
     * effect if it has none, or if no record can carry it.
     */
    boolean sendLastResort(Item<Q> item, Attempt<Q> attempt, CallOutcome.Failed failed) {
        Attempt<Q> whole = whole(item, attempt);
        var retry = new CallOutcome.Retry(failed.error(), Duration.ZERO, failed.requestId(), failed.answer(), false);
        return whole != null && sendLastResort(item, attempt, whole.request(), retry);
    }

    /**
     * Sends it without a delay: the API has asked to wait with the other form, not with this one. The record has the other
     * form of the request, so its reader makes this call and no further one.
     */
    private boolean sendLastResort(Item<Q> item, Attempt<Q> attempt, Q request, CallOutcome.Retry retry) {
        return client.lastResort(request, retry.error())
                .filter(other -> send(item, attempt, other, retry, attempt.number() + 1, Duration.ZERO))
                .isPresent();
    }

    /** A poll's attempt may not have the whole request; null if it can no longer be read. */
    private @Nullable Attempt<Q> whole(Item<Q> item, Attempt<Q> attempt) {
        return attempt.accepted() ? items.attempt(item, items.get(item)) : attempt;
    }

    private boolean send(
            Item<Q> item, Attempt<Q> attempt, Q request, CallOutcome.Retry retry, int number, Duration delay) {
        Instant now = Instant.ofEpochMilli(sender.now());
        RetryRecord<Q> next = new RetryRecord<>(request, number, now.plus(delay), retry.error());
        Optional<Record<Object, Object>> record = outbox.retry(next, sender.partition(), attempt, now);
        if (record.isEmpty()) {
            return false;
        }
        JournalEntry.Earlier earlier = results.earlier(attempt, retry);
        items.put(item, Journal.away(next.attempt(), next.notBefore(), attempt.submittedAt(), earlier));
        lane.away(item);
        sender.retry(record.get());
        events.retried(item.key(), sender.partition(), attempt.number(), delay, retry.error());
        return true;
    }
}
