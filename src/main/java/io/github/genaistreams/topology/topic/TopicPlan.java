package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.wire.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/** All topics with their settings, in the order of the documentation. */
final class TopicPlan {

    static final List<String> APIS = List.of(Topics.RESPONSES, Topics.DOCUMENTS);

    private final Topics topics;
    private final int recordMaxBytes;

    TopicPlan(Topics topics, int recordMaxBytes) {
        this.topics = topics;
        this.recordMaxBytes = recordMaxBytes;
    }

    List<String> names() {
        return create(1, Map.of(), (short) 1).stream().map(NewTopic::name).toList();
    }

    /** The topics whose number of partitions decides that of other topics. */
    List<String> leading() {
        return Stream.concat(Stream.of(topics.results()), APIS.stream().map(topics::requests))
                .toList();
    }

    /**
     * @param partitions number of partitions of all topics of requests and retries, and of the results
     * @param existing   number of partitions of the existing topics. A topic that an earlier version did not have gets as
     *     many as its related topic: the notes about a batch must be in the partition of its results, and urgent
     *     requests belong to the task of the other requests
     */
    List<NewTopic> create(int partitions, Map<String, Integer> existing, short replicationFactor) {
        String recordBytes = Integer.toString(recordMaxBytes);
        // Leaves room for the fields around a request or an answer.
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
}
