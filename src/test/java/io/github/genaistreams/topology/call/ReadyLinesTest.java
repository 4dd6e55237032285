package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import org.junit.jupiter.api.Test;

/** Whose turn it is among the items that could be called now. */
class ReadyLinesTest {

    private final ReadyLines<ResponsesRequest> lines = new ReadyLines<>();

    @Test
    void shouldServeCredentialsInTurnsAndRetriesOfEachFirst() {
        lines.add(item("b", 0, "one", 0));
        lines.add(item("b", 1, "one", 0));
        lines.add(item("b", 2, "two", 0));
        lines.addRetry(item("b", 3, "one", 0));

        assertThat(next()).isEqualTo("b/3");
        assertThat(next()).isEqualTo("b/2");
        assertThat(next()).isEqualTo("b/0");
        assertThat(next()).isEqualTo("b/1");
        assertThat(next()).isNull();
        assertThat(lines.isEmpty()).isTrue();
    }

    @Test
    void shouldGiveABatchWithABoundOfItsOwnALineOfItsOwn() {
        lines.add(item("bound", 0, "one", 1));
        lines.add(item("bound", 1, "one", 1));
        lines.add(item("free", 2, "one", 0));

        assertThat(next()).isEqualTo("bound/0");
        assertThat(next()).isEqualTo("free/2");
        assertThat(next()).isEqualTo("bound/1");
    }

    @Test
    void shouldPassOverALineWhoseFirstItemMayNotStartAndKeepItsTurn() {
        lines.add(item("b", 0, "full", 0));
        lines.add(item("b", 1, "other", 0));
        lines.add(item("b", 2, "other", 0));

        assertThat(lines.next(item -> !item.work().credential().equals("full")).key())
                .hasToString("b/1");
        assertThat(next()).isEqualTo("b/0");
        assertThat(next()).isEqualTo("b/2");
    }

    @Test
    void shouldTakeOutWhatIsNoLongerReady() {
        Item<ResponsesRequest> withdrawn = item("b", 0, "one", 0);
        Item<ResponsesRequest> retry = item("b", 1, "two", 0);
        lines.add(withdrawn);
        lines.addRetry(retry);
        lines.add(item("b", 2, "two", 0));
        withdrawn.become(new Item.Withdrawn<>(null));
        retry.become(new Item.Withdrawn<>(null));

        lines.removeOthers();

        assertThat(next()).isEqualTo("b/2");
        assertThat(lines.isEmpty()).isTrue();
    }

    private String next() {
        Item<ResponsesRequest> next = lines.next(any -> true);
        return next == null ? null : next.key().toString();
    }

    private static Item<ResponsesRequest> item(String batchId, int index, String credential, int bound) {
        var item = new Item<ResponsesRequest>(new ItemKey(batchId, index));
        item.work(LaneItems.work(1, credential, 0, 0, bound));
        item.become(new Item.Ready<>());
        return item;
    }
}
