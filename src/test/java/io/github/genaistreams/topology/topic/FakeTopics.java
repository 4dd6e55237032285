package io.github.genaistreams.topology.topic;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsResult;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.internals.KafkaFutureImpl;

/** The topics of a cluster as an {@link Admin} sees them: what a test says. */
final class FakeTopics {

    private static final Node NODE = new Node(1, "localhost", 1);

    final Map<String, Integer> partitions = new HashMap<>();

    /** Settings of topics; one that is not here is not told. */
    final Map<String, Map<String, String>> configs = new HashMap<>();

    /** What a method fails with, by its name; null: it never answers. */
    final Map<String, Exception> failures = new HashMap<>();

    /** The topics of each request to describe some. */
    final List<List<String>> described = new ArrayList<>();

    /** The topics whose settings were asked for, and the partitions whose leaders were. */
    final List<String> configured = new ArrayList<>();

    final List<TopicPartition> served = new ArrayList<>();

    /** Runs before each request to describe topics. */
    Runnable beforeDescribe = () -> {};

    void add(NewTopic topic) {
        partitions.put(topic.name(), topic.numPartitions());
        configs.put(topic.name(), new HashMap<>(topic.configs()));
    }

    Admin admin() {
        return (Admin) Proxy.newProxyInstance(
                Admin.class.getClassLoader(),
                new Class<?>[] {Admin.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "describeTopics" -> describe(names(arguments[0]));
                    case "describeConfigs" -> configs(resources(arguments[0]));
                    case "listOffsets" -> offsets(((Map<?, ?>) arguments[0]).keySet());
                    default -> throw new IllegalArgumentException(method.getName());
                });
    }

    private static List<String> names(Object argument) {
        return ((Collection<?>) argument).stream().map(String.class::cast).toList();
    }

    private static List<ConfigResource> resources(Object argument) {
        return ((Collection<?>) argument)
                .stream().map(ConfigResource.class::cast).toList();
    }

    private DescribeTopicsResult describe(List<String> names) {
        beforeDescribe.run();
        described.add(names);
        return new DescribeTopicsResult(null, answers("describeTopics", names, this::topic)) {};
    }

    private TopicDescription topic(String name) {
        if (!partitions.containsKey(name)) {
            throw new UnknownTopicOrPartitionException();
        }
        return new TopicDescription(
                name,
                false,
                IntStream.range(0, partitions.get(name))
                        .mapToObj(i -> new TopicPartitionInfo(i, NODE, List.of(NODE), List.of(NODE)))
                        .toList());
    }

    private DescribeConfigsResult configs(List<ConfigResource> topics) {
        topics.forEach(topic -> configured.add(topic.name()));
        return new DescribeConfigsResult(answers(
                "describeConfigs",
                topics,
                topic -> new Config(configs.getOrDefault(topic.name(), Map.of()).entrySet().stream()
                        .map(entry -> new ConfigEntry(entry.getKey(), entry.getValue()))
                        .toList()))) {};
    }

    private ListOffsetsResult offsets(Collection<?> asked) {
        List<TopicPartition> all =
                asked.stream().map(TopicPartition.class::cast).toList();
        served.addAll(all);
        return new ListOffsetsResult(answers("listOffsets", all, partition -> null));
    }

    private <K, V> Map<K, KafkaFuture<V>> answers(String method, Collection<K> keys, Function<K, V> answer) {
        return keys.stream().collect(Collectors.toMap(key -> key, key -> {
            var future = new KafkaFutureImpl<V>();
            if (!failures.containsKey(method)) {
                try {
                    future.complete(answer.apply(key));
                } catch (RuntimeException e) {
                    future.completeExceptionally(e);
                }
            } else if (failures.get(method) != null) {
                future.completeExceptionally(failures.get(method));
            }
            return future;
        }));
    }
}
