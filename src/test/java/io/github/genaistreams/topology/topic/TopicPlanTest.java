package io.github.genaistreams.topology.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.wire.Topics;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.Test;

class TopicPlanTest {

    private static final int RECORD_BYTES = 1 << 20;

    private final Topics topics = Topics.withDefaultPrefix();
    private final TopicPlan plan = new TopicPlan(topics, RECORD_BYTES);

    @Test
    void givesATopicOfALaterVersionThePartitionsOfTheTopicThatItBelongsTo() {
        Map<String, Integer> partitions =
                plan.create(8, Map.of(topics.requests("responses"), 3, topics.results(), 5), (short) 1).stream()
                        .collect(Collectors.toMap(NewTopic::name, NewTopic::numPartitions));

        assertThat(partitions)
                .containsEntry(topics.urgent("responses"), 3)
                .containsEntry(topics.batchNotes(), 5)
                .containsEntry(topics.urgent("documents"), 8)
                .containsEntry(topics.control(), 8);
        assertThat(plan.leading()).contains(topics.requests("responses"), topics.results());
    }

    @Test
    void leavesRoomForWhatIsWrittenAroundARequestOrAnAnswer() {
        Map<String, String> sizes = plan.create(1, Map.of(), (short) 1).stream()
                .filter(topic -> topic.configs().containsKey(TopicConfig.MAX_MESSAGE_BYTES_CONFIG))
                .collect(Collectors.toMap(
                        NewTopic::name, topic -> topic.configs().get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG)));

        String withEnvelope = Integer.toString(RECORD_BYTES + Outbox.ENVELOPE_BYTES);
        assertThat(sizes)
                .containsEntry(topics.requests("responses"), Integer.toString(RECORD_BYTES))
                .containsEntry(topics.retries("responses"), withEnvelope)
                .containsEntry(topics.results(), withEnvelope)
                .containsEntry(topics.deadLetters(), withEnvelope);
    }
}
