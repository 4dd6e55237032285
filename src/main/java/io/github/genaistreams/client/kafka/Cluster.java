package io.github.genaistreams.client.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Requests to the Kafka cluster, with error messages that say what to change. It uses an admin client, because a
 * producer's request would create a missing topic if the brokers allow this. Thread-safe.
 */
public final class Cluster {

    /** How long the number of a topic's partitions is cached. */
    private static final Duration KNOWN_FOR = Duration.ofMinutes(1);

    private final KafkaSettings settings;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    private record Known(int partitions, long at) {}

    public Cluster(KafkaSettings settings) {
        this.settings = settings;
    }

    /** The number of the topic's partitions, refreshed at most once a minute. */
    public int partitions(String topic) {
        Known last = known.get(topic);
        if (last == null || System.nanoTime() - last.at() > KNOWN_FOR.toNanos()) {
            last = new Known(ask(topic), System.nanoTime());
            known.put(topic, last);
        }
        return last.partitions();
    }

    /** Whether the topic exists. */
    public boolean exists(String topic) {
        try {
            return partitions(topic) > 0;
        } catch (BatchClientException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return false;
            }
            throw e;
        }
    }

    private int ask(String topic) {
        int timeoutMs = Math.toIntExact(settings.answerTimeout().toMillis());
        return asking(topic, () -> {
            try (Admin admin = settings.admin()) {
                var answer = admin.describeTopics(List.of(topic), new DescribeTopicsOptions().timeoutMs(timeoutMs))
                        .topicNameValues()
                        .get(topic);
                // The admin client has the same time-out. This one is for a client that does not keep it.
                return Objects.requireNonNull(answer)
                        .get(timeoutMs + 1_000L, TimeUnit.MILLISECONDS)
                        .partitions()
                        .size();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
            } catch (java.util.concurrent.TimeoutException e) {
                throw new TimeoutException(e);
            } catch (InterruptedException e) {
                throw new InterruptException(e);
            }
        });
    }

    /** Runs {@code action} and converts Kafka's exceptions, except for Kafka's {@code InterruptException}. */
    public <T> T asking(String topic, Supplier<T> action) {
        try {
            return action.get();
        } catch (InterruptException e) {
            throw e;
        } catch (KafkaException e) {
            throw explained(topic, e);
        }
    }

    public BatchClientException explained(String topic, Throwable e) {
        String message;
        if (e instanceof UnknownTopicOrPartitionException) {
            message = "topic " + topic + " does not exist: create the topics with `genai topics create`";
        } else if (e instanceof TimeoutException) {
            message = ("Kafka at %s did not answer within %s: check that it is running and that bootstrap.servers is"
                            + " correct")
                    .formatted(settings.bootstrapServers(), seconds());
        } else if (e instanceof AuthorizationException) {
            message = "Kafka at %s does not allow this user to use topic %s (%s)"
                    .formatted(settings.bootstrapServers(), topic, e.getMessage());
        } else if (e instanceof ProducerFencedException || e instanceof InvalidProducerEpochException) {
            message = "another process is replaying dead letters: wait until it ends, then list the dead letters"
                    + " again";
        } else {
            message = "Kafka at %s failed: %s".formatted(settings.bootstrapServers(), rootMessage(e));
        }
        return new BatchClientException(message, e);
    }

    private String seconds() {
        long millis = settings.answerTimeout().toMillis();
        return millis % 1_000 == 0 ? millis / 1_000 + " s" : millis + " ms";
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }
}
