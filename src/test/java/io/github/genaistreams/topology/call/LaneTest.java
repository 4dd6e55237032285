package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.LaneItems.NamedLane;
import static io.github.genaistreams.topology.call.LaneItems.addItems;
import static io.github.genaistreams.topology.call.LaneItems.item;
import static io.github.genaistreams.topology.call.LaneItems.startAll;
import static io.github.genaistreams.topology.call.LaneItems.work;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.flow.Demand;
import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.flow.LimitSettings.Adaptive;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** When a lane starts which of its items. */
class LaneTest {

    private final NamedLane lane = new NamedLane(new LaneSettings(2, 4, 1_000), Governors.NONE);

    @Test
    void startsRequestsInOrderOfArrivalUpToTheNumberOfSlots() {
        addItems(lane, 0, 1, 2);

        assertThat(startAll(lane, 0)).containsExactly(item(0), item(1));
        lane.finished(item(0));
        assertThat(startAll(lane, 0)).containsExactly(item(2));
    }

    @Test
    void doesNotStartARetryBeforeItIsDue() {
        lane.waitUntil(item(7), work(10, "default"), 500);

        assertThat(lane.startNext(499)).isNull();
        assertThat(lane.startNext(500)).isEqualTo(item(7));
    }

    @Test
    void tellsWhenTheFirstItemThatWaitsMayBeCalledAndWhatIsAtWork() {
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
    void passesOverACredentialThatHasUsedUpItsLimits() {
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
    void holdsADocumentBackUntilItsPagesHaveRoom() {
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
    void servesCredentialsInTurns() {
        for (int i = 0; i < 2; i++) {
            lane.add(item(i), work(1, "a"));
        }
        lane.add(item(2), work(1, "b"));

        assertThat(startAll(lane, 0)).containsExactly(item(0), item(2));
    }

    @Test
    void countsARemoteJobAmongItsCredentialsCallsFromTheJournalUntilTheLaneIsGivenUp() {
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
    void startsDueRetriesBeforeRequestsThatWereNeverTried() {
        addItems(lane, 0, 1);
        lane.waitUntil(item(8), work(10, "default"), 200);
        lane.waitUntil(item(7), work(10, "default"), 100);

        assertThat(startAll(lane, 300)).containsExactly(item(7), item(8));
    }

    @Test
    void freesTheSlotOfAnItemThatGoesThroughTheRetryTopic() {
        addItems(lane, 0, 1, 2);
        startAll(lane, 0);

        lane.away(item(0));

        assertThat(lane.figures().inFlight()).isEqualTo(1);
        assertThat(lane.holds(item(0))).isTrue();
        assertThat(lane.isAway(item(0))).isTrue();
        assertThat(lane.startNext(0)).isEqualTo(item(2));
    }

    @Test
    void startsNothingAfterBeingToldSoUntilToldOtherwise() {
        addItems(lane, 0, 1, 2);
        lane.startNext(0);

        lane.figures().stopStarting();

        assertThat(lane.startNext(0)).isNull();
        assertThat(lane.figures().isFull()).isTrue();
        lane.finished(item(0));
        assertThat(lane.figures().inFlight()).isZero();
        lane.figures().startAgain();
        assertThat(startAll(lane, 0)).containsExactly(item(1), item(2));
    }

    @Test
    void refusesToFinishWhatIsNotInFlight() {
        addItems(lane, 0);

        assertThatThrownBy(() -> lane.finished(item(0))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void doesNotWaitForAnItemThatWasGivenUp() {
        lane.waitUntil(item(0), work(10, "default"), 50);
        lane.waitUntil(item(1), work(10, "default"), 90);

        lane.giveUp(item(0));
        assertThat(lane.figures().nextDue()).isEqualTo(90);
        lane.giveUp(item(1));
        assertThat(lane.figures().nextDue()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void sharesTheLimitsOfACredentialWithOtherLanes() {
        var limits = Governors.of(Map.of("a", new Governor(new LimitSettings(1, 0, 0, 0, Adaptive.OFF))));
        var one = new NamedLane(new LaneSettings(10, 100, 1 << 20), limits);
        var other = new NamedLane(new LaneSettings(10, 100, 1 << 20), limits);
        one.add(item(0), work(1, "a"));
        other.add(item(1), work(1, "a"));

        assertThat(one.startNext(0)).isEqualTo(item(0));
        assertThat(other.startNext(0)).isNull();
    }
}
