package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.wire.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Creates the topics and checks them. Blocking; every method ends within about the time-out given to the constructor.
 * As thread-safe as its {@link Admin}, which is not closed here.
 */
public final class TopicSetup {

    private static final List<String> APIS = List.of(Topics.RESPONSES, Topics.DOCUMENTS);

    private static final long VISIBLE_CHECK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Admin admin;
    private final Topics topics;
    private final int recordMaxBytes;
    private final Duration timeout;

    /** A topic's purpose and number of partitions. */
    public record TopicInfo(String name, int partitions, int replicationFactor) {}

    /** The topics cannot be used. The message says what to do. */
    public static final class TopicsException extends RuntimeException {
        private static final long serialVersionUID = 1;

        public TopicsException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    public TopicSetup(Admin admin, Topics topics, int recordMaxBytes, Duration timeout) {
        this.admin = admin;
        this.topics = topics;
        this.recordMaxBytes = recordMaxBytes;
        this.timeout = timeout;
    }

    /**
     * Creates missing topics, and waits until all can be used. An existing topic is left as it is.
     *
     * @param partitions        of all topics of requests and retries, and of the results
     * @param replicationFactor -1 for the broker's default
     * @return the names of those created
     */
    public List<String> create(int partitions, int replicationFactor) {
        List<NewTopic> plan = plan(partitions, paired(), (short) replicationFactor);
        List<String> created = new ArrayList<>();
        Map<String, KafkaFuture<Void>> futures = admin.createTopics(plan).values();
        futures.forEach((name, future) -> {
            try {
                await(future);
                created.add(name);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw new TopicsException(
                            "Topic " + name + " could not be created: "
                                    + e.getCause().getMessage(),
                            e.getCause());
                }
            }
        });
        awaitVisible();
        Map<String, Integer> counts = new HashMap<>();
        plan.stream()
                .filter(topic -> created.contains(topic.name()))
                .forEach(topic -> counts.put(topic.name(), topic.numPartitions()));
        awaitServed(counts);
        return List.copyOf(created);
    }

    /** The controller knows a new topic at once; the brokers, which are asked here, a moment later. */
    private void awaitVisible() {
        long end = System.nanoTime() + timeout.toNanos();
        while (describe().values().stream().anyMatch(Optional::isEmpty)) {
            if (System.nanoTime() > end) {
                throw new TopicsException("The topics were created, but the brokers do not show them", null);
            }
            LockSupport.parkNanos(VISIBLE_CHECK_NANOS);
        }
    }

