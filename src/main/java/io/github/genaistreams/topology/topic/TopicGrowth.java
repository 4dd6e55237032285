package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.topic.TopicSetup.TopicsException;
import io.github.genaistreams.wire.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.errors.InvalidPartitionsException;

/**
 * Gives the topics of an API more partitions while workers run. The changelogs grow first, then the retries, the
 * urgent requests, and the other requests last. If it stops in between, workers continue with the old partitions, and a
 * second run completes it. After the last step, the workers notice the new partitions at their next check of the request
 * topic.
 */
public final class TopicGrowth {

    private final TopicAdmin admin;
    private final Admin kafka;
    private final Topics topics;
    private final String applicationId;

    /** A topic that gets more partitions. */
    public record Step(String topic, int from, int to) {}

    TopicGrowth(TopicAdmin admin, Admin kafka, Topics topics, String applicationId) {
        this.admin = admin;
        this.kafka = kafka;
        this.topics = topics;
        this.applicationId = applicationId;
    }

    /**
     * The steps, in order, after which all topics of the API have this many partitions; empty if they already have.
     *
     * @throws TopicsException if the topics are missing, or one of them already has more
     */
    public List<Step> plan(String api, int partitions) {
        TaskTopics task = TaskTopics.ofApi(topics, applicationId, api);
        Map<String, Integer> found = admin.partitions(task.all());
        for (String source : task.sources()) {
            if (!found.containsKey(source)) {
                throw new TopicsException(
                        "Topic " + source + " does not exist: create the topics with `genai topics create`", null);
            }
        }
        List<Step> steps = new ArrayList<>();
        List<String> inOrder = new ArrayList<>(task.changelogs());
        inOrder.addAll(List.of(topics.retries(api), topics.urgent(api), topics.requests(api)));
        for (String topic : inOrder) {
            // A worker that has not run yet has no changelogs.
            int has = found.getOrDefault(topic, partitions);
            if (has > partitions) {
                throw new TopicsException(
                        "Topic " + topic + " has " + has + " partitions already, and Kafka cannot remove partitions:"
                                + " give at least " + task.maxPartitions(found),
                        null);
            }
            if (has < partitions) {
                steps.add(new Step(topic, has, partitions));
            }
        }
        return List.copyOf(steps);
    }

    /** Runs one step, and returns when all brokers asked show the new partitions and they can be written to. */
    public void carryOut(Step step) {
        admin.request(
                kafka.createPartitions(Map.of(step.topic(), NewPartitions.increaseTo(step.to())))
                        .all(),
                "Topic " + step.topic() + " could not be given " + step.to() + " partitions",
                // Another process has already done it.
                InvalidPartitionsException.class);
        admin.awaitPartitions(step.topic(), step.to());
    }
}
