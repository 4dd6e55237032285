package io.github.genaistreams.topology.gate;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.KafkaFutureImpl;

/** Topics of a broker that answers one request only: what they are. */
final class DescribedTopics {

    private static final Node NODE = new Node(1, "localhost", 1);

    /** Number of partitions by topic. */
    final Map<String, Integer> partitions = new HashMap<>();

    /** The topics of each request. */
    final List<Collection<String>> asked = new ArrayList<>();

    Admin admin() {
        return (Admin) Proxy.newProxyInstance(
                Admin.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("describeTopics")) {
                        throw new IllegalArgumentException(method.getName());
                    }
                    @SuppressWarnings("unchecked")
                    var names = (Collection<String>) arguments[0];
                    return describe(names);
                });
    }

    private DescribeTopicsResult describe(Collection<String> names) {
        asked.add(List.copyOf(names));
        Map<String, KafkaFuture<TopicDescription>> answers = new HashMap<>();
        for (String name : names) {
            var answer = new KafkaFutureImpl<TopicDescription>();
            if (partitions.containsKey(name)) {
                answer.complete(topic(name, partitions.get(name)));
            } else {
                answer.completeExceptionally(new UnknownTopicOrPartitionException());
            }
            answers.put(name, answer);
        }
        return new DescribeTopicsResult(null, answers) {};
    }

    static TopicDescription topic(String name, int partitions) {
        return new TopicDescription(
                name,
                false,
                IntStream.range(0, partitions)
                        .mapToObj(i -> new TopicPartitionInfo(i, NODE, List.of(NODE), List.of(NODE)))
                        .toList());
    }
}
