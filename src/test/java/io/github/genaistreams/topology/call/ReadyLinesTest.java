package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.call.BatchLines.Start;
import org.junit.jupiter.api.Test;

/** Whose turn it is among the items that could be called now. */
class ReadyLinesTest {

    private final ReadyLines<ResponsesRequest> lines = new ReadyLines<>();

    @Test
    void servesCredentialsInTurnsAndRetriesOfEachFirst() {
        lines.add(item("b", 0, "one"));
        lines.add(item("b", 1, "one"));
        lines.add(item("b", 2, "two"));
        lines.addRetry(item("b", 3, "one"));

        assertThat(next()).isEqualTo("b/3");
        assertThat(next()).isEqualTo("b/2");
        assertThat(next()).isEqualTo("b/0");
        assertThat(next()).isEqualTo("b/1");
        assertThat(next()).isNull();
        assertThat(lines.isEmpty()).isTrue();
    }

    @Test
    void passesOverALineWhoseFirstItemMayNotStartAndKeepsItsTurn() {
        lines.add(item("b", 0, "full"));
        lines.add(item("b", 1, "other"));
        lines.add(item("b", 2, "other"));

        assertThat(lines.next(
                                item -> item.work().credential().equals("full")
                                        ? Start.CREDENTIAL_WAITS
                                        : Start.STARTED,
                                any -> false)
                        .key())
                .hasToString("b/1");
        assertThat(next()).isEqualTo("b/0");
        assertThat(next()).isEqualTo("b/2");
    }

    @Test
    void takesOutWhatIsNoLongerReady() {
        Item<ResponsesRequest> withdrawn = item("b", 0, "one");
        Item<ResponsesRequest> retry = item("b", 1, "two");
        lines.add(withdrawn);
        lines.addRetry(retry);
        lines.add(item("b", 2, "two"));
        withdrawn.become(new Item.Withdrawn<>(null));
        retry.become(new Item.Withdrawn<>(null));

        lines.removeOthers();

        assertThat(next()).isEqualTo("b/2");
        assertThat(lines.isEmpty()).isTrue();
    }

    /** They wait for their credential, so they must not keep others from being read. */
    @Test
    void doesNotCountItemsThatTheirCredentialHasRefusedAgainstTheIntake() {
        lines.add(item("b", 0, "full"));
        assertThat(held()).isZero();

        lines.next(any -> Start.CREDENTIAL_WAITS, any -> false);
        assertThat(held()).isEqualTo(1);

        lines.next(any -> Start.BATCH_WAITS, any -> false);
        assertThat(held()).isZero();
    }

    private int held() {
        var held = new Loads();
        lines.addHeld(any -> false, held);
        return held.items();
    }

    private String next() {
        Item<ResponsesRequest> next = lines.next(any -> Start.STARTED, any -> false);
        return next == null ? null : next.key().toString();
    }

    private static Item<ResponsesRequest> item(String batchId, int index, String credential) {
        var item = new Item<ResponsesRequest>(new ItemKey(batchId, index), false);
        item.work(LaneItems.work(1, credential));
        item.become(new Item.Ready<>());
        return item;
    }
}
