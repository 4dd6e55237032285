package io.github.genaistreams.topology.batch;

import io.github.genaistreams.topology.call.BatchIndexKey;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Stores whose keys are a batch and a number. */
final class BatchStores {

    /** Maximum number of keys in memory at once. */
    private static final int DELETED_AT_ONCE = 1_000;

    private BatchStores() {}

    static Bytes key(String batchId, int number) {
        return Bytes.wrap(BatchIndexKey.of(batchId, number));
    }

    /** Deletes all entries of a batch. */
    static void deleteAll(KeyValueStore<Bytes, byte[]> store, String batchId) {
        List<Bytes> keys = new ArrayList<>();
        do {
            keys.clear();
            try (KeyValueIterator<Bytes, byte[]> all = store.range(key(batchId, 0), key(batchId, Integer.MAX_VALUE))) {
                while (all.hasNext() && keys.size() < DELETED_AT_ONCE) {
                    keys.add(all.next().key);
                }
            }
            keys.forEach(store::delete);
        } while (!keys.isEmpty());
    }
}