    /**
     * A partition known to the brokers may not be open on its leader yet. The leader may refuse a producer's first
     * records and accept later ones, which idempotence cannot repair.
     */
    private void awaitServed(Map<String, Integer> partitions) {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        partitions.forEach((name, count) -> IntStream.range(0, count)
                .forEach(partition -> ends.put(new TopicPartition(name, partition), OffsetSpec.latest())));
        try {
            // The client itself retries until each leader answers.
            await(admin.listOffsets(ends).all());
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AuthorizationException)) {
                throw unreachable(e.getCause());
            }
        }
    }

    /**
     * The partitions of topics that existed before. What an earlier version did not have gets as many: the notes about a
     * batch must be in the partition of its results, and urgent requests belong to the task of the others.
     */
    private Map<String, Integer> paired() {
        return partitions(
                Stream.concat(Stream.of(topics.results()), APIS.stream().map(topics::requests))
                        .toList());
    }

    /** @param existing the partitions of topics that exist */
    List<NewTopic> plan(int partitions, Map<String, Integer> existing, short replicationFactor) {
        String recordBytes = Integer.toString(recordMaxBytes);
        // Room for what is written around a request or an answer.
        String envelopeBytes = Integer.toString(recordMaxBytes + Outbox.ENVELOPE_BYTES);
        List<NewTopic> plan = new ArrayList<>();
        for (String api : APIS) {
            int ofRequests = existing.getOrDefault(topics.requests(api), partitions);
            plan.add(topic(topics.requests(api), partitions, replicationFactor, days(7), recordBytes));
            plan.add(topic(topics.urgent(api), ofRequests, replicationFactor, days(7), recordBytes));
            plan.add(topic(topics.retries(api), partitions, replicationFactor, days(30), envelopeBytes));
        }
        plan.add(topic(topics.results(), partitions, replicationFactor, days(7), envelopeBytes));
        plan.add(topic(topics.resultsOrdered(), partitions, replicationFactor, days(7), envelopeBytes));
        plan.add(latest(topics.batches(), partitions, replicationFactor));
        // Not compacted: the control of a batch is the combination of all its records.
        plan.add(topic(topics.control(), partitions, replicationFactor, days(30), recordBytes));
        int ofBatches = existing.getOrDefault(topics.results(), partitions);
        plan.add(topic(topics.batchNotes(), ofBatches, replicationFactor, days(7), recordBytes));
        plan.add(topic(topics.deltas(), partitions, replicationFactor, days(1), recordBytes));
        plan.add(topic(topics.deadLetters(), 1, replicationFactor, days(30), envelopeBytes));
        plan.add(latest(topics.serveObjects(), partitions, replicationFactor));
        plan.add(topic(topics.serveFiles(), partitions, replicationFactor, days(30), recordBytes));
        return plan;
    }

    private static NewTopic topic(
            String name, int partitions, short replicationFactor, String retentionMs, String maxBytes) {
        return new NewTopic(name, partitions, replicationFactor)
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_DELETE,
                        TopicConfig.RETENTION_MS_CONFIG,
                        retentionMs,
                        TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                        maxBytes));
    }

    /**
     * The latest record of each batch, for a month. Segments are small, since the active one is never compacted, and
     * readers read all of it.
     */
    private static NewTopic latest(String name, int partitions, short replicationFactor) {
        return new NewTopic(name, partitions, replicationFactor)
                .configs(Map.of(
                        TopicConfig.CLEANUP_POLICY_CONFIG,
                        TopicConfig.CLEANUP_POLICY_COMPACT + "," + TopicConfig.CLEANUP_POLICY_DELETE,
                        TopicConfig.RETENTION_MS_CONFIG,
                        days(30),
                        TopicConfig.SEGMENT_BYTES_CONFIG,
                        Integer.toString(8 << 20),
                        TopicConfig.SEGMENT_MS_CONFIG,
                        Long.toString(TimeUnit.HOURS.toMillis(6)),
                        TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
                        "0.2"));
    }

    private static String days(int days) {
        return Long.toString(TimeUnit.DAYS.toMillis(days));
    }

    /** The existing topics of this prefix, in the order of the documentation. */
    public List<TopicInfo> list() {
        List<TopicInfo> found = new ArrayList<>();
        describe()
                .forEach((name, description) -> description.ifPresent(d -> found.add(new TopicInfo(
                        name,
                        d.partitions().size(),
                        d.partitions().get(0).replicas().size()))));
        return List.copyOf(found);
    }

    /** The number of partitions of each of these topics; missing topics are left out. */
    public Map<String, Integer> partitions(Collection<String> names) {
        Map<String, Integer> partitions = new HashMap<>();
        describe(names)
                .forEach((name, topic) ->
                        topic.ifPresent(t -> partitions.put(name, t.partitions().size())));
        return partitions;
    }

    /** A way to give the topics of this worker group more partitions. */
    public TopicGrowth growth(String applicationId) {
        return new TopicGrowth(this, admin, topics, applicationId);
    }

    /** Waits for an answer. A failure is reported with {@code failure}, except one that is as good as an answer. */
    void request(KafkaFuture<Void> answer, String failure, Class<? extends Exception> asGood) {
        try {
            await(answer);
        } catch (ExecutionException e) {
            if (!asGood.isInstance(e.getCause())) {
                throw new TopicsException(failure + ": " + e.getCause().getMessage(), e.getCause());
            }
        }
    }

    /** Waits until the brokers show a topic with this many partitions, and its leaders have opened them. */
    void awaitPartitions(String topic, int count) {
        long end = System.nanoTime() + timeout.toNanos();
        while (partitions(List.of(topic)).getOrDefault(topic, 0) < count) {
            if (System.nanoTime() > end) {
                throw new TopicsException(
                        "Topic " + topic + " was given " + count + " partitions, but the brokers do not show them",
                        null);
            }
            LockSupport.parkNanos(VISIBLE_CHECK_NANOS);
        }
        awaitServed(Map.of(topic, count));
    }

    /**
     * Checks the topics of all APIs.
     *
     * @return the number of request partitions of the Responses API
     * @throws TopicsException if a worker could not run with these topics; the message says what to change
     */
    public int check() {
        return check(APIS).get(Topics.RESPONSES);
    }

    /**
     * Checks that all topics of a worker for these APIs exist, and that requests, urgent requests and retries have the
     * same number of partitions.
     *
     * @return the number of request partitions by API
     * @throws TopicsException if a worker could not run with these topics; the message says what to change
     */
    public Map<String, Integer> check(Collection<String> apis) {
        Map<String, Optional<TopicDescription>> found = checkUsable(apis);
        Map<String, Integer> partitions = new LinkedHashMap<>();
        apis.forEach(api -> partitions.put(api, checkPartitions(api, found)));
        checkNotes(Map.of(
                topics.results(), partitions(found, topics.results()),
                topics.batchNotes(), partitions(found, topics.batchNotes())));
        return partitions;
    }

    /**
     * Checks that all topics of a worker for these APIs exist, with the settings that it needs.
     *
     * @return the topics
     * @throws TopicsException if a worker could not run with these topics; the message says what to change
     */
    public Map<String, Optional<TopicDescription>> checkUsable(Collection<String> apis) {
        Map<String, Optional<TopicDescription>> found = describe(names().stream()
                // Of the front door. A worker need not know them, and may not be allowed to.
                .filter(name ->
                        !Set.of(topics.serveObjects(), topics.serveFiles()).contains(name))
                .toList());
        for (String api : APIS) {
            if (!apis.contains(api)) {
                found.remove(topics.requests(api));
                found.remove(topics.urgent(api));
                found.remove(topics.retries(api));
            }
        }
        List<String> missing = found.entrySet().stream()
                .filter(entry -> entry.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
        if (!missing.isEmpty()) {
            throw new TopicsException(
                    (missing.size() == 1 ? "Topic " : "Topics ") + String.join(", ", missing)
                            + (missing.size() == 1 ? " does" : " do")
                            + " not exist: create the topics with `genai topics create`",
                    null);
        }
        checkSettings(apis);
        return found;
    }

    private int checkPartitions(String api, Map<String, Optional<TopicDescription>> found) {
        int requests = partitions(found, topics.requests(api));
        int urgent = partitions(found, topics.urgent(api));
        int retries = partitions(found, topics.retries(api));
        if (requests != retries || requests != urgent) {
            throw new TopicsException(
                    "Topics " + topics.requests(api) + " (" + requests + " partitions), " + topics.urgent(api) + " ("
                            + urgent + ") and " + topics.retries(api) + " (" + retries
                            + ") must have equally many partitions: `genai topics grow --api " + api
                            + " --partitions " + Math.max(Math.max(requests, urgent), retries) + "` does that",
                    null);
        }
        return requests;
    }

    /**
     * Checks that the notes of a batch can be in the partition of its results.
     *
     * @param partitions of the topics
     * @throws TopicsException with what to change
     */
    public void checkNotes(Map<String, Integer> partitions) {
        int results = partitions.get(topics.results());
        int notes = partitions.get(topics.batchNotes());
        if (results != notes) {
            String smaller = notes < results ? topics.batchNotes() : topics.results();
            throw new TopicsException(
                    "Topics " + topics.results() + " (" + results + " partitions) and " + topics.batchNotes() + " ("
                            + notes + ") must have equally many partitions: raise " + smaller + " to "
                            + Math.max(results, notes) + " (kafka-topics.sh --alter --topic " + smaller
                            + " --partitions " + Math.max(results, notes) + ")",
                    null);
        }
    }

    private void checkSettings(Collection<String> apis) {
        List<ConfigResource> written = Stream.concat(
                        apis.stream().map(topics::retries),
                        Stream.of(topics.results(), topics.resultsOrdered(), topics.deadLetters(), topics.control()))
                .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                .toList();
        Map<ConfigResource, Config> configs;
        try {
            configs = await(admin.describeConfigs(written).all());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                return;
            }
            throw unreachable(e.getCause());
        }
        configs.forEach((topic, config) -> {
            if (topic.name().equals(topics.control())) {
                checkIsLog(topic.name(), config);
            } else {
                checkSize(topic.name(), config);
            }
        });
    }

    /** A topic with a limit below the written records would stop the worker at the first large one. */
    private void checkSize(String topic, Config config) {
        int needed = recordMaxBytes + Outbox.ENVELOPE_BYTES;
        int most = Integer.parseInt(
                config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value());
        if (most < needed) {
            throw new TopicsException(
                    "Topic " + topic + " takes records of " + most + " bytes at most, but record.max.bytes="
                            + recordMaxBytes + " needs " + needed
                            + ": kafka-configs.sh --alter --entity-type topics --entity-name " + topic
                            + " --add-config max.message.bytes=" + needed,
                    null);
        }
    }

    /** Compaction would drop a cancellation at the next control of its batch. */
    private static void checkIsLog(String topic, Config config) {
        if (config.get(TopicConfig.CLEANUP_POLICY_CONFIG).value().contains(TopicConfig.CLEANUP_POLICY_COMPACT)) {
            throw new TopicsException(
                    "Topic " + topic + " is compacted, so that a cancellation could be lost: kafka-configs.sh --alter"
                            + " --entity-type topics --entity-name " + topic + " --add-config cleanup.policy=delete",
                    null);
        }
    }

    private static int partitions(Map<String, Optional<TopicDescription>> found, String topic) {
        return found.get(topic).orElseThrow().partitions().size();
    }

    private Map<String, Optional<TopicDescription>> describe() {
        return describe(names());
    }

    private List<String> names() {
        return plan(1, Map.of(), (short) 1).stream().map(NewTopic::name).toList();
    }

    private Map<String, Optional<TopicDescription>> describe(Collection<String> names) {
        var futures = admin.describeTopics(names, new DescribeTopicsOptions().timeoutMs((int) timeout.toMillis()))
                .topicNameValues();
        Map<String, Optional<TopicDescription>> found = new LinkedHashMap<>();
        for (String name : names) {
            try {
                found.put(name, Optional.of(await(futures.get(name))));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw unreachable(e.getCause());
                }
                found.put(name, Optional.empty());
            }
        }
        return found;
    }

    private <T> T await(KafkaFuture<T> future) throws ExecutionException {
        try {
            return future.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw unreachable(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TopicsException("Interrupted while asking Kafka about its topics", e);
        }
    }

    private static TopicsException unreachable(Throwable cause) {
        return new TopicsException(
                "Kafka does not answer: check that the brokers of bootstrap.servers are up and can be reached ("
                        + cause.getClass().getSimpleName()
                        + (cause.getMessage() == null ? "" : ": " + cause.getMessage()) + ")",
                cause);
    }
}
