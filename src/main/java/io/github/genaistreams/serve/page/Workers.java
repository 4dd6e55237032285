package io.github.genaistreams.serve.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.worker.CredentialLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/** The members of the workers' consumer group, and the number of requests that they have not read. Thread-safe. */
final class Workers implements AutoCloseable {

    private static final int ANSWER_SECONDS = 10;

    /** How long to reuse the last answer, so that more open pages cause no more requests to Kafka. */
    private static final Duration KEPT = Duration.ofSeconds(2);

    /** Client IDs of the consumers of Kafka Streams: {@code ThreadMetadata.mainConsumerClientId()}. */
    private static final Pattern STREAM_THREAD = Pattern.compile("(.+)-StreamThread-\\d+-consumer");

    private final Map<String, Object> kafka;
    private final String group;
    private final Topics topics;
    private final List<CredentialLimits> credentials;
    private @Nullable Admin admin; // null until the first look
    private @Nullable ObjectNode last; // null until the first look
    private long lastAt;

    /** The threads of one process. */
    private record Process(String host, int threads, int partitions) {

        Process plus(Process other) {
            return new Process(host, threads + other.threads, partitions + other.partitions);
        }
    }

    /**
     * @param kafka       properties of Kafka's admin client
     * @param group       the workers' {@code application.id}
     * @param credentials the limits of the credentials in this process's settings
     */
    Workers(Map<String, Object> kafka, String group, Topics topics, List<CredentialLimits> credentials) {
        this.kafka = Map.copyOf(kafka);
        this.group = group;
        this.topics = topics;
        this.credentials = List.copyOf(credentials);
    }

    /** @throws BatchClientException if Kafka does not answer */
    synchronized ObjectNode json() {
        if (last == null || System.nanoTime() - lastAt > KEPT.toNanos()) {
            last = look();
            lastAt = System.nanoTime();
        }
        return last;
    }

    private Admin admin() {
        if (admin == null) {
            admin = Admin.create(kafka);
        }
        return admin;
    }

    private ObjectNode look() {
        ObjectNode json = PageJson.object().put("group", group);
        try {
            ConsumerGroupDescription described = await(admin().describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .get(group));
            json.put("state", described.groupState().toString());
            addWorkers(json.putArray("workers"), described);
        } catch (GroupIdNotFoundException e) {
            json.put("state", "empty").putArray("workers");
        }
        ObjectNode backlog = json.putObject("backlog");
        for (String api : List.of(Topics.RESPONSES, Topics.DOCUMENTS)) {
            backlog.put(api, unread(topics.requests(api)) + unread(topics.urgent(api)));
        }
        ArrayNode limits = json.putArray("credentials");
        credentials.forEach(credential -> add(limits.addObject(), credential));
        return json;
    }

    private static void addWorkers(ArrayNode workers, ConsumerGroupDescription described) {
        Map<String, Process> processes = new TreeMap<>();
        for (MemberDescription member : described.members()) {
            Matcher thread = STREAM_THREAD.matcher(member.clientId());
            String name = thread.matches() ? thread.group(1) : member.clientId();
            String host = member.host().startsWith("/") ? member.host().substring(1) : member.host();
            int partitions = member.assignment().topicPartitions().size();
            processes.merge(name, new Process(host, 1, partitions), Process::plus);
        }
        processes.forEach((name, process) -> workers.addObject()
                .put("name", name)
                .put("host", process.host())
                .put("threads", process.threads())
                .put("partitions", process.partitions()));
    }

    /** Number of requests of a topic that no worker has read; 0 if the topic does not exist. */
    private long unread(String topic) {
        TopicDescription described;
        try {
            described = await(
                    admin().describeTopics(List.of(topic)).topicNameValues().get(topic));
        } catch (UnknownTopicOrPartitionException e) {
            return 0;
        }
        List<TopicPartition> partitions = new ArrayList<>();
        described.partitions().forEach(each -> partitions.add(new TopicPartition(topic, each.partition())));
        Map<TopicPartition, ListOffsetsResultInfo> ends = offsets(partitions, OffsetSpec.latest());
        Map<TopicPartition, ListOffsetsResultInfo> starts = offsets(partitions, OffsetSpec.earliest());
        Map<TopicPartition, OffsetAndMetadata> positions = await(admin().listConsumerGroupOffsets(
                        Map.of(group, new ListConsumerGroupOffsetsSpec().topicPartitions(partitions)))
                .partitionsToOffsetAndMetadata(group));
        return partitions.stream()
                .mapToLong(partition -> {
                    OffsetAndMetadata position = positions.get(partition);
                    long start = offset(starts, partition);
                    long next = position == null ? start : Math.max(start, position.offset());
                    return Math.max(0, offset(ends, partition) - next);
                })
                .sum();
    }

    private Map<TopicPartition, ListOffsetsResultInfo> offsets(List<TopicPartition> partitions, OffsetSpec which) {
        return await(
                admin().listOffsets(partitions.stream().collect(Collectors.toMap(Function.identity(), each -> which)))
                        .all());
    }

    private static void add(ObjectNode json, CredentialLimits credential) {
        json.put("alias", credential.alias()).put("api", credential.api());
        ArrayNode limits = json.putArray("limits");
        add(limits, credential.requestsPerMinute(), "calls per minute");
        add(limits, credential.tokensPerMinute(), "tokens per minute");
        add(limits, credential.concurrent(), "concurrent calls of each worker");
    }

    private static void add(ArrayNode limits, int limit, String what) {
        if (limit > 0) {
            limits.addArray().add(limit).add(what);
        }
    }

    private static long offset(Map<TopicPartition, ListOffsetsResultInfo> offsets, TopicPartition partition) {
        return Objects.requireNonNull(offsets.get(partition)).offset();
    }

    private static <T> T await(@Nullable KafkaFuture<T> future) {
        try {
            return Objects.requireNonNull(future).get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException notFound) {
                throw notFound;
            }
            if (e.getCause() instanceof UnknownTopicOrPartitionException unknown) {
                throw unknown;
            }
            Throwable why = Objects.requireNonNull(e.getCause());
            throw new BatchClientException("The workers could not be listed: " + why.getMessage(), why);
        } catch (TimeoutException e) {
            throw new BatchClientException("Kafka did not answer within " + ANSWER_SECONDS + " s", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    @Override
    public synchronized void close() {
        if (admin != null) {
            admin.close(Duration.ZERO);
        }
    }
}
