package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.LaneItems.NamedLane;
import static io.github.genaistreams.topology.call.LaneItems.item;
import static io.github.genaistreams.topology.call.LaneItems.startAll;
import static io.github.genaistreams.topology.call.LaneItems.work;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No more of a batch is called at once than its bound says. */
class BatchBoundTest {

    private final NamedLane lane = new NamedLane(new LaneSettings(2, 4, 1_000), Governors.NONE);

    @Test
    void startsNoMoreOfABatchThanItsBoundAndLetsOthersPass() {
        NamedLane lane = new NamedLane(new LaneSettings(5, 20, 1_000), Governors.NONE);
        for (int i = 0; i < 3; i++) {
            lane.add(of("one", i), bounded(1));
            lane.add(of("two", i), bounded(2));
            lane.add(of("free", i), work(1, "default"));
        }

        assertThat(startAll(lane))
                .containsExactly(of("one", 0), of("two", 0), of("free", 0), of("two", 1), of("free", 1));
        lane.finished(of("free", 0));
        lane.finished(of("free", 1));
        assertThat(startAll(lane)).containsExactly(of("free", 2));
        lane.finished(of("one", 0));
        assertThat(startAll(lane)).containsExactly(of("one", 1));
    }

    @Test
    void countsForTheBoundOfABatchWhatIsAtWorkAtTheApiAndNotWhatWaitsOrIsAway() {
        NamedLane lane = new NamedLane(new LaneSettings(5, 20, 1_000), Governors.NONE);
        for (int i = 0; i < 4; i++) {
            lane.add(item(i), bounded(1));
        }
        assertThat(startAll(lane)).containsExactly(item(0));

        lane.remote(item(0), 100);
        assertThat(startAll(lane)).isEmpty();
        assertThat(lane.nextPoll(100)).isEqualTo(item(0));
        assertThat(startAll(lane)).isEmpty();
        lane.away(item(0));
        assertThat(startAll(lane)).containsExactly(item(1));

        lane.waitUntil(item(0), bounded(1), 0);
        assertThat(startAll(lane)).isEmpty();
        lane.finished(item(1));
        assertThat(startAll(lane)).as("the retry first").containsExactly(item(0));
        assertThat(lane.withdraw("b", 0, true).waiting()).containsExactlyInAnyOrder(item(2), item(3));
        for (int i : new int[] {0, 2, 3}) {
            lane.finished(item(i));
        }
        lane.add(item(9), bounded(1));
        assertThat(startAll(lane)).containsExactly(item(9));
    }

    @Test
    void holdsTheBoundOfABatchOverJobsThatAJournalKnows() {
        NamedLane lane = new NamedLane(new LaneSettings(5, 20, 1_000), Governors.NONE);
        lane.remote(item(0), bounded(1), 100);
        lane.add(item(1), bounded(1));

        assertThat(startAll(lane)).isEmpty();
        assertThat(lane.nextPoll(100)).isEqualTo(item(0));
        lane.finished(item(0));
        assertThat(startAll(lane)).containsExactly(item(1));
    }

    @Test
    void takesABatchOutOfEveryLineButForWhatWasSubmittedAgainSinceItWasStopped() {
        NamedLane lane = new NamedLane(new LaneSettings(2, 100, 1_000), Governors.NONE);
        for (int i = 0; i < 7; i++) {
            lane.add(item(i), work(1, "a", 0, i == 6 ? 2_000 : i == 5 ? 900 : 0, 0));
        }
        lane.startNext(0);
        lane.startNext(0);
        lane.remote(item(1), work(1, "a", 0, 0, 0), 10);
        lane.waitUntil(item(7), work(1, "a", 0, 0, 0), 50);
        lane.waitUntil(item(8), work(1, "a", 0, 3_000, 0), 60);
        lane.away(item(9));

        NamedLane.Out out = lane.withdraw("b", 1_000, true);

        assertThat(out.inFlight()).containsExactly(item(0));
        assertThat(out.remote()).containsExactly(item(1));
        assertThat(out.waiting()).containsExactlyInAnyOrder(item(2), item(3), item(4), item(5), item(7));
        out.waiting().forEach(lane::finished);
        out.remote().forEach(lane::finished);
        lane.finished(item(0));
        assertThat(lane.nextPoll(100)).isNull();
        assertThat(lane.startNext(100)).isEqualTo(item(8));
        assertThat(lane.startNext(100)).isEqualTo(item(6));
        assertThat(lane.figures().size()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void startsWhatHasABoundThatNoBatchCanHave(int bound) {
        ResponsesRequest request = ResponsesRequest.builder()
                .batchId("b")
                .index(0)
                .model("m")
                .userPrompt("p")
                .maxConcurrentRequests(bound)
                .buildUnchecked();

        lane.add(request.key(), Work.of(request, 10, 0, false));

        assertThat(lane.startNext(0)).isEqualTo(request.key());
    }

    private static Work bounded(int bound) {
        return work(1, "default", 0, 0, bound);
    }

    private static ItemKey of(String batchId, int index) {
        return new ItemKey(batchId, index);
    }
}
