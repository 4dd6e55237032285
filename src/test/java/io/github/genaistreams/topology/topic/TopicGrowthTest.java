package io.github.genaistreams.topology.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.topology.topic.TopicGrowth.Step;
import io.github.genaistreams.topology.topic.TopicSetup.TopicsException;
import io.github.genaistreams.wire.Topics;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

/** What is planned; a broker carries it out in {@code GrowthTest}. */
class TopicGrowthTest {

    private static final String REQUESTS = "genai.responses.requests";
    private static final String URGENT = "genai.responses.requests.urgent";
    private static final String RETRIES = "genai.responses.retries";

    private final FakeTopics topics = new FakeTopics();
    private final Admin kafka = topics.admin();
    private final TopicGrowth growth =
            new TopicGrowth(new TopicAdmin(kafka, Duration.ofSeconds(5)), kafka, Topics.withDefaultPrefix(), "w");

    TopicGrowthTest() {
        topics.partitions.putAll(Map.of(REQUESTS, 2, URGENT, 2, RETRIES, 2));
    }

    @Test
    void givesTheRequestsTheirPartitionsLastAndTheChangelogsFirst() {
        topics.partitions.put("w-responses-journal-changelog", 2);
        topics.partitions.put("w-responses-answered-changelog", 2);
        topics.partitions.put("other-responses-journal-changelog", 2);

        assertThat(growth.plan("responses", 4))
                .containsExactly(
                        new Step("w-responses-journal-changelog", 2, 4),
                        new Step("w-responses-answered-changelog", 2, 4),
                        new Step(RETRIES, 2, 4),
                        new Step(URGENT, 2, 4),
                        new Step(REQUESTS, 2, 4));
    }

    @Test
    void completesWhatAnEarlierRunHasBegun() {
        topics.partitions.put(RETRIES, 4);

        assertThat(growth.plan("responses", 4)).containsExactly(new Step(URGENT, 2, 4), new Step(REQUESTS, 2, 4));
        topics.partitions.putAll(Map.of(URGENT, 4, REQUESTS, 4));
        assertThat(growth.plan("responses", 4)).isEmpty();
    }

    @Test
    void refusesToTakePartitionsAwayAndAdvisesTheLargestNumber() {
        topics.partitions.put("w-responses-journal-changelog", 5);
        topics.partitions.put(URGENT, 7);

        assertThatThrownBy(() -> growth.plan("responses", 4))
                .isInstanceOf(TopicsException.class)
                .hasMessageContainingAll("has 5 partitions already", "give at least 7");
    }

    @Test
    void refusesAnApiWithoutOneOfItsTopics() {
        topics.partitions.remove(URGENT);

        assertThatThrownBy(() -> growth.plan("responses", 4))
                .isInstanceOf(TopicsException.class)
                .hasMessage("Topic " + URGENT + " does not exist: create the topics with `genai topics create`");
    }
}
