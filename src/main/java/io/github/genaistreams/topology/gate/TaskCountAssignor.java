package io.github.genaistreams.topology.gate;

import io.github.genaistreams.topology.topic.TaskCounts;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Utils;

/**
 * Makes Kafka Streams create as many tasks of each part of the topology as the smallest of its topics has partitions.
 *
 * <p>Kafka Streams itself takes the number of partitions of the largest source, and ends the thread if a changelog has
 * another number. So more partitions of a request topic would end one worker after the other. Here, its own assignor
 * sees only the partitions that belong to a task. Requests in the others wait until the other topics have as many, in
 * whatever order they grow.
 *
 * <p>It also carries the members' notes about calls in flight: {@link HandOver}.
 *
 * <p>Everything else is Kafka Streams' own assignor, with its name and data, so that workers with and without this one
 * form one group. For the thread of one consumer, which creates it by its name and configures it.
 */
public final class TaskCountAssignor implements ConsumerPartitionAssignor, Configurable {

    private static final String REAL = "genai.assignor";
    private static final String COUNTS = "genai.task.counts";
    private static final String ADMIN = "genai.task.admin";
    private static final String HAND_OVER = "genai.hand.over";

    private final QuietAssignor.Round round = new QuietAssignor.Round();

    private ConsumerPartitionAssignor real;
    private TaskCounts counts;
    private TaskAdmin admin;
    private HandOver handOver;

    /** Settings of a main consumer of Kafka Streams, with this assignor in front of the original one. */
    static Map<String, Object> inFront(
            Map<String, Object> config, TaskCounts counts, TaskAdmin admin, HandOver handOver) {
        Map<String, Object> changed = new HashMap<>(config);
        changed.put(REAL, config.get(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG));
        changed.put(COUNTS, counts);
        changed.put(ADMIN, admin);
        changed.put(HAND_OVER, handOver);
        changed.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, TaskCountAssignor.class.getName());
        return changed;
    }

    @Override
    public void configure(Map<String, ?> configs) {
        counts = (TaskCounts) Objects.requireNonNull(configs.get(COUNTS));
        admin = (TaskAdmin) Objects.requireNonNull(configs.get(ADMIN));
        handOver = (HandOver) Objects.requireNonNull(configs.get(HAND_OVER));
        try {
            real = Utils.newInstance((String) configs.get(REAL), ConsumerPartitionAssignor.class);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("Kafka Streams names an assignor that is missing", e);
        }
        Map<String, Object> ofReal = new HashMap<>(configs);
        ofReal.put(QuietAssignor.ROUND, round);
        ((Configurable) real).configure(ofReal);
    }

    @Override
    public GroupAssignment assign(Cluster cluster, GroupSubscription subscriptions) {
        Map<String, TopicDescription> changelogs = admin.existing(counts.parts().stream()
                .flatMap(part -> part.changelogs().stream())
                .toList());
        Map<String, Integer> partitions = new HashMap<>();
        changelogs.forEach((topic, description) ->
                partitions.put(topic, description.partitions().size()));
        cluster.topics().forEach(topic -> partitions.put(topic, cluster.partitionCountForTopic(topic)));
        Map<String, Integer> tasks = new HashMap<>();
        counts.parts().forEach(part -> part.all().forEach(topic -> tasks.put(topic, part.tasks(partitions))));

        Map<String, TopicDescription> shown = new HashMap<>();
        changelogs.forEach((topic, description) ->
                shown.put(topic, firstOf(description, tasks.getOrDefault(topic, Integer.MAX_VALUE))));
        Set<TopicPartition> busy = new HashSet<>();
        subscriptions
                .groupSubscription()
                .values()
                .forEach(member -> busy.addAll(PartitionNote.read(member.userData())));
        round.begin(busy);
        GroupAssignment assignment = admin.showing(shown, () -> real.assign(firstOf(cluster, tasks), subscriptions));
        counts.found(partitions);
        return withLeaving(assignment);
    }

    private GroupAssignment withLeaving(GroupAssignment assignment) {
        Map<String, Assignment> noted = new HashMap<>();
        assignment
                .groupAssignment()
                .forEach((member, its) -> noted.put(
                        member,
                        new Assignment(its.partitions(), PartitionNote.append(its.userData(), round.leaving()))));
        return new GroupAssignment(noted);
    }

    private static TopicDescription firstOf(TopicDescription topic, int partitions) {
        return new TopicDescription(
                topic.name(),
                topic.isInternal(),
                topic.partitions().stream()
                        .filter(partition -> partition.partition() < partitions)
                        .toList(),
                topic.authorizedOperations(),
                topic.topicId());
    }

    /** @param partitions number of partitions by topic; other topics keep all of theirs */
    private static Cluster firstOf(Cluster cluster, Map<String, Integer> partitions) {
        Set<PartitionInfo> seen = new HashSet<>();
        Map<String, Uuid> ids = new HashMap<>();
        for (String topic : cluster.topics()) {
            int end = partitions.getOrDefault(topic, Integer.MAX_VALUE);
            cluster.partitionsForTopic(topic).stream()
                    .filter(partition -> partition.partition() < end)
                    .forEach(seen::add);
            ids.put(topic, cluster.topicId(topic));
        }
        return new Cluster(
                cluster.clusterResource().clusterId(),
                cluster.nodes(),
                seen,
                cluster.unauthorizedTopics(),
                cluster.invalidTopics(),
                cluster.internalTopics(),
                cluster.controller(),
                ids);
    }

    @Override
    public void onAssignment(Assignment assignment, ConsumerGroupMetadata metadata) {
        handOver.told(PartitionNote.read(assignment.userData()), assignment.partitions());
        real.onAssignment(assignment, metadata);
        counts.assigned();
    }

    @Override
    public ByteBuffer subscriptionUserData(Set<String> topics) {
        return PartitionNote.append(real.subscriptionUserData(topics), handOver.joining());
    }

    @Override
    public List<RebalanceProtocol> supportedProtocols() {
        return real.supportedProtocols();
    }

    @Override
    public short version() {
        return real.version();
    }

    @Override
    public String name() {
        return real.name();
    }
}
