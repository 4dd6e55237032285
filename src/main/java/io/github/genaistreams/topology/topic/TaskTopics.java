package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.batch.BatchAssembler;
import io.github.genaistreams.topology.batch.Resequencer;
import io.github.genaistreams.topology.call.AnsweredItems;
import io.github.genaistreams.topology.call.Journal;
import io.github.genaistreams.topology.call.OpenOffsets;
import io.github.genaistreams.wire.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The topics of one part of the topology that must have the same number of partitions: partition p of all of them is
 * one task of Kafka Streams.
 *
 * @param part       name of an API, or {@value #BATCHES}
 * @param sources    topics that are read
 * @param changelogs changelog topics of one worker group
 */
public record TaskTopics(String part, List<String> sources, List<String> changelogs) {

    /** The part that follows batches. */
    public static final String BATCHES = "batches";

    private static final String CHANGELOG = "-changelog";

    /** The part of an API, for a worker group. */
    public static TaskTopics ofApi(Topics topics, String applicationId, String api) {
        return new TaskTopics(
                api,
                List.of(topics.requests(api), topics.urgent(api), topics.retries(api)),
                Stream.of(Journal.name(api), OpenOffsets.name(api), AnsweredItems.name(api))
                        .map(store -> changelog(applicationId, store))
                        .toList());
    }

    /** The part that follows batches, for a worker group. */
    public static TaskTopics ofBatches(Topics topics, String applicationId) {
        return new TaskTopics(
                BATCHES,
                List.of(topics.results(), topics.batchNotes()),
                Stream.of(BatchAssembler.STATES, BatchAssembler.INDEXES, Resequencer.HELD)
                        .map(store -> changelog(applicationId, store))
                        .toList());
    }

    /** All parts of a worker that calls these APIs. */
    public static List<TaskTopics> of(Topics topics, String applicationId, Collection<String> apis) {
        List<TaskTopics> parts = new ArrayList<>();
        apis.forEach(api -> parts.add(ofApi(topics, applicationId, api)));
        parts.add(ofBatches(topics, applicationId));
        return List.copyOf(parts);
    }

    /** Kafka Streams' name for the topic of a store. */
    public static String changelog(String applicationId, String store) {
        return applicationId + "-" + store + CHANGELOG;
    }

    /** Whether Kafka Streams has made this name for a topic of a store. */
    public static boolean isChangelog(String topic) {
        return topic.endsWith(CHANGELOG);
    }

    /** Sources and changelogs. */
    public List<String> all() {
        return Stream.concat(sources.stream(), changelogs.stream()).toList();
    }

    /**
     * Possible number of tasks: the partitions of the smallest topic.
     *
     * @param partitions by topic; missing topics are left out
     * @return 0 if none exists
     */
    public int tasks(Map<String, Integer> partitions) {
        return counts(partitions).min().orElse(0);
    }

    /** Partitions of the largest topic. */
    public int maxPartitions(Map<String, Integer> partitions) {
        return counts(partitions).max().orElse(0);
    }

    /** Whether partitions of some topics belong to no task. */
    public boolean isUneven(Map<String, Integer> partitions) {
        return tasks(partitions) != maxPartitions(partitions);
    }

    private IntStream counts(Map<String, Integer> partitions) {
        return all().stream().map(partitions::get).filter(Objects::nonNull).mapToInt(Integer::intValue);
    }

    /** What an uneven part means and what to do, in one paragraph of a log. */
    public String advice(Map<String, Integer> partitions) {
        int tasks = tasks(partitions);
        int max = maxPartitions(partitions);
        String uneven = "The topics of " + part + " have unequal numbers of partitions (" + described(partitions)
                + "): workers go on with " + (tasks == 1 ? "the first one" : "the first " + tasks) + " of each. ";
        return part.equals(BATCHES)
                ? uneven + "Partitions of " + sources.get(0)
                        + " cannot be added, since all results of a batch must stay in one partition. Nothing is"
                        + " lost, and the results of every batch still go to the same partition,"
                        + " but readers that look for a batch among all partitions may look in the"
                        + " wrong one. Create topics with another topic.prefix for more of them"
                : uneven
                        + "Requests in the others wait there; nothing is lost. To process them, run `genai topics"
                        + " grow --api "
                        + part + " --partitions " + max + "` with this worker's settings; no restart is needed";
    }

    private String described(Map<String, Integer> partitions) {
        return String.join(
                ", ",
                all().stream()
                        .filter(partitions::containsKey)
                        .map(topic -> topic + " " + partitions.get(topic))
                        .toList());
    }
}
