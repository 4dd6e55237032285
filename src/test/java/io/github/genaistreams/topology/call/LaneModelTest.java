package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.LaneItems.NamedLane;
import static io.github.genaistreams.topology.call.LaneItems.item;
import static io.github.genaistreams.topology.call.LaneItems.work;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.model.ItemKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** A lane does what a naive model of it does. */
class LaneModelTest {

    /** Whatever happens in whatever order: counts agree with a naive model, slots are never exceeded, nothing is lost. */
    @Property(tries = 300)
    void agreesWithANaiveModel(@ForAll @Size(max = 200) List<@IntRange(min = 0, max = 99) Integer> steps) {
        NamedLane lane = new NamedLane(new LaneSettings(3, 50, 1 << 20), Governors.NONE);
        Map<ItemKey, String> model = new HashMap<>();
        List<ItemKey> flying = new ArrayList<>();
        int next = 0;
        long now = 0;
        for (int step : steps) {
            now += step % 7;
            switch (step % 5) {
                case 0 -> {
                    lane.add(item(next), work(step, "default"));
                    model.put(item(next++), "ready");
                }
                case 1 -> {
                    lane.waitUntil(item(next), work(step, "default"), now + step);
                    model.put(item(next++), "waiting");
                }
                case 2 -> {
                    ItemKey started = lane.startNext(now);
                    if (started != null) {
                        assertThat(model.replace(started, "flying")).isIn("ready", "waiting");
                        flying.add(started);
                    } else {
                        assertThat(flying.size() == 3 || !model.containsValue("ready"))
                                .isTrue();
                    }
                }
                case 3 -> {
                    if (!flying.isEmpty()) {
                        ItemKey done = flying.remove(step % flying.size());
                        lane.finished(done);
                        model.remove(done);
                    }
                }
                default -> {
                    if (!flying.isEmpty()) {
                        ItemKey away = flying.remove(0);
                        lane.away(away);
                        lane.waitUntil(away, work(1, "default"), now + step);
                        model.put(away, "waiting");
                    }
                }
            }
            assertThat(lane.figures().inFlight()).isEqualTo(flying.size()).isLessThanOrEqualTo(3);
            assertThat(lane.figures().size()).isEqualTo(model.size());
            assertThat(model.keySet()).allMatch(lane::holds);
        }
        while (lane.figures().size() > 0) {
            ItemKey started = lane.startNext(Long.MAX_VALUE);
            if (started != null) {
                flying.add(started);
            }
            ItemKey done = flying.remove(0);
            lane.finished(done);
            assertThat(model.remove(done)).isNotNull();
        }
        assertThat(model).isEmpty();
    }
}
