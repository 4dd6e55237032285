package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.batch.BatchAssembler;
import io.github.genaistreams.topology.batch.Resequencer;
import io.github.genaistreams.topology.call.Answered;
import io.github.genaistreams.topology.call.Journal;
import io.github.genaistreams.topology.call.OpenOffsets;
import io.github.genaistreams.wire.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The topics of one part of the topology that have to have equally many partitions: partition p of all of them is one task of
 * Kafka Streams.
 *
 * @param part       name of an API, or {@value #BATCHES}
 * @param sources    what is read
 * @param changelogs where Kafka Streams keeps the state, of one worker group
 */
public record TaskTopics(String part, List<String> sources, List<String> changelogs) {

    /** The part that follows batches. */
    public static final String BATCHES = "batches";

    private static final String CHANGELOG = "-changelog";

    /** Of an API, of a worker group. */
    public static TaskTopics ofApi(Topics topics, String applicationId, String api) {
        return new TaskTopics(
                api,
                List.of(topics.requests(api), topics.retries(api)),
                Stream.of(Journal.name(api), OpenOffsets.name(api), Answered.name(api))
                        .map(store -> changelog(applicationId, store))
                        .toList());
    }

    /** Of the part that follows batches. */
    public static TaskTopics ofBatches(Topics topics, String applicationId) {
        return new TaskTopics(
                BATCHES,
                List.of(topics.results(), topics.batchNotes()),
                Stream.of(BatchAssembler.STATES, BatchAssembler.INDEXES, Resequencer.HELD)
                        .map(store -> changelog(applicationId, store))
                        .toList());
    }

    /** Of all parts of a worker that calls these APIs. */
    public static List<TaskTopics> of(Topics topics, String applicationId, Collection<String> apis) {
        List<TaskTopics> parts = new ArrayList<>();
        apis.forEach(api -> parts.add(ofApi(topics, applicationId, api)));
        parts.add(ofBatches(topics, applicationId));
        return List.copyOf(parts);
    }

    /** The name that Kafka Streams gives the topic of a store. */
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
     * How many tasks there can be: as many as the smallest of the topics has partitions.
     *
     * @param partitions by topic; those that do not exist (yet) are left out
     * @return 0 if none exists
     */
    public int tasks(Map<String, Integer> partitions) {
        return counts(partitions).min().orElse(0);
    }

    /** Partitions of the largest topic. */
    public int most(Map<String, Integer> partitions) {
        return counts(partitions).max().orElse(0);
    }

    /** Whether partitions of some topics belong to no task. */
    public boolean isUneven(Map<String, Integer> partitions) {
        return tasks(partitions) != most(partitions);
    }

    private IntStream counts(Map<String, Integer> partitions) {
        return all().stream().filter(partitions::containsKey).mapToInt(partitions::get);
    }

    /** What an uneven part means and what to do, in a paragraph of a log. */
    public String advice(Map<String, Integer> partitions) {
        int tasks = tasks(partitions);
        int most = most(partitions);
        String uneven = "The topics of " + part + " have unequal numbers of partitions (" + described(partitions)
                + "): workers go on with " + (tasks == 1 ? "the first one" : "the first " + tasks) + " of each. ";
        return part.equals(BATCHES)
                ? uneven + "Partitions of " + sources.get(0)
                        + " cannot be added, since all results of a batch have to stay in one:"
                        + " nothing is lost, and the results of every batch go on to where they have been, but readers that look for a"
                        + " batch among all partitions may look in the wrong one. Create topics with another topic.prefix for more"
                        + " of them"
                : uneven
                        + "What is in the others waits there, nothing is lost. To have it called, run `genai topics grow --api "
                        + part + " --partitions " + most + "` with this worker's settings; no restart is needed";
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
