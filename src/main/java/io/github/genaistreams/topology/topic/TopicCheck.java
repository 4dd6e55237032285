package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.topic.TopicSetup.TopicsException;
import io.github.genaistreams.wire.Topics;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;

/** Checks whether a worker can run with the present topics. Its messages say what to change. */
final class TopicCheck {

    private final TopicAdmin admin;
    private final TopicPlan plan;
    private final Topics topics;
    private final int recordMaxBytes;

    TopicCheck(TopicAdmin admin, TopicPlan plan, Topics topics, int recordMaxBytes) {
        this.admin = admin;
        this.plan = plan;
        this.topics = topics;
        this.recordMaxBytes = recordMaxBytes;
    }

    /**
     * Checks that all topics of a worker for these APIs exist, and that requests, urgent requests and retries have the
     * same number of partitions.
     *
     * @return the number of request partitions by API
     * @throws TopicsException if a worker could not run with these topics; the message says what to change
     */
    Map<String, Integer> all(Collection<String> apis) {
        Map<String, TopicDescription> found = usable(apis);
        Map<String, Integer> partitions = new LinkedHashMap<>();
        apis.forEach(api -> partitions.put(api, checkPartitions(api, found)));
        checkNotes(found);
        return partitions;
    }

    /**
     * Checks that all topics of a worker for these APIs exist, with the settings that it needs.
     *
     * @return the topics
     * @throws TopicsException if a worker could not run with these topics; the message says what to change
     */
    Map<String, TopicDescription> usable(Collection<String> apis) {
        Map<String, Optional<TopicDescription>> found = admin.describe(plan.names().stream()
                // Topics of `genai serve`. A worker does not need them, and may have no permission to read them.
                .filter(name ->
                        !Set.of(topics.serveObjects(), topics.serveFiles()).contains(name))
                .toList());
        for (String api : TopicPlan.APIS) {
            if (!apis.contains(api)) {
                found.remove(topics.requests(api));
                found.remove(topics.urgent(api));
                found.remove(topics.retries(api));
            }
        }
        List<String> missing = found.entrySet().stream()
                .filter(entry -> entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
        if (!missing.isEmpty()) {
            throw new TopicsException(
                    (missing.size() == 1 ? "Topic " : "Topics ") + String.join(", ", missing)
                            + (missing.size() == 1 ? " does" : " do")
                            + " not exist: create the topics with `genai topics create`",
                    null);
        }
        checkSettings(apis);
        Map<String, TopicDescription> usable = new LinkedHashMap<>();
        found.forEach((name, topic) -> topic.ifPresent(it -> usable.put(name, it)));
        return usable;
    }

    private int checkPartitions(String api, Map<String, TopicDescription> found) {
        int requests = partitions(found, topics.requests(api));
        int urgent = partitions(found, topics.urgent(api));
        int retries = partitions(found, topics.retries(api));
        if (requests != retries || requests != urgent) {
            throw new TopicsException(
                    "Topics " + topics.requests(api) + " (" + requests + " partitions), " + topics.urgent(api) + " ("
                            + urgent + ") and " + topics.retries(api) + " (" + retries
                            + ") must have equally many partitions: `genai topics grow --api " + api
                            + " --partitions " + Math.max(Math.max(requests, urgent), retries) + "` does that",
                    null);
        }
        return requests;
    }

    /** The notes of a batch are in the partition of its results. */
    private void checkNotes(Map<String, TopicDescription> found) {
        int results = partitions(found, topics.results());
        int notes = partitions(found, topics.batchNotes());
        if (results != notes) {
            String smaller = notes < results ? topics.batchNotes() : topics.results();
            throw new TopicsException(
                    "Topics " + topics.results() + " (" + results + " partitions) and " + topics.batchNotes() + " ("
                            + notes + ") must have equally many partitions: raise " + smaller + " to "
                            + Math.max(results, notes) + " (kafka-topics.sh --alter --topic " + smaller
                            + " --partitions " + Math.max(results, notes) + ")",
                    null);
        }
    }

    private void checkSettings(Collection<String> apis) {
        List<ConfigResource> written = Stream.concat(
                        apis.stream().map(topics::retries),
                        Stream.of(topics.results(), topics.resultsOrdered(), topics.deadLetters(), topics.control()))
                .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                .toList();
        admin.configs(written).forEach((topic, config) -> {
            if (topic.name().equals(topics.control())) {
                checkIsLog(topic.name(), config);
            } else {
                checkSize(topic.name(), config);
            }
        });
    }

    /** If the limit of a topic is below the size of the records, the first large record would stop the worker. */
    private void checkSize(String topic, Config config) {
        int needed = recordMaxBytes + Outbox.ENVELOPE_BYTES;
        int max = value(config, TopicConfig.MAX_MESSAGE_BYTES_CONFIG)
                .map(Integer::parseInt)
                .orElse(needed);
        if (max < needed) {
            throw new TopicsException(
                    "Topic " + topic + " takes records of " + max + " bytes at most, but record.max.bytes="
                            + recordMaxBytes + " needs " + needed
                            + ": kafka-configs.sh --alter --entity-type topics --entity-name " + topic
                            + " --add-config max.message.bytes=" + needed,
                    null);
        }
    }

    /** Compaction would drop a cancellation at the next control of its batch. */
    private static void checkIsLog(String topic, Config config) {
        String policy = value(config, TopicConfig.CLEANUP_POLICY_CONFIG).orElse("");
        if (policy.contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
            throw new TopicsException(
                    "Topic " + topic + " is compacted, so that a cancellation could be lost: kafka-configs.sh --alter"
                            + " --entity-type topics --entity-name " + topic + " --add-config cleanup.policy=delete",
                    null);
        }
    }

    /** Empty if the brokers do not tell it, as some services that speak Kafka's protocol. */
    private static Optional<String> value(Config config, String name) {
        return Optional.ofNullable(config.get(name)).map(ConfigEntry::value);
    }

    private static int partitions(Map<String, TopicDescription> found, String topic) {
        return Objects.requireNonNull(found.get(topic)).partitions().size();
    }
}
