package io.github.genaistreams.topology.gate;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection.TopicNameCollection;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin client of Kafka Streams. During an assignment, it shows the topics as they were found right before, with
 * only the partitions that belong to a task. A topic with more partitions is not an error, and another broker may not
 * know of them yet. All other requests go to the real client. Thread-safe.
 */
final class TaskAdmin {

    private static final Logger LOG = LoggerFactory.getLogger(TaskAdmin.class);

    private final ThreadLocal<Map<String, TopicDescription>> shown = ThreadLocal.withInitial(Map::of);
    private final Admin real;

    TaskAdmin(Admin real) {
        this.real = real;
    }

    /** For Kafka Streams. Kafka's own ForwardingAdmin does not forward all requests. */
    Admin asAdmin() {
        return (Admin) Proxy.newProxyInstance(
                Admin.class.getClassLoader(), new Class<?>[] {Admin.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("describeTopics")
                            && !shown.get().isEmpty()) {
                        Collection<String> names = names(arguments[0]);
                        if (names != null) {
                            return describe(
                                    names,
                                    arguments.length > 1
                                            ? (DescribeTopicsOptions) arguments[1]
                                            : new DescribeTopicsOptions());
                        }
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Null if topics are requested by their IDs. */
    private static @Nullable Collection<String> names(Object topics) {
        if (topics instanceof Collection<?> names) {
            return names.stream().map(String.class::cast).toList();
        }
        return topics instanceof TopicNameCollection named ? named.topicNames() : null;
    }

    /**
     * The topics that exist. A topic whose request fails is left out as well: Kafka Streams retries, reports the error,
     * and has its own time-out.
     */
    Map<String, TopicDescription> existing(Collection<String> topics) {
        Map<String, TopicDescription> existing = new HashMap<>();
        real.describeTopics(topics).topicNameValues().forEach((topic, answer) -> {
            try {
                existing.put(topic, answer.get());
            } catch (ExecutionException e) {
                LOG.debug("Topic {} is not known: {}", topic, String.valueOf(e.getCause()));
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        });
        return existing;
    }

    /** Runs an action in this thread, during which topics look as given here. */
    <T> T showing(Map<String, TopicDescription> topics, Supplier<T> work) {
        shown.set(topics);
        try {
            return work.get();
        } finally {
            shown.remove();
        }
    }

    private DescribeTopicsResult describe(Collection<String> topics, DescribeTopicsOptions options) {
        Map<String, TopicDescription> known = shown.get();
        Map<String, KafkaFuture<TopicDescription>> answers = new HashMap<>();
        List<String> others =
                topics.stream().filter(topic -> !known.containsKey(topic)).toList();
        if (!others.isEmpty()) {
            answers.putAll(real.describeTopics(others, options).topicNameValues());
        }
        topics.stream()
                .filter(known::containsKey)
                .forEach(topic -> answers.put(topic, KafkaFuture.completedFuture(known.get(topic))));
        return new Answers(answers);
    }

    /** Its constructor is for subclasses only. */
    private static final class Answers extends DescribeTopicsResult {
        private Answers(Map<String, KafkaFuture<TopicDescription>> answers) {
            super(null, answers);
        }
    }
}
