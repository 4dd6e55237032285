package io.github.genaistreams.worker;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.call.CallEvents;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts what happens to requests since the worker was started. Thread-safe. */
public final class WorkerStats implements CallEvents {

    private final LongAdder accepted = new LongAdder();
    private final LongAdder duplicates = new LongAdder();
    private final LongAdder deadLetters = new LongAdder();
    private final LongAdder calls = new LongAdder();
    private final LongAdder retries = new LongAdder();
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder tokens = new LongAdder();
    private final LongAdder others = new LongAdder();

    /** The batch that this process follows. */
    private volatile @Nullable String followed;

    /**
     * The counts at one moment.
     *
     * @param tokens input and output tokens together
     * @param others results of batches other than the followed one
     */
    public record Snapshot(
            long accepted,
            long duplicates,
            long deadLetters,
            long calls,
            long retries,
            long succeeded,
            long failed,
            long tokens,
            long others) {

        /** The difference to an earlier snapshot. */
        Snapshot since(Snapshot earlier) {
            return new Snapshot(
                    accepted - earlier.accepted,
                    duplicates - earlier.duplicates,
                    deadLetters - earlier.deadLetters,
                    calls - earlier.calls,
                    retries - earlier.retries,
                    succeeded - earlier.succeeded,
                    failed - earlier.failed,
                    tokens - earlier.tokens,
                    others - earlier.others);
        }
    }

    public Snapshot snapshot() {
        return new Snapshot(
                accepted.sum(),
                duplicates.sum(),
                deadLetters.sum(),
                calls.sum(),
                retries.sum(),
                succeeded.sum(),
                failed.sum(),
                tokens.sum(),
                others.sum());
    }

    /** From now on, results of this batch are counted separately from those of other batches. */
    void follow(String batchId) {
        followed = batchId;
    }

    @Override
    public void accepted(ApiRequest request, int partition) {
        accepted.increment();
    }

    @Override
    public void duplicate(ItemKey key, int partition) {
        duplicates.increment();
    }

    @Override
    public void deadLetter(
            String topic, int partition, long offset, @Nullable String batchId, DeadLetterKind kind, String reason) {
        deadLetters.increment();
    }

    @Override
    public void started(ItemKey key, int partition, int attempt) {
        calls.increment();
    }

    @Override
    public void retried(ItemKey key, int partition, int failedAttempt, Duration delay, CallError error) {
        retries.increment();
    }

    @Override
    public void finished(CallResult result, int partition) {
        (result.success() ? succeeded : failed).increment();
        if (!result.batchId().equals(followed)) {
            others.increment();
        }
        if (result.usage() != null) {
            tokens.add(result.usage().totalTokens());
        }
    }
}
