package io.github.genaistreams.topology.gate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Configurable;
import org.apache.kafka.common.TopicPartition;

/** An assignor in place of that of Kafka Streams: every member gets all partitions. Public, since Kafka creates it. */
public final class InPlaceOfStreams implements ConsumerPartitionAssignor, Configurable {

    /** A setting: who receives the assignor that Kafka has created. */
    static final String CREATED = "test.created";

    Map<String, ?> configs = Map.of();
    final List<Cluster> assigned = new ArrayList<>();
    final List<Assignment> received = new ArrayList<>();

    /** Runs during each assignment. */
    Runnable during = () -> {};

    @Override
    @SuppressWarnings("unchecked")
    public void configure(Map<String, ?> configs) {
        this.configs = configs;
        if (configs.get(CREATED) != null) {
            ((Consumer<InPlaceOfStreams>) configs.get(CREATED)).accept(this);
        }
    }

    @Override
    public GroupAssignment assign(Cluster cluster, GroupSubscription subscriptions) {
        assigned.add(cluster);
        during.run();
        List<TopicPartition> all = new ArrayList<>();
        cluster.topics().forEach(topic -> cluster.partitionsForTopic(topic)
                .forEach(partition -> all.add(new TopicPartition(topic, partition.partition()))));
        Map<String, Assignment> members = new HashMap<>();
        subscriptions.groupSubscription().keySet().forEach(member -> members.put(member, new Assignment(all, data())));
        return new GroupAssignment(members);
    }

    @Override
    public void onAssignment(Assignment assignment, ConsumerGroupMetadata metadata) {
        received.add(assignment);
    }

    @Override
    public ByteBuffer subscriptionUserData(Set<String> topics) {
        return data();
    }

    static ByteBuffer data() {
        return ByteBuffer.wrap("of streams".getBytes(UTF_8));
    }

    @Override
    public short version() {
        return 11;
    }

    @Override
    public List<RebalanceProtocol> supportedProtocols() {
        return List.of(RebalanceProtocol.COOPERATIVE);
    }

    @Override
    public String name() {
        return "stream";
    }
}
