package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.assignment.ApplicationState;
import org.apache.kafka.streams.processor.assignment.AssignmentConfigs;
import org.apache.kafka.streams.processor.assignment.KafkaStreamsAssignment;
import org.apache.kafka.streams.processor.assignment.KafkaStreamsState;
import org.apache.kafka.streams.processor.assignment.ProcessId;
import org.apache.kafka.streams.processor.assignment.TaskInfo;
import org.apache.kafka.streams.processor.assignment.TaskTopicPartition;
import org.apache.kafka.streams.state.HostInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuietAssignorTest {

    private static final int PARTS = 2;
    private static final AssignmentConfigs CONFIGS = AssignmentConfigs.of(
            new StreamsConfig(Map.of("application.id", "test", "bootstrap.servers", "localhost:1")));

    private final QuietAssignor.Round round = new QuietAssignor.Round();
    private final QuietAssignor assignor = new QuietAssignor();
    private final Map<ProcessId, KafkaStreamsState> members = new TreeMap<>();
    private Map<TaskId, ProcessId> owners = new HashMap<>();
    private long joined;
    private final Map<TaskId, TaskInfo> tasks = new HashMap<>();

    QuietAssignorTest() {
        assignor.configure(Map.of(QuietAssignor.ROUND, round));
    }

    @Test
    void spreadsEachPartEvenly() {
        partitions(6);
        ProcessId one = join(1);
        ProcessId two = join(2);
        assign(Set.of());

        for (int part = 0; part < PARTS; part++) {
            assertThat(of(part, one)).hasSize(2);
            assertThat(of(part, two)).hasSize(4);
        }
        assertThat(round.leaving()).isEmpty();
    }

    @Test
    void movesWhatHasNoCallsInFlightAtOnce() {
        partitions(4);
        ProcessId first = join(1);
        assign(Set.of());
        ProcessId second = join(1);
        assign(Set.of(partition(0, 0), partition(0, 1)));

        assertThat(of(0, second)).containsExactlyInAnyOrder(new TaskId(0, 2), new TaskId(0, 3));
        assertThat(of(1, second)).hasSize(2);
        assertThat(of(0, first)).hasSize(2);
        assertThat(round.leaving()).isEmpty();
    }

    @Test
    void leavesCallsInFlightWhereTheyAreAndMovesThePartitionsThatItHasNamed() {
        partitions(4);
        ProcessId first = join(1);
        assign(Set.of());
        ProcessId second = join(1);
        Set<TopicPartition> busy = Set.of(partition(0, 0), partition(0, 1), partition(0, 2), partition(0, 3));
        assign(busy);

        assertThat(of(0, first)).hasSize(4);
        Set<TopicPartition> leaving = Set.copyOf(round.leaving());
        assertThat(leaving).hasSize(2).isSubsetOf(busy);

        Set<TopicPartition> stillBusy = new HashSet<>(busy);
        stillBusy.removeAll(leaving);
        assign(stillBusy);
        assertThat(round.leaving()).isEmpty();
        assertThat(of(0, second))
                .map(task -> partition(0, task.partition()))
                .containsExactlyInAnyOrderElementsOf(leaving);
    }

    @Test
    void countsAMovingPartitionForItsNextOwner() {
        partitions(1);
        TaskId third = new TaskId(PARTS, 0);
        tasks.put(third, new Task(third, Set.of(new Source(partition(PARTS, 0)))));
        join(1);
        assign(Set.of());
        join(1);
        assign(Set.of(partition(0, 0), partition(1, 0), partition(PARTS, 0)));
        assertThat(round.leaving()).hasSize(1);
    }

    @Test
    void givesWhatNobodyHasToWhoHasItsState() {
        partitions(2);
        join(1);
        ProcessId second = join(1, new TaskId(0, 0));
        assign(Set.of());
        assertThat(of(0, second)).containsExactly(new TaskId(0, 0));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void isEvenAndAtRestWheneverNothingIsInFlight(long seed) {
        RandomGenerator random = new SplittableRandom(seed);
        partitions(1 + random.nextInt(12));
        join(1 + random.nextInt(3));
        for (int step = 0; step < 20; step++) {
            if (random.nextBoolean() || members.size() == 1) {
                join(1 + random.nextInt(3));
            } else {
                ProcessId gone = List.copyOf(members.keySet()).get(random.nextInt(members.size()));
                members.remove(gone);
                owners.values().removeIf(gone::equals);
            }
            Set<TopicPartition> busy = new HashSet<>();
            tasks.keySet().forEach(task -> {
                if (random.nextInt(3) == 0) {
                    busy.add(partition(task.subtopology(), task.partition()));
                }
            });
            Map<TaskId, ProcessId> before = Map.copyOf(owners);
            assign(busy);
            before.forEach((task, owner) -> assertThat(owners.get(task).equals(owner)
                            || !busy.contains(partition(task.subtopology(), task.partition())))
                    .isTrue());

            assign(Set.of());
            assertThat(round.leaving()).isEmpty();
            assertEven();
            Map<TaskId, ProcessId> atRest = Map.copyOf(owners);
            assign(Set.of());
            assertThat(owners).isEqualTo(atRest);
        }
    }

    private void assertEven() {
        int threads = members.values().stream()
                .mapToInt(KafkaStreamsState::numProcessingThreads)
                .sum();
        for (int part = 0; part < PARTS; part++) {
            int all = tasks.size() / PARTS;
            for (KafkaStreamsState member : members.values()) {
                int least = all * member.numProcessingThreads() / threads;
                assertThat(of(part, member.processId()).size()).isBetween(least, least + 1);
            }
        }
    }

    private void partitions(int count) {
        for (int part = 0; part < PARTS; part++) {
            for (int partition = 0; partition < count; partition++) {
                TaskId id = new TaskId(part, partition);
                tasks.put(id, new Task(id, Set.of(new Source(partition(part, partition)))));
            }
        }
    }

    private static TopicPartition partition(int part, int partition) {
        return new TopicPartition("requests-" + part, partition);
    }

    private ProcessId join(int threads, TaskId... onDisk) {
        var id = new ProcessId(new UUID(0, joined++));
        members.put(id, new State(id, threads, new TreeSet<>(), new TreeSet<>(List.of(onDisk))));
        return id;
    }

    private List<TaskId> of(int part, ProcessId member) {
        return owners.entrySet().stream()
                .filter(owner -> owner.getValue().equals(member))
                .map(Map.Entry::getKey)
                .filter(task -> task.subtopology() == part)
                .toList();
    }

    private void assign(Set<TopicPartition> busy) {
        Map<ProcessId, KafkaStreamsState> now = new TreeMap<>();
        members.forEach((id, state) -> {
            SortedSet<TaskId> owned = new TreeSet<>();
            owners.forEach((task, owner) -> {
                if (owner.equals(id)) {
                    owned.add(task);
                }
            });
            now.put(id, new State(id, state.numProcessingThreads(), owned, state.previousStandbyTasks()));
        });
        round.begin(busy);
        Collection<KafkaStreamsAssignment> assigned =
                assignor.assign(new Group(now, CONFIGS, tasks)).assignment();
        assertThat(assigned).hasSize(members.size());
        List<TaskId> all = new ArrayList<>();
        owners = new HashMap<>();
        assigned.forEach(member -> member.tasks().keySet().forEach(task -> {
            all.add(task);
            owners.put(task, member.processId());
        }));
        assertThat(all).containsExactlyInAnyOrderElementsOf(tasks.keySet());
    }

    private record Group(
            Map<ProcessId, KafkaStreamsState> members,
            AssignmentConfigs assignmentConfigs,
            Map<TaskId, TaskInfo> allTasks)
            implements ApplicationState {
        @Override
        public Map<ProcessId, KafkaStreamsState> kafkaStreamsStates(boolean computeTaskLags) {
            return members;
        }
    }

    private record State(
            ProcessId processId,
            int numProcessingThreads,
            SortedSet<TaskId> previousActiveTasks,
            SortedSet<TaskId> previousStandbyTasks)
            implements KafkaStreamsState {
        @Override
        public SortedSet<String> consumerClientIds() {
            return new TreeSet<>();
        }

        @Override
        public long lagFor(TaskId task) {
            return 0;
        }

        @Override
        public SortedSet<TaskId> prevTasksByLag(String consumerClientId) {
            return new TreeSet<>();
        }

        @Override
        public Map<TaskId, Long> statefulTasksToLagSums() {
            return Map.of();
        }

        @Override
        public Optional<HostInfo> hostInfo() {
            return Optional.empty();
        }

        @Override
        public Map<String, String> clientTags() {
            return Map.of();
        }

        @Override
        public Optional<String> rackId() {
            return Optional.empty();
        }
    }

    private record Task(TaskId id, Set<TaskTopicPartition> topicPartitions) implements TaskInfo {
        @Override
        public boolean isStateful() {
            return true;
        }

        @Override
        public Set<String> stateStoreNames() {
            return Set.of();
        }
    }

    private record Source(TopicPartition topicPartition) implements TaskTopicPartition {
        @Override
        public boolean isSource() {
            return true;
        }

        @Override
        public boolean isChangelog() {
            return false;
        }

        @Override
        public Optional<Set<String>> rackIds() {
            return Optional.empty();
        }
    }
}
