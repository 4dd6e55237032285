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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The states of a task's batches: in a store, and those in use at hand. It also knows which of them need attention although no
 * record is about them. Part of one incarnation of a task, on its stream thread.
 */
final class BatchStates {

    private static final Logger LOG = LoggerFactory.getLogger(BatchStates.class);

    /** Batches whose state is at hand without reading it from its bytes. */
    private static final int AT_HAND = 1_000;

    private final KeyValueStore<String, byte[]> store;

    /** Batches with a state that this software cannot read: it is kept, and they are left alone. */
    private final Set<String> unreadable = new HashSet<>();

    /** Changed since their last status. */
    private final Set<String> changed = new HashSet<>();

    /** Not complete: what is said of them matters also when no result comes. */
    private final Set<String> running = new HashSet<>();

    /** Have dead letters: they may stay incomplete. */
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

    /** Takes up those that the store has, and does something about each. To be called once, before anything else. */
    void resume(Consumer<BatchState> action) {
        forEach(state -> {
            if (!state.isPublished()) {
                changed.add(state.batchId());
            }
            attend(state);
            action.accept(state);
        });
    }

    /** Does something about all that can be read. */
    void forEach(Consumer<BatchState> action) {
        try (KeyValueIterator<String, byte[]> all = store.all()) {
            while (all.hasNext()) {
                KeyValue<String, byte[]> next = all.next();
                decoded(next.key, next.value).ifPresent(action);
            }
        }
    }

    /** Empty if it cannot be read, which is said once. */
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
                                "The state of a batch cannot be read: {}. It is kept, and the batch is counted no more by this"
                                        + " worker; its results are on the result topic all the same: read them there",
                                e.getMessage());
            }
            return Optional.empty();
        }
    }

    /** The state of a batch, a new one if there is none; empty if there is one that cannot be read. */
    Optional<BatchState> of(String batchId, String api) {
        BatchState state = known(batchId);
        if (state == null) {
            // Nothing is put in the place of what is there.
            if (unreadable.contains(batchId)) {
                return Optional.empty();
            }
            state = new BatchState(batchId, api);
            atHand.put(batchId, state);
        }
        return Optional.of(state);
    }

    /** The state of a batch; null if there is none that can be read. */
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

    /** Stores a state that was changed. */
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

    /** The status of a batch is to be published in due time. */
    void changed(String batchId) {
        changed.add(batchId);
    }

    /** It is as published. */
    void unchanged(String batchId) {
        changed.remove(batchId);
    }

    /** Those whose status is to be published now. */
    List<String> changed() {
        return List.copyOf(changed);
    }

    /** Those that are not over. */
    List<String> running() {
        return List.copyOf(running);
    }

    /** Those of which something may be missing for good. */
    List<String> lettered() {
        return List.copyOf(lettered);
    }

    /** What has changed in memory and not in the store is undone. */
    void undo() {
        atHand.clear();
    }

    /** A batch is left alone until something is heard of it; what has changed in memory only is undone. */
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
