package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.batch.ResultTally.Occurrence;
import io.github.genaistreams.topology.call.BatchIndexKey;
import io.github.genaistreams.wire.WireException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the results of ordered batches in index order. Results that wait for a lower index are in a store on disk,
 * so a batch of a million items whose first is the slowest takes no extra memory. Waiting results are released in turns
 * of limited size. Part of one incarnation of a task, on its stream thread.
 */
public final class Resequencer {

    /** Name of the sink for this output. */
    public static final String ORDERED_OUT = "batch-ordered";

    public static final String HELD = "batch-held";

    private static final Logger LOG = LoggerFactory.getLogger(Resequencer.class);

    /** Limits of one turn of releasing. */
    private static final int TURN_RESULTS = 1_000;

    private static final long TURN_NANOS = 10_000_000;
    private static final Duration TURN_PAUSE = Duration.ofMillis(10);

    private final ProcessorContext<Object, Object> context;
    private final KeyValueStore<Bytes, byte[]> held;
    private final Function<String, @Nullable BatchState> states;
    private final Consumer<BatchState> keep;

    /** Batches with more results to release than fit into a turn. */
    private final Set<String> releasing = new HashSet<>();

    /** Null while there is nothing to release. */
    private @Nullable Cancellable releases;

    /**
     * @param states the state of a batch by its ID; null if there is none
     * @param keep   stores a state that was changed in a turn
     */
    Resequencer(
            ProcessorContext<Object, Object> context,
            Function<String, @Nullable BatchState> states,
            Consumer<BatchState> keep) {
        this.context = context;
        this.held = context.getStateStore(HELD);
        this.states = states;
        this.keep = keep;
    }

    /** Continues with a batch that an earlier owner of the task has left. */
    void resume(BatchState state) {
        if (state.order.held > 0) {
            releasing.add(state.batchId());
            schedule();
        }
    }

    /**
     * Publishes a result, or keeps it until all lower indexes have theirs. This changes the state; the caller stores
     * it.
     */
    void take(int index, Occurrence occurrence, Record<byte[], byte[]> record, BatchState state) {
        if (index > state.order.next) {
            held.put(BatchStores.key(state.batchId(), index), HeldResult.encode(record));
            state.order.held += occurrence == Occurrence.FIRST ? 1 : 0;
            return;
        }
        // A result that replaces a released one is published after it. A header marks it.
        if (occurrence == Occurrence.REPLACEMENT && held.delete(BatchStores.key(state.batchId(), index)) != null) {
            state.order.held--;
        }
        forward(new Record<>(
                new ItemKey(state.batchId(), index), record.value(), record.timestamp(), record.headers()));
        if (index == state.order.next) {
            state.order.next++;
            release(state);
        }
    }

    /** Releases, for one turn, the results that no longer wait for anything. */
    private void release(BatchState state) {
        if (state.order.held == 0) {
            releasing.remove(state.batchId());
            return;
        }
        long end = System.nanoTime() + TURN_NANOS;
        List<Bytes> released = new ArrayList<>();
        boolean more = false;
        try (KeyValueIterator<Bytes, byte[]> waiting = held.range(
                BatchStores.key(state.batchId(), state.order.next),
                BatchStores.key(state.batchId(), Integer.MAX_VALUE))) {
            while (waiting.hasNext()) {
                KeyValue<Bytes, byte[]> next = waiting.next();
                if (BatchIndexKey.number(next.key.get()) != state.order.next) {
                    break;
                }
                if (released.size() >= TURN_RESULTS || System.nanoTime() > end) {
                    more = true;
                    break;
                }
                decoded(new ItemKey(state.batchId(), state.order.next), next.value)
                        .ifPresent(this::forward);
                state.order.next++;
                released.add(next.key);
            }
        }
        released.forEach(held::delete);
        state.order.held -= released.size();
        if (more) {
            releasing.add(state.batchId());
        } else {
            releasing.remove(state.batchId());
        }
        schedule();
    }

    /** Sends a result with the present as its time: it may have waited longer than the retention of the topic. */
    private void forward(Record<ItemKey, byte[]> result) {
        context.forward(result.withTimestamp(context.currentSystemTimeMs()), ORDERED_OUT);
    }

    /** The decoded result; empty if it cannot be read, so that later results do not wait for ever. */
    private static Optional<Record<ItemKey, byte[]>> decoded(ItemKey key, byte[] bytes) {
        try {
            return Optional.of(HeldResult.decode(key, bytes));
        } catch (WireException e) {
            LOG.atError()
                    .addKeyValue("batch", key.batchId())
                    .addKeyValue("index", key.index())
                    .log(
                            "A result that has waited for its turn cannot be read, and is left out of the ordered"
                                    + " topic. It is still on the result topic: {}",
                            e.getMessage());
            return Optional.empty();
        }
    }

    private void schedule() {
        if (releasing.isEmpty() && releases != null) {
            close();
        } else if (!releasing.isEmpty() && releases == null) {
            releases = context.schedule(TURN_PAUSE, PunctuationType.WALL_CLOCK_TIME, now -> releaseMore());
        }
    }

    private void releaseMore() {
        for (String batchId : List.copyOf(releasing)) {
            BatchState state = states.apply(batchId);
            if (state == null) {
                releasing.remove(batchId);
            } else {
                release(state);
                keep.accept(state);
            }
        }
    }

    /** The remaining results of a batch are no longer needed. */
    void forget(String batchId) {
        BatchStores.deleteAll(held, batchId);
        releasing.remove(batchId);
    }

    /** A revived task keeps its punctuators and gets new ones. */
    void close() {
        if (releases != null) {
            releases.cancel();
            releases = null;
        }
    }
}
