package io.github.genaistreams.worker;

import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.topology.topic.TaskTopics;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.topology.topic.TopicSetup.TopicsException;
import io.github.genaistreams.wire.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks periodically how many partitions the topics have. It says what to do if somebody has added partitions to a
 * running group, and makes the group take in partitions that have become usable. For one thread.
 */
final class TopicWatch implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(TopicWatch.class);

    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    /** Minimum time between two warnings about the same topic. */
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final GenAiConfig config;
    private final Topics topics;
    private final TaskCounts counts;
    private final LongSupplier nanoTime;
    private final Map<String, Said> said = new HashMap<>();

    private record Said(String sentence, long at) {}

    TopicWatch(GenAiConfig config, TaskCounts counts) {
        this(config, counts, System::nanoTime);
    }

    TopicWatch(GenAiConfig config, TaskCounts counts, LongSupplier nanoTime) {
        this.config = config;
        this.topics = config.topics();
        this.counts = counts;
        this.nanoTime = nanoTime;
    }

    /**
     * The partitions that a starting worker finds.
     *
     * @throws TopicsException if a worker could not start with these topics
     */
    static TaskCounts begin(TopicSetup setup, Topics topics, String applicationId, Collection<String> apis) {
        setup.checkUsable(apis);
        List<TaskTopics> parts = TaskTopics.of(topics, applicationId, apis);
        Map<String, Integer> partitions = setup.partitions(watched(parts, topics));
        for (TaskTopics part : parts) {
            // If another worker has started, the others continue, so this one must as well.
            if (part.isUneven(partitions) && part.changelogs().stream().noneMatch(partitions::containsKey)
                    || hasFewer(part, newerTopic(part, topics), partitions)) {
                setup.check(apis);
            }
        }
        return new TaskCounts(parts, partitions);
    }

    /** The request topic that earlier versions did not have. */
    private static String newerTopic(TaskTopics part, Topics topics) {
        return part.part().equals(TaskTopics.BATCHES) ? topics.batchNotes() : topics.urgent(part.part());
    }

    /**
     * Whether this topic alone leads to fewer tasks than before. A user who creates it by hand may give it too few
     * partitions. Then no task would read the remaining partitions of the other topics.
     */
    private static boolean hasFewer(TaskTopics part, String topic, Map<String, Integer> partitions) {
        List<String> others =
                part.sources().stream().filter(source -> !source.equals(topic)).toList();
        int own = partitions.getOrDefault(topic, 0);
        return own < new TaskTopics(part.part(), others, part.changelogs()).tasks(partitions);
    }

    private static List<String> watched(List<TaskTopics> parts, Topics topics) {
        return Stream.concat(
                        parts.stream().flatMap(part -> part.all().stream()),
                        Stream.of(topics.resultsOrdered(), topics.batches(), topics.control(), topics.deltas()))
                .toList();
    }

    @Override
    public void run() {
        try (Admin admin = Admin.create(config.kafka().admin())) {
            var setup = new TopicSetup(admin, topics, config.recordMaxBytes(), TIMEOUT);
            check(setup.partitions(watched(counts.parts(), topics)));
        } catch (KafkaException | TopicsException e) {
            // The stream threads report that Kafka is unreachable.
            LOG.debug("The topics could not be checked: {}", e.toString());
        }
    }

    void check(Map<String, Integer> partitions) {
        for (String sentence : sentences(partitions)) {
            say(sentence);
        }
        counts.looked(partitions);
    }

    private List<String> sentences(Map<String, Integer> partitions) {
        List<String> sentences = new ArrayList<>();
        counts.parts().stream()
                .filter(part -> part.isUneven(partitions))
                .map(part -> part.advice(partitions))
                .forEach(sentences::add);
        Stream.of(topics.resultsOrdered(), topics.batches(), topics.control(), topics.deltas())
                .forEach(topic -> {
                    int now = partitions.getOrDefault(topic, 0);
                    int before = counts.ofBatches(topic, now);
                    if (before < now) {
                        sentences.add("Topic " + topic + " has more partitions than before (" + before + ", now " + now
                                + "), which is not supported while batches run: this worker continues with the first "
                                + before
                                + " until it is restarted. Restart all workers when no batch"
                                + " is running");
                    }
                });
        return sentences;
    }

    private void say(String sentence) {
        String kind = sentence.substring(0, sentence.indexOf('('));
        long now = nanoTime.getAsLong();
        Said last = said.get(kind);
        if (last == null || !last.sentence().equals(sentence) || now - last.at() >= QUIET_NANOS) {
            LOG.warn(sentence);
            said.put(kind, new Said(sentence, now));
        }
    }
}
