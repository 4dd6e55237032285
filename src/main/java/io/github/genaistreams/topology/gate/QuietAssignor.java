package io.github.genaistreams.topology.gate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.assignment.ApplicationState;
import org.apache.kafka.streams.processor.assignment.KafkaStreamsAssignment;
import org.apache.kafka.streams.processor.assignment.KafkaStreamsAssignment.AssignedTask;
import org.apache.kafka.streams.processor.assignment.KafkaStreamsState;
import org.apache.kafka.streams.processor.assignment.ProcessId;
import org.apache.kafka.streams.processor.assignment.TaskAssignmentUtils;
import org.apache.kafka.streams.processor.assignment.TaskAssignor;
import org.apache.kafka.streams.processor.assignment.TaskInfo;
import org.apache.kafka.streams.processor.assignment.TaskTopicPartition;

/**
 * Spreads the tasks of each part of the topology evenly over the threads of the group, and moves no more of them than
 * necessary. A task with calls in flight that is to move stays for now: {@link HandOver}.
 *
 * <p>Kafka Streams creates it by its name, for each assignment.
 */
public final class QuietAssignor implements TaskAssignor {

    /** Key of the setting whose value is its {@link Round}. */
    static final String ROUND = "genai.assignment.round";

    private Round round;

    /** Input and output of one assignment, apart from the tasks. */
    static final class Round {

        private Set<TopicPartition> busy = Set.of();
        private final Set<TopicPartition> leaving = new HashSet<>();

        /** @param busy partitions with calls in flight */
        void begin(Set<TopicPartition> busy) {
            this.busy = busy;
            leaving.clear();
        }

        boolean isBusy(TopicPartition partition) {
            return busy.contains(partition);
        }

        /** Partitions that move as soon as no call is in flight there. */
        Set<TopicPartition> leaving() {
            return leaving;
        }
    }

    /** A member and its tasks. */
    private static final class Member {

        private final KafkaStreamsState state;
        private final Set<AssignedTask> tasks = new HashSet<>();
        private int ofPart;
        private int room;

        /** Number of tasks that it has, or will have when they can move. */
        private int load;

        private Member(KafkaStreamsState state) {
            this.state = state;
        }

        private int threads() {
            return state.numProcessingThreads();
        }

        private double load() {
            return (double) load / threads();
        }

        private void has(TaskId task) {
            tasks.add(new AssignedTask(task, AssignedTask.Type.ACTIVE));
        }

        private void takesRoom() {
            room--;
            load++;
        }
    }

    @Override
    public void configure(Map<String, ?> configs) {
        round = (Round) Objects.requireNonNull(configs.get(ROUND));
    }

    @Override
    public TaskAssignment assign(ApplicationState group) {
        Map<ProcessId, Member> members = new TreeMap<>();
        Map<TaskId, Member> owners = new HashMap<>();
        group.kafkaStreamsStates(false).forEach((id, state) -> {
            Member member = new Member(state);
            members.put(id, member);
            state.previousActiveTasks().forEach(task -> owners.put(task, member));
        });
        Map<Integer, List<TaskInfo>> parts = new TreeMap<>();
        group.allTasks().values().stream()
                .sorted(Comparator.comparing(TaskInfo::id))
                .forEach(task -> parts.computeIfAbsent(task.id().subtopology(), part -> new ArrayList<>())
                        .add(task));
        parts.values().forEach(part -> spread(part, List.copyOf(members.values()), owners));

        Map<ProcessId, KafkaStreamsAssignment> assigned = new HashMap<>();
        members.forEach((id, member) -> assigned.put(id, KafkaStreamsAssignment.of(id, member.tasks)));
        TaskAssignmentUtils.defaultStandbyTaskAssignment(group, assigned);
        return new TaskAssignment(assigned.values());
    }

    private void spread(List<TaskInfo> part, List<Member> members, Map<TaskId, Member> owners) {
        share(part, members, owners);
        List<TaskInfo> moving = new ArrayList<>();
        // Tasks with calls in flight are kept first. So the tasks that move are those that can move at once, including
        // those that could not move before.
        part.stream().sorted(Comparator.comparing(task -> !isBusy(task))).forEach(task -> {
            Member owner = owners.get(task.id());
            if (owner != null && owner.room > 0) {
                owner.has(task.id());
                owner.takesRoom();
            } else {
                moving.add(task);
            }
        });
        for (TaskInfo task : moving) {
            Member next = members.stream()
                    .filter(member -> member.room > 0)
                    .min(Comparator.<Member>comparingInt(member -> hasState(member, task) ? 0 : 1)
                            .thenComparing(Member::load))
                    .orElseThrow();
            Member owner = owners.get(task.id());
            next.takesRoom();
            if (owner != null && isBusy(task)) {
                owner.has(task.id());
                task.topicPartitions().stream()
                        .filter(TaskTopicPartition::isSource)
                        .map(TaskTopicPartition::topicPartition)
                        .forEach(round.leaving()::add);
            } else {
                next.has(task.id());
            }
        }
    }

    /**
     * Decides how many tasks of a part each member gets. The remainder goes to the members that already have the most tasks of
     * the part, or the fewest tasks of all.
     */
    private static void share(List<TaskInfo> part, List<Member> members, Map<TaskId, Member> owners) {
        members.forEach(member -> member.ofPart = 0);
        part.stream().map(task -> owners.get(task.id())).forEach(owner -> {
            if (owner != null) {
                owner.ofPart++;
            }
        });
        int threads = members.stream().mapToInt(Member::threads).sum();
        members.forEach(member -> member.room = part.size() * member.threads() / threads);
        int rest =
                part.size() - members.stream().mapToInt(member -> member.room).sum();
        members.stream()
                .sorted(Comparator.comparing(Member::load)
                        .thenComparing(member -> member.room - member.ofPart)
                        .thenComparing(member -> member.state.processId()))
                .limit(rest)
                .forEach(member -> member.room++);
    }

    private static boolean hasState(Member member, TaskInfo task) {
        return member.state.previousStandbyTasks().contains(task.id());
    }

    private boolean isBusy(TaskInfo task) {
        return task.topicPartitions().stream().anyMatch(partition -> round.isBusy(partition.topicPartition()));
    }
}
