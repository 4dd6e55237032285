package io.github.genaistreams.topology.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.topology.topic.TopicSetup.TopicsException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicAdminTest {

    private final FakeTopics topics = new FakeTopics();
    private final TopicAdmin admin = new TopicAdmin(topics.admin(), Duration.ofMillis(200));
    private final TopicAdmin impatient = new TopicAdmin(topics.admin(), Duration.ofMillis(1));

    TopicAdminTest() {
        topics.partitions.putAll(Map.of("one", 1, "three", 3));
    }

    private static KafkaFuture<Void> failed(Exception e) {
        var future = new KafkaFutureImpl<Void>();
        future.completeExceptionally(e);
        return future;
    }

    @Test
    void describesTopicsInTheOrderOfTheirNamesWithThoseThatAreMissing() {
        var found = admin.describe(List.of("three", "missing", "one"));

        assertThat(found.keySet()).containsExactly("three", "missing", "one");
        assertThat(found.get("missing")).isEmpty();
        assertThat(found.get("three").orElseThrow().partitions()).hasSize(3);
        assertThat(admin.partitions(List.of("three", "missing", "one"))).isEqualTo(Map.of("three", 3, "one", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"describeTopics", "describeConfigs", "listOffsets"})
    void saysWhatToCheckIfKafkaDoesNotAnswer(String method) {
        topics.failures.put(method, null);
        assertThatThrownBy(() -> ask(impatient, method))
                .isInstanceOf(TopicsException.class)
                .hasMessageContainingAll("Kafka does not answer", "bootstrap.servers", "(TimeoutException)");

        topics.failures.put(method, new TimeoutException("no node"));
        assertThatThrownBy(() -> ask(admin, method)).hasMessageContaining("(TimeoutException: no node)");
    }

    private static void ask(TopicAdmin admin, String method) {
        switch (method) {
            case "describeTopics" -> admin.describe(List.of("one"));
            case "describeConfigs" -> configs(admin);
            default -> admin.awaitServed(Map.of("one", 1));
        }
    }

    private static Map<ConfigResource, Config> configs(TopicAdmin admin) {
        return admin.configs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, "one")));
    }

    /** That brokers are down would be a wrong track. */
    @Test
    void saysThatTheUserMayNotSeeTheTopicsIfThatIsTheAnswer() {
        topics.failures.put("describeTopics", new TopicAuthorizationException("Not authorized: [one]"));

        assertThatThrownBy(() -> admin.describe(List.of("one")))
                .isInstanceOf(TopicsException.class)
                .hasMessageContainingAll("does not allow", "Not authorized: [one]")
                .hasMessageNotContaining("does not answer");
    }

    @Test
    void goesOnWithoutSettingsAndWithoutLeadersThatTheUserMayNotSee() {
        topics.failures.put("describeConfigs", new TopicAuthorizationException("no"));
        topics.failures.put("listOffsets", new TopicAuthorizationException("no"));

        assertThat(configs(admin)).isEmpty();
        admin.awaitServed(Map.of("one", 1));
    }

    @Test
    void takesAFailureThatIsAsGoodForAnAnswerAndReportsOthers() {
        assertThat(admin.request(KafkaFuture.completedFuture(null), "it failed", TopicExistsException.class))
                .isTrue();
        assertThat(admin.request(
                        failed(new TopicExistsException("it is there")), "it failed", TopicExistsException.class))
                .isFalse();
        assertThatThrownBy(() -> admin.request(
                        failed(new PolicyViolationException("too many")), "it failed", TopicExistsException.class))
                .isInstanceOf(TopicsException.class)
                .hasMessage("it failed: too many");
    }

    @Test
    void waitsUntilTheBrokersShowAllTopics() {
        topics.beforeDescribe = () -> {
            if (topics.described.size() == 1) {
                topics.partitions.put("late", 2);
            }
        };

        admin.awaitTopics(List.of("one", "late"));

        assertThat(topics.described).hasSize(2);
    }

    @Test
    void waitsUntilTheBrokersShowAllPartitionsAndTheirLeadersServeThem() {
        topics.beforeDescribe = () -> topics.partitions.put("one", topics.described.size() + 1);

        admin.awaitPartitions("one", 2);

        assertThat(topics.described).hasSize(2);
        assertThat(topics.served).containsExactlyInAnyOrder(new TopicPartition("one", 0), new TopicPartition("one", 1));
    }

    @Test
    void givesUpAfterTheTimeOutIfTheBrokersShowNothing() {
        assertThatThrownBy(() -> impatient.awaitTopics(List.of("one", "never")))
                .isInstanceOf(TopicsException.class)
                .hasMessage("The topics were created, but the brokers do not show them");
        assertThatThrownBy(() -> impatient.awaitPartitions("three", 4))
                .hasMessage("Topic three was given 4 partitions, but the brokers do not show them");
        assertThat(topics.served).isEmpty();
    }

    @Test
    void keepsTheInterruptionOfItsThread() {
        topics.failures.put("describeTopics", null);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> admin.describe(List.of("one")))
                .isInstanceOf(TopicsException.class)
                .hasMessageStartingWith("Interrupted");
        assertThat(Thread.interrupted()).isTrue();
    }
}
