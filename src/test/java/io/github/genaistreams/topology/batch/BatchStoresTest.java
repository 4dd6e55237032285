package io.github.genaistreams.topology.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.topology.call.BatchIndexKey;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class BatchStoresTest {

    private final KeyValueStore<Bytes, byte[]> store = Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore("indexes"), Serdes.Bytes(), Serdes.ByteArray())
            .withLoggingDisabled()
            .build();

    BatchStoresTest() {
        store.init(new MockProcessorContext<>().getStateStoreContext(), store);
    }

    @Test
    void deletesAllEntriesOfABatchAndNoOther() {
        for (int number = 0; number < 2_500; number++) {
            store.put(BatchStores.key("b", number), new byte[1]);
        }
        store.put(BatchStores.key("a", 1), new byte[1]);
        store.put(BatchStores.key("bb", 1), new byte[1]);
        store.put(BatchStores.key("c", 1), new byte[1]);

        BatchStores.deleteAll(store, "b");

        List<Bytes> left = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all = store.all()) {
            all.forEachRemaining(each -> left.add(each.key));
        }
        assertThat(left)
                .containsExactlyInAnyOrder(BatchStores.key("a", 1), BatchStores.key("bb", 1), BatchStores.key("c", 1));
    }

    @Test
    void sortsTheEntriesOfABatchByNumber() {
        for (int number : new int[] {300, 2, 70_000, 1}) {
            store.put(BatchStores.key("b", number), new byte[1]);
        }

        List<Integer> numbers = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all =
                store.range(BatchStores.key("b", 0), BatchStores.key("b", Integer.MAX_VALUE))) {
            all.forEachRemaining(each -> numbers.add(BatchIndexKey.number(each.key.get())));
        }
        assertThat(numbers).containsExactly(1, 2, 300, 70_000);
    }
}
