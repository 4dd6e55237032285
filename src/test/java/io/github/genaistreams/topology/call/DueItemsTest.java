package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import org.junit.jupiter.api.Test;

/** Items whose time comes. */
class DueItemsTest {

    private final DueItems<ResponsesRequest> items = new DueItems<>();

    @Test
    void givesWhatIsDueInTheOrderOfTimeAndThenOfArrival() {
        Item<ResponsesRequest> late = add(0, 20);
        Item<ResponsesRequest> first = add(1, 10);
        Item<ResponsesRequest> second = add(2, 10);

        assertThat(items.next()).isEqualTo(10);
        assertThat(items.poll(9)).isNull();
        assertThat(items.poll(10)).isSameAs(first);
        assertThat(items.poll(10)).isSameAs(second);
        assertThat(items.poll(10)).isNull();
        assertThat(items.poll(25)).isSameAs(late);
        assertThat(items.isEmpty()).isTrue();
    }

    @Test
    void hasNothingDueAtTheEndOfTimeEither() {
        assertThat(items.next()).isEqualTo(Long.MAX_VALUE);
        assertThat(items.poll(Long.MAX_VALUE)).isNull();
    }

    @Test
    void doesNotGiveWhatWasTakenOut() {
        Item<ResponsesRequest> out = add(0, 5);
        Item<ResponsesRequest> stays = add(1, 6);

        items.removeIf(out::equals);

        assertThat(items.next()).isEqualTo(6);
        assertThat(items.poll(6)).isSameAs(stays);
    }

    private Item<ResponsesRequest> add(int index, long at) {
        var item = new Item<ResponsesRequest>(new ItemKey("b", index), false);
        items.add(item, at);
        return item;
    }
}
