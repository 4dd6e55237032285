package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Arrival;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.call.BatchQueues.Start;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** With one slot, and one more for urgent items. */
class LaneQueuesTest {

    private static final Work WORK = LaneItems.work(10, "default");
    private static final Function<Item<ResponsesRequest>, Start> ALWAYS = item -> Start.STARTED;

    private final LaneFigures figures = new LaneFigures(new LaneSettings(1, 1, 10, 10, 1_000));
    private final LaneQueues<ResponsesRequest> queues =
            new LaneQueues<>(figures, item -> item.key().batchId().equals("paused"));

    private static Item<ResponsesRequest> ready(String batchId, int index, Work work) {
        var item = new Item<ResponsesRequest>(new ItemKey(batchId, index), false);
        item.become(new Item.Ready<>());
        item.work(work);
        return item;
    }

    private static Item<ResponsesRequest> waiting(int index, long dueAt) {
        var item = new Item<ResponsesRequest>(new ItemKey("b", index), false);
        item.become(new Item.Delayed<>(dueAt));
        item.work(WORK);
        return item;
    }

    private static Item<ResponsesRequest> remote(int index) {
        Permit permit = Governors.NONE.acquire(WORK.demand());
        var item = new Item<ResponsesRequest>(new ItemKey("b", index), false);
        item.become(new Item.Remote<>(permit, null));
        return item;
    }

    private Item<ResponsesRequest> next() {
        return queues.next(ALWAYS, credential -> false);
    }

    @Test
    void servesUrgentItemsFirstAndOthersWhenThereAreNone() {
        var other = ready("b", 0, WORK);
        var urgent = ready("b", 1, LaneItems.urgent());
        queues.add(other);
        queues.add(urgent);
        assertThat(queues.hasUrgent()).isTrue();

        assertThat(next()).isSameAs(urgent);
        assertThat(queues.hasUrgent()).isFalse();
        assertThat(next()).isSameAs(other);
        assertThat(next()).isNull();
    }

    @Test
    void servesEitherKindOnlyIfThereIsASlotForIt() {
        var other = ready("b", 0, WORK);
        var urgent = ready("b", 1, LaneItems.urgent());
        queues.add(other);
        queues.add(urgent);

        figures.started(true, 1);
        assertThat(next()).as("the slots of urgent items are taken").isSameAs(other);
        queues.add(other);
        figures.started(true, -1);
        figures.started(false, 1);
        assertThat(next()).isSameAs(urgent);
        assertThat(next()).isNull();
    }

    /** Otherwise, one that no credential lets start would stop all others. */
    @Test
    void servesOthersIfNoUrgentItemStarts() {
        var other = ready("b", 0, WORK);
        queues.add(ready("b", 1, LaneItems.urgent()));
        queues.add(other);

        assertThat(queues.next(
                        item -> item.work().urgent() ? Start.CREDENTIAL_WAITS : Start.STARTED, credential -> false))
                .isSameAs(other);
        assertThat(queues.hasUrgent()).isTrue();
    }

    @Test
    void servesARetryBeforeTheOthersOfItsBatch() {
        var fresh = ready("b", 0, WORK);
        var retry = ready("b", 1, WORK);
        queues.add(fresh);
        queues.addRetry(retry);

        assertThat(next()).isSameAs(retry);
        assertThat(next()).isSameAs(fresh);
    }

    @Test
    void hasNoLineForReadyItemsOfAPausedBatch() {
        queues.add(ready("paused", 0, WORK));
        queues.addRetry(ready("paused", 1, WORK));
        queues.add(ready("paused", 2, LaneItems.urgent()));

        assertThat(next()).isNull();
        assertThat(queues.hasUrgent()).isFalse();
    }

    @Test
    void givesWhatIsDueInTheOrderOfItsTimeAndTellsTheNext() {
        var first = waiting(0, 10);
        var second = waiting(1, 20);
        assertThat(queues.hasDue()).isFalse();
        queues.addWaiting(second, 20);
        assertThat(figures.nextDue()).isEqualTo(20);
        queues.addWaiting(first, 10);
        assertThat(figures.nextDue()).isEqualTo(10);
        assertThat(queues.hasDue()).isTrue();

        assertThat(queues.nextDue(9)).isNull();
        assertThat(queues.nextDue(20)).isSameAs(first);
        assertThat(figures.nextDue()).isEqualTo(20);
        assertThat(queues.nextDue(20)).isSameAs(second);
        assertThat(figures.nextDue()).isEqualTo(Long.MAX_VALUE);
        assertThat(queues.nextDue(20)).isNull();
        assertThat(queues.hasDue()).isFalse();
    }

    @Test
    void keepsPollsApartFromWhatWaits() {
        var job = remote(0);
        queues.addPoll(job, 10);
        assertThat(queues.hasDue()).isTrue();
        assertThat(figures.nextDue()).as("for calls only").isEqualTo(Long.MAX_VALUE);

        assertThat(queues.nextDue(10)).isNull();
        assertThat(queues.nextPoll(9)).isNull();
        assertThat(queues.nextPoll(10)).isSameAs(job);
        assertThat(queues.hasDue()).isFalse();
    }

    @Test
    void removesFromEachLineWhatIsInAnotherStateNow() {
        @SuppressWarnings("unchecked")
        Item<ResponsesRequest>[] others =
                new Item[] {ready("b", 0, WORK), ready("b", 1, LaneItems.urgent()), waiting(2, 10), remote(3)};
        queues.add(others[0]);
        queues.add(others[1]);
        queues.addWaiting(others[2], 10);
        queues.addPoll(others[3], 10);
        var kept = waiting(4, 30);
        queues.addWaiting(kept, 30);
        for (Item<?> item : others) {
            item.end();
        }

        queues.removeOthers();

        assertThat(next()).isNull();
        assertThat(queues.hasUrgent()).isFalse();
        assertThat(queues.nextPoll(10)).isNull();
        assertThat(figures.nextDue()).isEqualTo(30);
        assertThat(queues.nextDue(30)).isSameAs(kept);
    }

    @Test
    void countsWhatWaitsForItsCredentialInBothLines() {
        queues.add(ready("b", 0, LaneItems.work(7, "held")));
        queues.add(ready("b", 1, LaneItems.work(100, "free")));
        queues.add(ready("b", 2, LaneItems.urgent()));

        Loads held = queues.held(credential -> !credential.equals("free"));

        assertThat(held.items(Arrival.IN_ORDER)).isOne();
        assertThat(held.bytes(Arrival.IN_ORDER)).isEqualTo(7);
        assertThat(held.items(Arrival.URGENT)).isOne();
    }
}
