package io.github.genaistreams.topology.gate;

import static io.github.genaistreams.topology.gate.DescribedTopics.topic;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.junit.jupiter.api.Test;

class TaskAdminTest {

    private final DescribedTopics topics = new DescribedTopics();
    private final TaskAdmin admin = new TaskAdmin(topics.admin());
    private final Admin ofStreams = admin.asAdmin();

    TaskAdminTest() {
        topics.partitions.putAll(Map.of("changelog", 6, "other", 2));
    }

    private int partitions(String topic) {
        return ofStreams
                .describeTopics(List.of(topic))
                .topicNameValues()
                .get(topic)
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .partitions()
                .size();
    }

    @Test
    void findsTheTopicsThatExist() {
        assertThat(admin.existing(List.of("changelog", "missing")))
                .isEqualTo(Map.of("changelog", topic("changelog", 6)));
    }

    @Test
    void showsTopicsAsTheyAreGivenDuringAnActionAndOthersAsTheyAre() {
        int shown = admin.showing(Map.of("changelog", topic("changelog", 4)), () -> {
            assertThat(partitions("other")).isEqualTo(2);
            var both = ofStreams
                    .describeTopics(List.of("changelog", "other"), new DescribeTopicsOptions())
                    .topicNameValues();
            assertThat(both).containsOnlyKeys("changelog", "other");
            return partitions("changelog");
        });

        assertThat(shown).isEqualTo(4);
        assertThat(topics.asked).as("only what is not given").containsOnly(List.of("other"));
        assertThat(partitions("changelog")).as("afterwards").isEqualTo(6);
    }

    @Test
    void showsTopicsAsTheyAreAfterAnActionThatFailed() {
        assertThatThrownBy(() -> admin.showing(Map.of("changelog", topic("changelog", 4)), () -> {
                    throw new IllegalStateException("it failed");
                }))
                .hasMessage("it failed");

        assertThat(partitions("changelog")).isEqualTo(6);
    }

    @Test
    void showsTopicsToTheThreadOfTheActionOnly() throws Exception {
        int[] seen = new int[1];
        admin.showing(Map.of("changelog", topic("changelog", 4)), () -> {
            var other = new Thread(() -> seen[0] = partitions("changelog"));
            other.start();
            try {
                other.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return null;
        });

        assertThat(seen[0]).isEqualTo(6);
    }

    @Test
    void failsAsTheRealClientDoes() {
        assertThatThrownBy(() -> ofStreams.createTopics(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("createTopics");
    }
}
