package io.github.genaistreams.topology.topic;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many tasks each part of the topology has, as far as this worker knows: the number that it found at its start,
 * until it makes an assignment for its group, or checks the topics, and finds another number. Thread-safe.
 */
public final class TaskCounts {

    private static final long NEVER = -1;

    private final List<TaskTopics> parts;
    private final Map<String, Integer> tasks = new ConcurrentHashMap<>();
    private final Map<String, Integer> atStart;
    private final AtomicBoolean rebalanceWanted = new AtomicBoolean();
    private final AtomicLong assignments = new AtomicLong();
    private long assignmentsWhenGrown = NEVER;

    /**
     * @param parts      the parts of the topology
     * @param partitions the number of partitions of each topic that exists when the worker starts
     */
    public TaskCounts(List<TaskTopics> parts, Map<String, Integer> partitions) {
        this.parts = List.copyOf(parts);
        this.atStart = Map.copyOf(partitions);
        found(partitions);
    }

    /** Takes the present number of partitions of every topic. */
    public static TaskCounts unknown() {
        return new TaskCounts(List.of(), Map.of());
    }

    public List<TaskTopics> parts() {
        return parts;
    }

    /** Tasks of a part; 0 if unknown. */
    public int of(String part) {
        return tasks.getOrDefault(part, 0);
    }

    /** The partitions of a request topic that belong to tasks. */
    public int called(String api, int partitions) {
        int known = of(api);
        return known == 0 ? partitions : Math.min(known, partitions);
    }

    /**
     * The partitions of a topic over which batches are spread: those that it had when this worker started. Otherwise
     * the records of a batch would move when the topic grows. For results, it is the number of tasks that follow
     * batches, on which all workers agree.
     *
     * @param partitions the present number of partitions of the topic
     */
    public int ofBatches(String topic, int partitions) {
        boolean isFollowed = parts.stream()
                .anyMatch(part ->
                        part.part().equals(TaskTopics.BATCHES) && part.sources().contains(topic));
        int known = isFollowed ? of(TaskTopics.BATCHES) : atStart.getOrDefault(topic, partitions);
        return known == 0 ? partitions : Math.min(known, partitions);
    }

    /** Notes the numbers for which an assignment is made. */
    public void found(Map<String, Integer> partitions) {
        parts.forEach(part -> tasks.put(part.part(), part.tasks(partitions)));
    }

    /**
     * Notes the numbers of a check of the topics. As a rule, the group itself notices that its sources have grown. If
     * partitions have become tasks and no assignment came until the next check, it must assign its tasks again.
     */
    public synchronized void looked(Map<String, Integer> partitions) {
        boolean canGrow = parts.stream().anyMatch(part -> part.tasks(partitions) > of(part.part()));
        if (!canGrow) {
            assignmentsWhenGrown = NEVER;
        } else if (assignmentsWhenGrown == NEVER) {
            assignmentsWhenGrown = assignments.get();
        } else {
            if (assignmentsWhenGrown == assignments.get()) {
                rebalanceWanted.set(true);
            }
            found(partitions);
            assignmentsWhenGrown = NEVER;
        }
    }

    /** Whether the group must assign again; true once. */
    public boolean takeRebalance() {
        return rebalanceWanted.get() && rebalanceWanted.getAndSet(false);
    }

    /** A thread of this worker has received an assignment. */
    public void assigned() {
        assignments.incrementAndGet();
    }
}
