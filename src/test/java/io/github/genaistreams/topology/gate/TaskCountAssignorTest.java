package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.topology.topic.TaskTopics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupAssignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.RebalanceProtocol;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class TaskCountAssignorTest {

    private static final String STRATEGY = "partition.assignment.strategy";
    private static final Node NODE = new Node(1, "localhost", 1);
    private static final TopicPartition FIRST = new TopicPartition("requests", 0);
    private static final TopicPartition SECOND = new TopicPartition("requests", 1);

    private final TaskTopics part = new TaskTopics("responses", List.of("requests", "retries"), List.of("changelog"));
    private final TaskCounts counts = new TaskCounts(List.of(part), Map.of());
    private final DescribedTopics topics = new DescribedTopics();
    private final TaskAdmin admin = new TaskAdmin(topics.admin());
    private final Lanes lanes = new Lanes();
    private final HandOver handOver = new HandOver(lanes, Duration.ofSeconds(60), () -> 0);
    private final TaskCountAssignor assignor = new TaskCountAssignor();
    private InPlaceOfStreams streams;
    private QuietAssignor.Round round;

    TaskCountAssignorTest() {
        topics.partitions.put("changelog", 2);
        Map<String, Object> config = new HashMap<>(Map.of(STRATEGY, InPlaceOfStreams.class.getName()));
        Consumer<InPlaceOfStreams> created = it -> streams = it;
        config.put(InPlaceOfStreams.CREATED, created);
        Map<String, Object> changed = TaskCountAssignor.inFront(config, counts, admin, handOver);
        assertThat(changed.get(STRATEGY)).isEqualTo(TaskCountAssignor.class.getName());
        assertThat(config.get(STRATEGY)).isEqualTo(InPlaceOfStreams.class.getName());
        assignor.configure(changed);
        round = (QuietAssignor.Round) streams.configs.get(QuietAssignor.ROUND);
    }

    private static Cluster cluster(int requests, int retries, int results) {
        Set<PartitionInfo> partitions = new HashSet<>();
        Map.of("requests", requests, "retries", retries, "results", results)
                .forEach((topic, count) -> IntStream.range(0, count)
                        .forEach(i -> partitions.add(new PartitionInfo(topic, i, NODE, new Node[0], new Node[0]))));
        return new Cluster("cluster", List.of(NODE), partitions, Set.of(), Set.of());
    }

    /** A member with calls in flight at these partitions. */
    private static Subscription member(TopicPartition... busy) {
        return new Subscription(
                List.of("requests", "retries"), PartitionNote.append(InPlaceOfStreams.data(), Set.of(busy)));
    }

    private GroupAssignment assign(Cluster cluster, Map<String, Subscription> members) {
        return assignor.assign(cluster, new GroupSubscription(members));
    }

    private LaneFigures laneWithCall(TopicPartition partition) {
        var lane = new LaneFigures(new LaneSettings(10, 10, 1 << 20));
        lanes.open(partition, new TopicPartition("urgent", partition.partition()), lane);
        lane.moved(null, Phase.IN_FLIGHT);
        return lane;
    }

    @Test
    void showsKafkaStreamsAsManyPartitionsOfEachTopicOfAPartAsTheSmallestHas() {
        assign(cluster(4, 3, 8), Map.of("one", member()));

        Cluster seen = streams.assigned.get(0);
        assertThat(seen.partitionCountForTopic("requests")).isEqualTo(2);
        assertThat(seen.partitionCountForTopic("retries")).isEqualTo(2);
        assertThat(seen.partitionCountForTopic("results")).as("of no part").isEqualTo(8);
        assertThat(counts.of("responses")).isEqualTo(2);
    }

    @Test
    void showsKafkaStreamsAChangelogThatHasGrownFirstWithItsOldPartitions() {
        topics.partitions.put("changelog", 6);
        List<Integer> shown = new ArrayList<>();
        streams.during = () -> shown.add(changelogPartitions());

        assign(cluster(4, 4, 8), Map.of("one", member()));

        assertThat(shown).containsExactly(4);
        assertThat(changelogPartitions()).as("afterwards").isEqualTo(6);
        assertThat(streams.assigned.get(0).partitionCountForTopic("requests")).isEqualTo(4);
    }

    private int changelogPartitions() {
        return admin.asAdmin()
                .describeTopics(List.of("changelog"))
                .topicNameValues()
                .get("changelog")
                .toCompletionStage()
                .toCompletableFuture()
                .join()
                .partitions()
                .size();
    }

    @Test
    void takesAllPartitionsBeforeTheFirstStartHasMadeTheChangelog() {
        topics.partitions.clear();

        assign(cluster(4, 4, 8), Map.of("one", member()));

        assertThat(streams.assigned.get(0).partitionCountForTopic("requests")).isEqualTo(4);
    }

    @Test
    void tellsEveryMemberWhichPartitionsAreToMove() {
        streams.during = () -> round.leaving().add(FIRST);

        var assignment = assign(cluster(2, 2, 2), Map.of("one", member(FIRST), "two", member()))
                .groupAssignment();

        assertThat(assignment).containsOnlyKeys("one", "two");
        assignment.values().forEach(its -> {
            assertThat(PartitionNote.read(its.userData())).containsExactly(FIRST);
            assertThat(its.userData().duplicate().limit(InPlaceOfStreams.data().remaining()))
                    .as("what Kafka Streams says comes first")
                    .isEqualTo(InPlaceOfStreams.data());
        });
    }

    @Test
    void tellsKafkaStreamsWhereMembersHaveCallsInFlight() {
        List<Boolean> busy = new ArrayList<>();
        streams.during = () -> busy.addAll(List.of(round.isBusy(FIRST), round.isBusy(SECOND)));

        assign(cluster(2, 2, 2), Map.of("one", member(), "two", member(SECOND)));

        assertThat(busy).containsExactly(false, true);
    }

    @Test
    void forgetsThePartitionsOfTheAssignmentBefore() {
        streams.during = () -> round.leaving().add(FIRST);
        assign(cluster(2, 2, 2), Map.of("one", member(FIRST)));
        streams.during = () -> {};

        var assignment = assign(cluster(2, 2, 2), Map.of("one", member())).groupAssignment();

        assertThat(PartitionNote.read(assignment.get("one").userData())).isEmpty();
    }

    @Test
    void saysWhereThisMemberHasCallsInFlightWhenItJoins() {
        laneWithCall(FIRST);
        assignor.onAssignment(new Assignment(List.of(FIRST, SECOND), InPlaceOfStreams.data()), metadata());

        ByteBuffer data = assignor.subscriptionUserData(Set.of("requests"));

        assertThat(PartitionNote.read(data)).containsExactly(FIRST);
        assertThat(data.duplicate().limit(InPlaceOfStreams.data().remaining())).isEqualTo(InPlaceOfStreams.data());
    }

    @Test
    void passesAnAssignmentOnAndStartsNothingWhereThisMemberIsToLeave() {
        LaneFigures lane = laneWithCall(FIRST);
        var assignment =
                new Assignment(List.of(FIRST, SECOND), PartitionNote.append(InPlaceOfStreams.data(), Set.of(FIRST)));

        assignor.onAssignment(assignment, metadata());

        assertThat(streams.received).containsExactly(assignment);
        assertThat(lane.isStopped()).isTrue();
    }

    @Test
    void formsOneGroupWithTheAssignorOfKafkaStreams() {
        assertThat(assignor.name()).isEqualTo("stream");
        assertThat(assignor.version()).isEqualTo((short) 11);
        assertThat(assignor.supportedProtocols()).containsExactly(RebalanceProtocol.COOPERATIVE);
    }

    @SuppressWarnings("removal")
    private static ConsumerGroupMetadata metadata() {
        return new ConsumerGroupMetadata("group");
    }
}
