package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Events of requests, for counting and logging. Called on stream threads: implementations are thread-safe, quick, and
 * do not throw. If the transaction aborts, an event is undone and reported again later.
 */
public interface CallEvents {

    CallEvents NONE = new CallEvents() {};

    /** The listener for one API; by default the same for all. */
    default CallEvents of(String api) {
        return this;
    }

    /** A request was read: it is open from now on. */
    default void accepted(ApiRequest request, int partition) {}

    /** A record that holds a whole batch was split into its items. */
    default void split(String batchId, int items, int partition) {}

    /** A repeat of an open or answered request arrived and was dropped. */
    default void duplicate(ItemKey key, int partition) {}

    /** Why a record became a dead letter, in a few categories. */
    enum DeadLetterKind {
        UNREADABLE_REQUEST,
        UNREADABLE_RETRY,
        WORKER_FAILURE
    }

    /**
     * A record that could not be read went to the dead letter topic.
     *
     * @param batchId null if it is unknown
     * @param reason  one sentence, which may quote names chosen by the producer
     */
    default void deadLetter(
            String topic, int partition, long offset, @Nullable String batchId, DeadLetterKind kind, String reason) {}

    /** An attempt starts. */
    default void started(ItemKey key, int partition, int attempt) {}

    /** An attempt has ended, with any outcome. Not reported if nobody received its answer. */
    default void ended(CallEnd end) {}

    /** An attempt failed, and another one follows. */
    default void retried(ItemKey key, int partition, int failedAttempt, Duration delay, CallError error) {}

    /** An item has its result. */
    default void finished(CallResult result, int partition) {}
}
