package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.LaneItems.exchange;
import static io.github.genaistreams.topology.call.LaneItems.item;
import static io.github.genaistreams.topology.call.LaneItems.work;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.model.ResponsesRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ways that an item can go. */
class ItemTest {

    private static final Map<String, Item.State<ResponsesRequest>> STATES = states();

    @Test
    void letsAnItemGoNoOtherWaysThanItsLifeHas() {
        var lane = new Lane<ResponsesRequest>(new LaneSettings(1, 4, 1_000), Governors.NONE, batchId -> false);
        Item<ResponsesRequest> item = lane.open(item(0), false);
        lane.ready(item, work(10, "default"));

        assertThatThrownBy(() -> lane.away(item))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("b/0 cannot become Away, is Ready");
        assertThat(lane.startNext(0)).isSameAs(item);
        assertThatThrownBy(() -> lane.waitUntil(item, work(10, "default"), 5))
                .isInstanceOf(IllegalStateException.class);
        lane.begin(item, exchange(item));
        assertThatThrownBy(() -> lane.begin(item, exchange(item))).isInstanceOf(IllegalStateException.class);
        lane.finished(item);
        assertThatThrownBy(() -> lane.finished(item)).isInstanceOf(IllegalStateException.class);

        assertThat(lane.figures().size()).isZero();
        assertThat(lane.figures().inFlight()).isZero();
        assertThat(lane.get(item(0))).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // how it came there, the last one being where it is | where it can go from there
                "New                                 | Unread Ready Delayed Remote Away",
                "New Unread                          | Ready Delayed Remote Ended",
                "New Ready                           | Chosen Withdrawn",
                "New Delayed                         | Ready Withdrawn",
                "New Remote                          | Chosen Withdrawn",
                "New Away                            | Delayed Ended",
                "New Ready Chosen                    | Marked InFlight Remote Ended",
                "New Ready Chosen Marked             | InFlight Ready Ended",
                "New Ready Chosen InFlight           | Remote Away Ended",
                "New Ready Withdrawn                 | Ended",
                "New Ready Withdrawn Ended           | ''",
            })
    void goesFromEachStateWhereThePictureSaysAndNowhereElse(String way, String next) {
        Set<String> legal = Set.of(next.split(" "));
        for (String state : STATES.keySet()) {
            Item<ResponsesRequest> item = at(way);
            Item.State<ResponsesRequest> before = item.state();

            if (legal.contains(state)) {
                item.become(STATES.get(state));
                assertThat(item.state()).as(way + " " + state).isSameAs(STATES.get(state));
            } else {
                assertThatThrownBy(() -> item.become(STATES.get(state)))
                        .as(way + " " + state)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining(state);
                assertThat(item.state()).isSameAs(before);
            }
        }
    }

    @Test
    void endsWhereverItIs() {
        for (String way : List.of("New", "New Unread", "New Ready", "New Ready Chosen InFlight", "New Remote")) {
            Item<ResponsesRequest> item = at(way);
            assertThat(item.isOpen()).isTrue();
            item.end();
            assertThat(item.isOpen()).isFalse();
        }
    }

    private static Item<ResponsesRequest> at(String way) {
        var item = new Item<ResponsesRequest>(item(0), false);
        for (String state : way.split(" ")) {
            if (!state.equals("New")) {
                item.become(STATES.get(state));
            }
        }
        return item;
    }

    private static Map<String, Item.State<ResponsesRequest>> states() {
        Map<String, Item.State<ResponsesRequest>> states = new TreeMap<>();
        for (Item.State<ResponsesRequest> state : List.<Item.State<ResponsesRequest>>of(
                new Item.New<>(),
                new Item.Unread<>(),
                new Item.Ready<>(),
                new Item.Delayed<>(0),
                new Item.Chosen<>(null, null),
                new Item.Marked<>(null, null, null, 0),
                new Item.InFlight<>(null, null),
                new Item.Remote<>(null, null),
                new Item.Away<>(),
                new Item.Withdrawn<>(null),
                new Item.Ended<>())) {
            states.put(state.getClass().getSimpleName(), state);
        }
        return states;
    }
}
