package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.call.BatchQueues.Start;
import org.junit.jupiter.api.Test;

/** Whose turn it is among the items that could be called now. */
class ReadyQueuesTest {

    private final ReadyQueues<ResponsesRequest> queues = new ReadyQueues<>();

    @Test
    void servesCredentialsInTurnsAndRetriesOfEachFirst() {
        queues.add(item("b", 0, "one"));
        queues.add(item("b", 1, "one"));
        queues.add(item("b", 2, "two"));
        queues.addRetry(item("b", 3, "one"));

        assertThat(next()).isEqualTo("b/3");
        assertThat(next()).isEqualTo("b/2");
        assertThat(next()).isEqualTo("b/0");
        assertThat(next()).isEqualTo("b/1");
        assertThat(next()).isNull();
        assertThat(queues.isEmpty()).isTrue();
    }

    @Test
    void passesOverALineWhoseFirstItemMayNotStartAndKeepsItsTurn() {
        queues.add(item("b", 0, "full"));
        queues.add(item("b", 1, "other"));
        queues.add(item("b", 2, "other"));

        assertThat(queues.next(
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
        queues.add(withdrawn);
        queues.addRetry(retry);
        queues.add(item("b", 2, "two"));
        withdrawn.become(new Item.Withdrawn<>(null));
        retry.become(new Item.Withdrawn<>(null));

        queues.removeOthers();

        assertThat(next()).isEqualTo("b/2");
        assertThat(queues.isEmpty()).isTrue();
    }

    /** They wait for their credential, so they must not keep others from being read. */
    @Test
    void doesNotCountItemsThatTheirCredentialHasRefusedAgainstTheIntake() {
        queues.add(item("b", 0, "full"));
        assertThat(held()).isZero();

        queues.next(any -> Start.CREDENTIAL_WAITS, any -> false);
        assertThat(held()).isEqualTo(1);

        queues.next(any -> Start.BATCH_WAITS, any -> false);
        assertThat(held()).isZero();
    }

    private int held() {
        var held = new Loads();
        queues.addHeld(any -> false, held);
        return held.items();
    }

    private String next() {
        Item<ResponsesRequest> next = queues.next(any -> Start.STARTED, any -> false);
        return next == null ? null : next.key().toString();
    }

    private static Item<ResponsesRequest> item(String batchId, int index, String credential) {
        var item = new Item<ResponsesRequest>(new ItemKey(batchId, index), false);
        item.work(LaneItems.work(1, credential));
        item.become(new Item.Ready<>());
        return item;
    }
}
