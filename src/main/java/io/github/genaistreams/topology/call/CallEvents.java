package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.time.Duration;

/**
 * What happens to requests, told to whoever counts or logs it. Called on stream threads: implementations are
 * thread-safe, quick, and do not throw. What is told may still be undone if the transaction aborts; then it is told
 * again.
 */
public interface CallEvents {

    CallEvents NONE = new CallEvents() {};

    /** Who is told what happens to requests for one API; by itself the same for all. */
    default CallEvents of(String api) {
        return this;
    }

    /** A request was taken in: from now on it is open. */
    default void accepted(ApiRequest request, int partition) {}

    /** A record that holds a whole batch was split into its items. */
    default void split(String batchId, int items, int partition) {}

    /** A request that is open, or was answered, arrived again and was dropped. */
    default void duplicate(ItemKey key, int partition) {}

    /** Why a record became a dead letter, in the few ways that there are. */
    enum DeadLetterKind {
        UNREADABLE_REQUEST,
        UNREADABLE_RETRY,
        WORKER_FAILURE
    }

    /**
     * A record that could not be read went to the dead letter topic.
     *
     * @param batchId null if nobody can tell whose it was
     * @param reason  one sentence, which may name what its producer has named
     */
    default void deadLetter(
            String topic, int partition, long offset, String batchId, DeadLetterKind kind, String reason) {}

    /** An attempt starts. */
    default void started(ItemKey key, int partition, int attempt) {}

    /** An attempt has come to its end, whatever that is. Not told if nobody was there to hear its answer. */
    default void ended(CallEnd end) {}

    /** An attempt failed and another one follows. */
    default void retried(ItemKey key, int partition, int failedAttempt, Duration delay, CallError error) {}

    /** An item has its result. */
    default void finished(CallResult result, int partition) {}
}
