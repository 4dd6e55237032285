package io.github.genaistreams.topology;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.provider.Abort;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The HTTP exchanges of one incarnation of a task: calls, and questions after jobs.
 *
 * <p>Everything runs on the stream thread that owns the task, but for {@link #ended}. The queue belongs to this object: when the
 * task is given away, or revived, its successor has another one, and what is still answered here is never looked at.
 */
final class Exchanges<Q extends ApiRequest> {

    private final Queue<Completion<Q>> completions = new ConcurrentLinkedQueue<>();
    private final Map<ItemKey, UnderWay> underWay = new HashMap<>();
    private final Runnable wake;

    /** One that has not come to its end, or whose end was not yet looked at. */
    private record UnderWay(Abort abort, CallSpan span) {}

    /** @param wake tells the stream thread that there is something to look at; for any thread */
    Exchanges(Runnable wake) {
        this.wake = wake;
    }

    /** An exchange is under way; it may have ended already. */
    void started(ItemKey key, Abort abort, CallSpan span) {
        underWay.put(key, new UnderWay(abort, span));
    }

    /** An exchange has ended. On any thread. */
    void ended(Completion<Q> completion) {
        completions.add(completion);
        wake.run();
    }

    /** The next one that has ended, or null. */
    Completion<Q> next() {
        Completion<Q> next = completions.poll();
        if (next != null) {
            underWay.remove(next.attempt().request().key());
        }
        return next;
    }

    /** Breaks off the exchanges of these items. They still come to their ends. */
    void breakOff(Collection<ItemKey> keys) {
        keys.stream().map(underWay::remove).filter(Objects::nonNull).forEach(it -> it.abort()
                .now());
    }

    /** The task is given away: nobody will look at the end of what is under way. */
    void letGo() {
        underWay.values().forEach(it -> it.span().abandon());
    }
}
