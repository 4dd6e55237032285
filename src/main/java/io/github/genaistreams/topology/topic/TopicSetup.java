package io.github.genaistreams.topology.topic;

import io.github.genaistreams.wire.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;

/**
 * Creates the topics and checks them. Blocking; every method ends within about the time-out given to the constructor.
 * As thread-safe as its {@link Admin}, which is not closed here.
 */
public final class TopicSetup {

    private final Admin kafka;
    private final TopicAdmin admin;
    private final Topics topics;
    private final TopicPlan plan;
    private final TopicCheck check;

    /** A topic's purpose and number of partitions. */
    public record TopicInfo(String name, int partitions, int replicationFactor) {}

    /** The topics cannot be used. The message says what to do. */
    public static final class TopicsException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public TopicsException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    public TopicSetup(Admin kafka, Topics topics, int recordMaxBytes, Duration timeout) {
        this.kafka = kafka;
        this.admin = new TopicAdmin(kafka, timeout);
        this.topics = topics;
        this.plan = new TopicPlan(topics, recordMaxBytes);
        this.check = new TopicCheck(admin, plan, topics, recordMaxBytes);
    }

    /**
     * Creates missing topics, and waits until all can be used. An existing topic is left as it is.
     *
     * @param partitions        number of partitions of all topics of requests and retries, and of the results
     * @param replicationFactor -1 for the broker's default
     * @return the names of the created topics
     */
    public List<String> create(int partitions, int replicationFactor) {
        Map<String, Integer> existing = admin.partitions(plan.leading());
        List<NewTopic> all = plan.create(partitions, existing, (short) replicationFactor);
        Set<String> created = new LinkedHashSet<>();
        kafka.createTopics(all).values().forEach((name, answer) -> {
            if (admin.request(answer, "Topic " + name + " could not be created", TopicExistsException.class)) {
                created.add(name);
            }
        });
        admin.awaitTopics(plan.names());
        admin.awaitServed(all.stream()
                .filter(topic -> created.contains(topic.name()))
                .collect(Collectors.toMap(NewTopic::name, NewTopic::numPartitions)));
        return List.copyOf(created);
    }

    /** The existing topics of this prefix, in the order of the documentation. */
    public List<TopicInfo> list() {
        List<TopicInfo> found = new ArrayList<>();
        admin.describe(plan.names())
                .forEach((name, description) -> description.ifPresent(d -> found.add(new TopicInfo(
                        name,
                        d.partitions().size(),
                        d.partitions().get(0).replicas().size()))));
        return List.copyOf(found);
    }

    /** The number of partitions of each of these topics; missing topics are left out. */
    public Map<String, Integer> partitions(Collection<String> names) {
        return admin.partitions(names);
    }

    /** Adds partitions to the topics of this worker group. */
    public TopicGrowth growth(String applicationId) {
        return new TopicGrowth(admin, kafka, topics, applicationId);
    }

    /**
     * Checks the topics of all APIs.
     *
     * @return the number of request partitions of the Responses API
     * @throws TopicsException if a worker could not run with these topics; the message says what to change
     */
    public int check() {
        return Objects.requireNonNull(check(TopicPlan.APIS).get(Topics.RESPONSES));
    }

    /**
     * Checks that all topics of a worker for these APIs exist, and that requests, urgent requests and retries have the
     * same number of partitions.
     *
     * @return the number of request partitions by API
     * @throws TopicsException if a worker could not run with these topics; the message says what to change
     */
    public Map<String, Integer> check(Collection<String> apis) {
        return check.all(apis);
    }

    /**
     * Checks that all topics of a worker for these APIs exist, with the settings that it needs.
     *
     * @return the topics
     * @throws TopicsException if a worker could not run with these topics; the message says what to change
     */
    public Map<String, TopicDescription> checkUsable(Collection<String> apis) {
        return check.usable(apis);
    }
}
