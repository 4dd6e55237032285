package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A lane can always make a call and take a request. */
class LaneSettingsTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0, 1, 1, 1, lane.slots must be at least 1",
        "2, 0, 1, 1, 1, lane.capacity must be at least lane.slots (2)",
        "1, -1, 1, 1, 1, lane.urgent.slots must be at least 0",
        "1, 0, 1, 0, 1, lane.waiting.capacity must be at least 1",
        "1, 0, 1, 1, 0, lane.capacity.bytes must be at least 1"
    })
    void namesTheSettingThatIsTooSmall(int slots, int urgent, int capacity, int waiting, long bytes, String message) {
        assertThatThrownBy(() -> new LaneSettings(slots, urgent, capacity, waiting, bytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    /** Half of one is not none. */
    @Test
    void halvesItsBoundsAndKeepsAtLeastOneOfEach() {
        var least = new LaneSettings(1, 0, 1, 1, 1);
        assertThat(least.half()).isEqualTo(least);
        assertThat(new LaneSettings(8, 2, 11, 7, 9).half()).isEqualTo(new LaneSettings(1, 0, 5, 3, 4));
    }

    @Test
    void hasATenthOfItsSlotsForUrgentRequestsAndAtLeastOne() {
        assertThat(new LaneSettings(9, 9, 1).urgentSlots()).isEqualTo(1);
        assertThat(new LaneSettings(29, 29, 1).urgentSlots()).isEqualTo(2);
    }
}
