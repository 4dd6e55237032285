package io.github.genaistreams.topology.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.topic.TopicSetup.TopicsException;
import io.github.genaistreams.wire.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicCheckTest {

    private static final int RECORD_BYTES = 1_000;
    private static final List<String> BOTH = List.of("responses", "documents");

    private final Topics names = Topics.withDefaultPrefix();
    private final FakeTopics topics = new FakeTopics();
    private final TopicPlan plan = new TopicPlan(names, RECORD_BYTES);
    private final TopicCheck check =
            new TopicCheck(new TopicAdmin(topics.admin(), Duration.ofSeconds(5)), plan, names, RECORD_BYTES);

    TopicCheckTest() {
        plan.create(4, Map.of(), (short) 1).forEach(topics::add);
    }

    private void assertRefused(String... words) {
        assertThatThrownBy(() -> check.all(BOTH))
                .isInstanceOf(TopicsException.class)
                .hasMessageContainingAll(words);
    }

    private void configure(String topic, String setting, String value) {
        topics.configs.get(topic).put(setting, value);
    }

    @Test
    void acceptsTheTopicsThatItsOwnPlanCreates() {
        assertThat(check.all(BOTH)).isEqualTo(Map.of("responses", 4, "documents", 4));
        assertThat(check.usable(BOTH)).hasSize(13);
    }

    @Test
    void namesTheTopicsThatAreMissing() {
        topics.partitions.remove("genai.control");
        assertRefused("Topic genai.control does not exist: create the topics with `genai topics create`");

        topics.partitions.remove("genai.responses.requests.urgent");
        assertRefused("Topics genai.responses.requests.urgent, genai.control do not exist");
    }

    @Test
    void needsNeitherTheTopicsOfAnApiThatIsNotCalledNorThoseOfTheFrontDoor() {
        topics.partitions.keySet().removeIf(topic -> topic.startsWith("genai.documents") || topic.contains("serve"));

        assertThat(check.all(List.of("responses"))).isEqualTo(Map.of("responses", 4));
        assertThat(check.usable(List.of("responses"))).doesNotContainKey("genai.documents.requests");
        assertThat(topics.configured).doesNotContain("genai.documents.retries");
        assertRefused("genai.documents.requests", "genai.documents.retries", "do not exist");
    }

    @ParameterizedTest
    @CsvSource({"4, 4, 2, 4", "2, 2, 7, 7", "4, 6, 4, 6", "4, 3, 4, 4", "9, 3, 4, 9"})
    void refusesAnApiWhoseTopicsDifferAndAdvisesTheLargestNumber(int requests, int urgent, int retries, int most) {
        topics.partitions.put("genai.documents.requests", requests);
        topics.partitions.put("genai.documents.requests.urgent", urgent);
        topics.partitions.put("genai.documents.retries", retries);

        assertRefused(
                "genai.documents.requests (" + requests + " partitions)",
                "genai.documents.requests.urgent (" + urgent + ")",
                "genai.documents.retries (" + retries + ")",
                "`genai topics grow --api documents --partitions " + most + "`");
        assertThatCode(() -> check.usable(BOTH)).as("also uneven").doesNotThrowAnyException();
    }

    @Test
    void tellsThePartitionsOfEachApiOfItsOwn() {
        for (String topic : List.of("requests", "requests.urgent", "retries")) {
            topics.partitions.put("genai.documents." + topic, 9);
        }

        assertThat(check.all(BOTH)).isEqualTo(Map.of("responses", 4, "documents", 9));
    }

    @Test
    void refusesNotesThatCannotBeInThePartitionOfTheirResults() {
        topics.partitions.put("genai.batch-notes", 3);
        assertRefused("raise genai.batch-notes to 4", "--topic genai.batch-notes --partitions 4");

        topics.partitions.put("genai.batch-notes", 5);
        assertRefused("raise genai.results to 5", "--topic genai.results --partitions 5");
    }

    @ParameterizedTest
    @ValueSource(strings = {"responses.retries", "documents.retries", "results", "results.ordered", "dead-letters"})
    void refusesATopicThatCouldNotTakeTheLargestRecord(String topic) {
        int needed = RECORD_BYTES + Outbox.ENVELOPE_BYTES;
        configure("genai." + topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(needed));
        check.all(BOTH);

        configure("genai." + topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(needed - 1));
        assertRefused(
                "Topic genai." + topic + " takes records of " + (needed - 1) + " bytes at most",
                "record.max.bytes=1000",
                "max.message.bytes=" + needed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"compact", "compact,delete", "delete,compact"})
    void refusesAControlTopicThatForgetsACancellation(String policy) {
        configure("genai.control", TopicConfig.CLEANUP_POLICY_CONFIG, policy);

        assertRefused("Topic genai.control is compacted", "cleanup.policy=delete");
    }

    @Test
    void goesOnWithoutSettingsThatTheBrokersDoNotTell() {
        topics.configs.clear();
        assertThat(check.all(BOTH)).hasSize(2);

        topics.failures.put("describeConfigs", new TopicAuthorizationException("no"));
        assertThat(check.all(BOTH)).hasSize(2);
    }
}
