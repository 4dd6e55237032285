package io.github.genaistreams.topology.batch;

import io.github.genaistreams.wire.WireException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The states of a task's batches: in a store, with a cache of those in use. It also tracks the batches that need
 * attention without a new record. Part of one incarnation of a task, on its stream thread.
 */
final class BatchStates {

    private static final Logger LOG = LoggerFactory.getLogger(BatchStates.class);

    /** States that are cached in decoded form. */
    private static final int AT_HAND = 1_000;

    private final KeyValueStore<String, byte[]> store;

    /** Batches whose state this program cannot read. It is kept, and they are skipped. */
    private final Set<String> unreadable = new HashSet<>();

    /** Batches that have changed since their last status. */
    private final Set<String> changed = new HashSet<>();

    /** Batches that are not complete: their controls matter even without new results. */
    private final Set<String> running = new HashSet<>();

    /** Batches with dead letters, which may stay incomplete. */
    private final Set<String> lettered = new HashSet<>();

    private final Map<String, BatchState> atHand = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, BatchState> eldest) {
            return size() > AT_HAND;
        }
    };

    BatchStates(KeyValueStore<String, byte[]> store) {
        this.store = store;
    }

    /** Loads the states in the store, and runs an action for each. Call it once, before anything else. */
    void resume(Consumer<BatchState> action) {
        forEach(state -> {
            if (!state.isPublished()) {
                changed.add(state.batchId());
            }
            attend(state);
            action.accept(state);
        });
    }

    /** Runs an action for each readable state. */
    void forEach(Consumer<BatchState> action) {
        try (KeyValueIterator<String, byte[]> all = store.all()) {
            while (all.hasNext()) {
                KeyValue<String, byte[]> next = all.next();
                decoded(next.key, next.value).ifPresent(action);
            }
        }
    }

    /** The decoded state; empty if it cannot be read, which is logged once. */
    private Optional<BatchState> decoded(String batchId, byte[] bytes) {
        try {
            BatchState state = BatchStateCodec.decode(bytes);
            if (state.batchId().equals(batchId)) {
                return Optional.of(state);
            }
            throw new WireException("it is that of another batch");
        } catch (WireException e) {
            if (unreadable.add(batchId)) {
                LOG.atError()
                        .addKeyValue("batch", batchId)
                        .log(
                                "The state of a batch cannot be read: {}. It is kept, and this worker no longer"
                                        + " counts the batch. Its results are still on the result topic: read them"
                                        + " there",
                                e.getMessage());
            }
            return Optional.empty();
        }
    }

    /** The state of a batch, a new one if there is none; empty if the stored one cannot be read. */
    Optional<BatchState> of(String batchId, String api) {
        BatchState state = known(batchId);
        if (state == null) {
            // An unreadable state is not replaced.
            if (unreadable.contains(batchId)) {
                return Optional.empty();
            }
            state = new BatchState(batchId, api);
            atHand.put(batchId, state);
        }
        return Optional.of(state);
    }

    /** The state of a batch. Null if there is none, or it cannot be read. */
    @Nullable
    BatchState known(String batchId) {
        BatchState state = atHand.get(batchId);
        if (state == null) {
            byte[] bytes = store.get(batchId);
            if (bytes != null) {
                state = decoded(batchId, bytes).orElse(null);
                if (state != null) {
                    atHand.put(batchId, state);
                }
            }
        }
        return state;
    }

    /** Stores a changed state. */
    void keep(BatchState state) {
        store.put(state.batchId(), BatchStateCodec.encode(state));
        attend(state);
    }

    private void attend(BatchState state) {
        put(state.batchId(), !state.isOver(), running);
        put(state.batchId(), state.mayStayIncomplete(), lettered);
    }

    private static void put(String batchId, boolean isIn, Set<String> batches) {
        if (isIn) {
            batches.add(batchId);
        } else {
            batches.remove(batchId);
        }
    }

    /** The status of a batch must be published at the next interval. */
    void changed(String batchId) {
        changed.add(batchId);
    }

    /** The current status has been published. */
    void unchanged(String batchId) {
        changed.remove(batchId);
    }

    /** Batches whose status is due. */
    List<String> changed() {
        return List.copyOf(changed);
    }

    /** Batches that are not over. */
    List<String> running() {
        return List.copyOf(running);
    }

    /** Batches that may have lost items for good. */
    List<String> lettered() {
        return List.copyOf(lettered);
    }

    /** Undoes changes in memory that are not in the store. */
    void undo() {
        atHand.clear();
    }

    /** Skips a batch until its next record, and undoes changes that are only in memory. */
    void leaveAlone(String batchId) {
        atHand.remove(batchId);
        running.remove(batchId);
        lettered.remove(batchId);
        changed.remove(batchId);
    }

    void delete(String batchId) {
        store.delete(batchId);
        leaveAlone(batchId);
    }
}
