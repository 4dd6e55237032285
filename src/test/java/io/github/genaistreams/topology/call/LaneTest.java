package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.LaneItems.NamedLane;
import static io.github.genaistreams.topology.call.LaneItems.item;
import static io.github.genaistreams.topology.call.LaneItems.urgent;
import static io.github.genaistreams.topology.call.LaneItems.work;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.flow.CallReport;
import io.github.genaistreams.flow.Demand;
import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.HoldListener;
import io.github.genaistreams.flow.HoldSettings;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.flow.LimitSettings.Adaptive;
import io.github.genaistreams.flow.Sign;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LaneTest {

    private final NamedLane lane = new NamedLane(new LaneSettings(2, 4, 1_000), Governors.NONE);

    @Test
    void shouldStartRequestsInOrderOfArrivalUpToTheNumberOfSlots() {
        addItems(0, 1, 2);

        assertThat(startAll(0)).containsExactly(item(0), item(1));
        lane.finished(item(0));
        assertThat(startAll(0)).containsExactly(item(2));
    }

    @Test
    void shouldNotStartARetryBeforeItIsDue() {
        lane.waitUntil(item(7), work(10, "default"), 500);

        assertThat(lane.startNext(499)).isNull();
        assertThat(lane.startNext(500)).isEqualTo(item(7));
    }

    @Test
    void shouldTellWhenTheFirstItemThatWaitsMayBeCalledAndWhatIsAtWork() {
        assertThat(lane.figures().nextDue()).isEqualTo(Long.MAX_VALUE);
        lane.waitUntil(item(7), work(10, "default"), 500);
        lane.waitUntil(item(8), work(10, "default"), 300);
        assertThat(lane.figures().nextDue()).isEqualTo(300);
        assertThat(lane.figures().atWork()).isZero();

        assertThat(lane.startNext(300)).isEqualTo(item(8));
        lane.remote(item(8), 400);

        assertThat(lane.figures().nextDue()).isEqualTo(500);
        assertThat(lane.figures().atWork()).isEqualTo(1);
        assertThat(lane.figures().inFlight()).isZero();
        assertThat(lane.withdraw(item(7).batchId(), 1, false).waiting()).containsExactly(item(7));
        assertThat(lane.figures().nextDue()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldPassOverACredentialThatHasUsedUpItsLimits() {
        var limits = Map.of("small", new Governor(new LimitSettings(1, 0, 0, 0, Adaptive.OFF)));
        NamedLane lane = new NamedLane(new LaneSettings(4, 10, 1_000), Governors.of(limits));
        lane.add(item(0), work(1, "small"));
        lane.add(item(1), work(1, "small"));
        lane.add(item(2), work(1, "large"));

        assertThat(lane.startNext(0)).isEqualTo(item(0));
        assertThat(lane.startNext(0)).isEqualTo(item(2));
        assertThat(lane.startNext(0)).isNull();
        lane.finished(item(0));
        assertThat(lane.startNext(0)).isEqualTo(item(1));
    }

    @Test
    void shouldStartNoMoreOfABatchThanItsBoundAndLetOthersPass() {
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
    void shouldCountForTheBoundOfABatchWhatIsAtWorkAtTheApiAndNotWhatWaitsOrIsAway() {
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
    void shouldHoldTheBoundOfABatchOverJobsThatAJournalKnows() {
        NamedLane lane = new NamedLane(new LaneSettings(5, 20, 1_000), Governors.NONE);
        lane.remote(item(0), bounded(1), 100);
        lane.add(item(1), bounded(1));

        assertThat(startAll(lane)).isEmpty();
        assertThat(lane.nextPoll(100)).isEqualTo(item(0));
        lane.finished(item(0));
        assertThat(startAll(lane)).containsExactly(item(1));
    }

    private static Work bounded(int bound) {
        return work(1, "default", 0, 0, bound);
    }

    private static ItemKey of(String batchId, int index) {
        return new ItemKey(batchId, index);
    }

    @Test
    void shouldHoldADocumentBackUntilItsPagesHaveRoom() {
        var governor = new Governor(new LimitSettings(0, 10, 0, 0, Adaptive.OFF));
        NamedLane lane = new NamedLane(new LaneSettings(4, 10, 1_000), Governors.of(Map.of("a", governor)));
        for (int i = 0; i < 3; i++) {
            lane.add(item(i), work(1, "a", new int[] {6, 5, 4}[i], 0, 0));
        }

        assertThat(lane.startNext(0)).isEqualTo(item(0));
        assertThat(lane.startNext(0)).isNull();
        lane.remote(item(0), work(1, "a", 6, 0, 0), 0);
        assertThat(lane.startNext(0)).isNull();
        assertThat(lane.nextPoll(0)).isEqualTo(item(0));
        lane.finished(item(0));
        assertThat(startAll(lane)).containsExactly(item(1), item(2));
        lane.close();
        assertThat(governor.tryAcquire(new Demand("a", null, 10, 1, 0, true, false), 0))
                .isNotNull();
    }

    @Test
    void shouldServeCredentialsInTurns() {
        for (int i = 0; i < 2; i++) {
            lane.add(item(i), work(1, "a"));
        }
        lane.add(item(2), work(1, "b"));

        assertThat(startAll(0)).containsExactly(item(0), item(2));
    }

    @Test
    void shouldCountARemoteJobAmongItsCredentialsCallsFromTheJournalUntilTheLaneIsGivenUp() {
        var own = new Governor(new LimitSettings(5, 0, 0, 0, Adaptive.OFF));
        NamedLane lane = new NamedLane(new LaneSettings(4, 10, 1_000), Governors.of(Map.of("a", own)));
        lane.remote(item(0), work(1, "a"), 0);
        lane.add(item(1), work(1, "a"));
        lane.startNext(0);
        lane.remote(item(1), work(1, "a"), 50);
        assertThat(own.atWork()).isEqualTo(2);

        lane.nextPoll(0);
        lane.away(item(0));
        assertThat(own.atWork()).isEqualTo(1);

        lane.close();
        assertThat(own.atWork()).isZero();
    }

    @Test
    void shouldStartDueRetriesBeforeRequestsThatWereNeverTried() {
        addItems(0, 1);
        lane.waitUntil(item(8), work(10, "default"), 200);
        lane.waitUntil(item(7), work(10, "default"), 100);

        assertThat(startAll(300)).containsExactly(item(7), item(8));
    }

    @Test
    void shouldFreeTheSlotOfAnItemThatGoesThroughTheRetryTopic() {
        addItems(0, 1, 2);
        startAll(0);

        lane.away(item(0));

        assertThat(lane.figures().inFlight()).isEqualTo(1);
        assertThat(lane.holds(item(0))).isTrue();
        assertThat(lane.isAway(item(0))).isTrue();
        assertThat(lane.startNext(0)).isEqualTo(item(2));
    }

    @Test
    void shouldBeFullByNumberOfRequestsThatAreReadyOrInFlight() {
        addItems(0, 1, 2);
        startAll(0);
        assertThat(lane.figures().isFull()).isFalse();

        addItems(3);

        assertThat(lane.figures().isFull()).isTrue();
        lane.finished(item(0));
        assertThat(lane.figures().isFull()).isFalse();
    }

    /** However large they are: their requests are elsewhere. */
    @Test
    void shouldCountWhatWaitsAgainstABoundOfItsOwn() {
        NamedLane lane = new NamedLane(new LaneSettings(3, 0, 4, 6, 1_000), Governors.NONE);
        for (int i = 0; i < 6; i++) {
            assertThat(lane.figures().isFull()).isFalse();
            lane.waitUntil(item(i), work(10, "default"), 99);
        }
        assertThat(lane.figures().isFull()).isTrue();

        startAll(lane, 99);
        assertThat(lane.figures().isFull()).as("six are ready or in flight").isTrue();
        lane.away(item(0));
        assertThat(lane.figures().isFull()).isTrue();
        lane.away(item(1));
        lane.away(item(2));
        assertThat(lane.figures().isFull()).isFalse();
    }

    @Test
    void shouldCountReadyItemsOfAHeldCredentialAmongWhatWaits() {
        var settings = new HoldSettings(Duration.ofHours(1), true, true);
        var held = new Governor(LimitSettings.NONE, () -> 1, settings, () -> "key", HoldListener.NONE);
        NamedLane lane = new NamedLane(new LaneSettings(2, 1, 4, 6, 1_000), Governors.of(Map.of("a", held)));
        for (int i = 0; i < 4; i++) {
            lane.add(item(i), work(10, "a"));
        }
        assertThat(lane.startNext(0)).isEqualTo(item(0));
        assertThat(lane.figures().isFull()).isTrue();

        lane.settle(item(0), new CallReport(Sign.QUOTA_EXHAUSTED, item(0), "no money"), 0);
        assertThat(startAll(lane, 1)).isEmpty();
        assertThat(lane.figures().isFull()).isFalse();
        lane.add(item(4), work(10, "b"));
        assertThat(startAll(lane, 1)).as("another key").containsExactly(item(4));
        for (int i = 5; i < 8; i++) {
            lane.add(item(i), work(10, "a"));
        }
        startAll(lane, 1);
        assertThat(lane.figures().isFull()).as("six wait").isTrue();
    }

    @Test
    void shouldCountTheBytesOfWhatWaitsApart() {
        lane.waitUntil(item(0), work(999, "default"), 99);
        lane.add(item(1), work(999, "default"));
        assertThat(lane.figures().isFull()).isFalse();

        lane.waitUntil(item(2), work(1, "default"), 99);

        assertThat(lane.figures().isFull()).isTrue();
        lane.giveUp(item(0));
        assertThat(lane.figures().isFull()).isFalse();
        lane.giveUp(item(1));
        lane.giveUp(item(2));
        lane.add(item(3), work(999, "default"));
        assertThat(lane.figures().isFull()).isFalse();
        lane.add(item(4), work(1, "default"));
        assertThat(lane.figures().isFull()).isTrue();
    }

    @Test
    void shouldBeFullByBytes() {
        lane.add(item(0), work(999, "default"));
        assertThat(lane.figures().isFull()).isFalse();

        lane.add(item(1), work(1, "default"));

        assertThat(lane.figures().isFull()).isTrue();
    }

    @Test
    void shouldStartNothingAfterBeingToldSoUntilToldOtherwise() {
        addItems(0, 1, 2);
        lane.startNext(0);

        lane.figures().stopStarting();

        assertThat(lane.startNext(0)).isNull();
        assertThat(lane.figures().isFull()).isTrue();
        lane.finished(item(0));
        assertThat(lane.figures().inFlight()).isZero();
        lane.figures().startAgain();
        assertThat(startAll(0)).containsExactly(item(1), item(2));
    }

    @Test
    void shouldTakeABatchOutOfEveryLineButForWhatWasSubmittedAgainSinceItWasStopped() {
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

    @Test
    void shouldStartUrgentItemsFirstAndOverAndAboveTheSlots() {
        NamedLane lane = new NamedLane(new LaneSettings(3, 2, 100, 100, 1_000), Governors.NONE);
        for (int i = 0; i < 9; i++) {
            lane.add(item(i), work(10, "default"));
        }
        assertThat(startAll(lane)).as("no more than the slots").containsExactly(item(0), item(1), item(2));
        lane.add(item(20), urgent());
        lane.add(item(21), urgent());
        lane.waitUntil(item(22), urgent(), 5);
        assertThat(startAll(lane)).containsExactly(item(20), item(21));
        lane.finished(item(0));
        assertThat(startAll(lane, 5)).as("before the others").containsExactly(item(22));
        lane.finished(item(1));
        assertThat(startAll(lane)).containsExactly(item(3));
    }

    @Test
    void shouldLeaveSomeSlotsToOthersHoweverManyUrgentItemsThereAre() {
        NamedLane lane = new NamedLane(new LaneSettings(3, 2, 100, 100, 1_000), Governors.NONE);
        for (int i = 0; i < 9; i++) {
            lane.add(item(i), urgent());
            lane.add(item(10 + i), work(10, "default"));
        }

        assertThat(startAll(lane)).containsExactly(item(0), item(1), item(2), item(10), item(11));
        lane.finished(item(10));
        assertThat(startAll(lane)).containsExactly(item(12));
        lane.finished(item(0));
        assertThat(startAll(lane)).containsExactly(item(3));
    }

    @Test
    void shouldReadUrgentRequestsWhileItIsFullOfOthers() {
        addItems(0, 1, 2, 3);
        assertThat(lane.figures().isFull()).isTrue();
        assertThat(lane.figures().isUrgentFull()).isFalse();
        for (int i = 4; i < 8; i++) {
            lane.add(item(i), urgent());
        }
        assertThat(lane.figures().isUrgentFull()).isTrue();
        for (int i = 0; i < 4; i++) {
            lane.giveUp(item(i));
        }
        assertThat(lane.figures().isFull()).isFalse();
        lane.withdraw("b", 0, true).waiting().forEach(lane::finished);
        assertThat(lane.figures().isUrgentFull()).isFalse();
        lane.figures().stopStarting();
        assertThat(lane.figures().isUrgentFull()).isTrue();
    }

    @Test
    void shouldRefuseToFinishWhatIsNotInFlight() {
        addItems(0);

        assertThatThrownBy(() -> lane.finished(item(0))).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void shouldStartWhatHasABoundThatNoBatchCanHave(int bound) {
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

    @Test
    void shouldNotWaitForAnItemThatWasGivenUp() {
        lane.waitUntil(item(0), work(10, "default"), 50);
        lane.waitUntil(item(1), work(10, "default"), 90);

        lane.giveUp(item(0));
        assertThat(lane.figures().nextDue()).isEqualTo(90);
        lane.giveUp(item(1));
        assertThat(lane.figures().nextDue()).isEqualTo(Long.MAX_VALUE);
    }

    private void addItems(int... indexes) {
        for (int index : indexes) {
            lane.add(item(index), work(10, "default"));
        }
    }

    private static List<ItemKey> startAll(NamedLane lane) {
        return startAll(lane, 0);
    }

    private List<ItemKey> startAll(long now) {
        return startAll(lane, now);
    }

    private static List<ItemKey> startAll(NamedLane lane, long now) {
        List<ItemKey> started = new ArrayList<>();
        for (ItemKey key = lane.startNext(now); key != null; key = lane.startNext(now)) {
            started.add(key);
        }
        return started;
    }

    @Test
    void shouldShareTheLimitsOfACredentialWithOtherLanes() {
        var limits = Governors.of(Map.of("a", new Governor(new LimitSettings(1, 0, 0, 0, Adaptive.OFF))));
        var one = new NamedLane(new LaneSettings(10, 100, 1 << 20), limits);
        var other = new NamedLane(new LaneSettings(10, 100, 1 << 20), limits);
        one.add(item(0), work(1, "a"));
        other.add(item(1), work(1, "a"));

        assertThat(one.startNext(0)).isEqualTo(item(0));
        assertThat(other.startNext(0)).isNull();
    }
}
