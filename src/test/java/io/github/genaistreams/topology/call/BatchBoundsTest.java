package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import org.junit.jupiter.api.Test;

class BatchBoundsTest {

    private final BatchBounds bounds = new BatchBounds();

    private static Item<ResponsesRequest> item(String batchId, int bound) {
        var item = new Item<ResponsesRequest>(new ItemKey(batchId, 0), false);
        item.work(LaneItems.work(10, "default", 0, 0, bound));
        return item;
    }

    @Test
    void allowsAsManyItemsInProgressAsTheBatchHasBound() {
        bounds.count(item("b", 2), 1);
        assertThat(bounds.allow(item("b", 2))).isTrue();
        bounds.count(item("b", 2), 1);
        assertThat(bounds.allow(item("b", 2))).isFalse();

        bounds.count(item("b", 2), -1);
        assertThat(bounds.allow(item("b", 2))).isTrue();
    }

    @Test
    void countsEachBatchByItself() {
        bounds.count(item("b", 1), 1);

        assertThat(bounds.allow(item("b", 1))).isFalse();
        assertThat(bounds.allow(item("c", 1))).isTrue();
    }

    @Test
    void allowsAnyNumberOfItemsOfABatchWithoutABound() {
        for (int i = 0; i < 100; i++) {
            bounds.count(item("b", 0), 1);
        }

        assertThat(bounds.allow(item("b", 0))).isTrue();
    }
}
