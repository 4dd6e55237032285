package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class LanesTest {

    @Test
    void tellsThePartOfATopicThatMayStartCallsHere() {
        var lanes = new Lanes();
        assertThat(lanes.share("a", 6)).isZero();
        for (int partition = 0; partition < 3; partition++) {
            open(lanes, "a", partition);
        }
        open(lanes, "b", 0);

        assertThat(lanes.share("a", 6)).isEqualTo(0.5);
        assertThat(lanes.share("b", 2)).isEqualTo(0.5);
        assertThat(lanes.share("a", 2)).as("the topic has grown").isEqualTo(1);
        assertThat(lanes.share("a", 0)).as("unknown").isEqualTo(1);
        lanes.stopStarting(List.of(new TopicPartition("a", 1)));
        assertThat(lanes.share("a", 6)).as("on its way to another worker").isEqualTo(2 / 6.0);
    }

    private static void open(Lanes lanes, String topic, int partition) {
        var lane = new LaneFigures(new LaneSettings(1, 1, 1));
        lanes.open(new TopicPartition(topic, partition), new TopicPartition(topic + ".urgent", partition), lane);
    }
}
