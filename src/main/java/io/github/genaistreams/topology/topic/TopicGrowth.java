package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.topic.TopicSetup.TopicsException;
import io.github.genaistreams.wire.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.errors.InvalidPartitionsException;

/**
 * Gives the topics of an API more partitions while workers run. The changelogs are raised first, then the retries, the requests at
 * last: whatever has been done when it ends in between, workers go on with the old partitions, and the same again does the rest.
 * With the last step the workers' next look at the request topic lets them take in the new partitions.
 */
public final class TopicGrowth {

    private final TopicSetup setup;
    private final Admin admin;
    private final Topics topics;
    private final String applicationId;

    /** A topic that is to get more partitions. */
    public record Step(String topic, int from, int to) {}

    TopicGrowth(TopicSetup setup, Admin admin, Topics topics, String applicationId) {
        this.setup = setup;
        this.admin = admin;
        this.topics = topics;
        this.applicationId = applicationId;
    }

    /**
     * What is to be done, in this order, so that all topics of the API have so many partitions; nothing if they have.
     *
     * @throws TopicsException if there are no such topics, or one of them has more already
     */
    public List<Step> plan(String api, int partitions) {
        TaskTopics task = TaskTopics.ofApi(topics, applicationId, api);
        Map<String, Integer> found = setup.partitions(task.all());
        for (String source : task.sources()) {
            if (!found.containsKey(source)) {
                throw new TopicsException(
                        "Topic " + source + " does not exist: create the topics with `genai topics create`", null);
            }
        }
        List<Step> steps = new ArrayList<>();
        Stream.of(task.changelogs(), List.of(topics.retries(api), topics.requests(api)))
                .flatMap(List::stream)
                .filter(found::containsKey)
                .forEach(topic -> {
                    if (found.get(topic) > partitions) {
                        throw new TopicsException(
                                "Topic " + topic + " has " + found.get(topic) + " partitions already, and Kafka takes"
                                        + " none away: give at least " + task.most(found),
                                null);
                    }
                    if (found.get(topic) < partitions) {
                        steps.add(new Step(topic, found.get(topic), partitions));
                    }
                });
        return List.copyOf(steps);
    }

    /** Does one step, and returns when all brokers asked show it and the new partitions can be written to. */
    public void carryOut(Step step) {
        setup.request(
                admin.createPartitions(Map.of(step.topic(), NewPartitions.increaseTo(step.to())))
                        .all(),
                "Topic " + step.topic() + " could not be given " + step.to() + " partitions",
                // Somebody else was faster.
                InvalidPartitionsException.class);
        setup.awaitPartitions(step.topic(), step.to());
    }
}
