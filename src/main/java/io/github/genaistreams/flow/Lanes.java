package io.github.genaistreams.flow;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/** The lanes of a worker by request partition, for the intake gate, a rebalance and a graceful stop. Thread-safe. */
public final class Lanes {

    private final Map<TopicPartition, LaneFigures> open = new ConcurrentHashMap<>();
    private final Map<TopicPartition, LaneFigures> urgent = new ConcurrentHashMap<>();
    private final ThreadLocal<Pace> paces;
    private final Set<String> paused;
    private volatile boolean stopped;

    /** Partitions whose lanes start nothing, whether they are open yet or not. */
    private final Set<TopicPartition> quiet = ConcurrentHashMap.newKeySet();

    /** Uses the commit interval of Kafka Streams as it is. */
    public Lanes() {
        this(new Pace.Bounds(Duration.ZERO, Duration.ZERO), Set.of());
    }

    /**
     * @param commits bounds of the time between two commits of a stream thread
     * @param paused  IDs of the batches of which no call starts; jobs of theirs that the API works on are polled
     */
    public Lanes(Pace.Bounds commits, Set<String> paused) {
        this.paused = Set.copyOf(paused);
        paces = ThreadLocal.withInitial(() -> new Pace(commits, System::nanoTime));
    }

    /** Whether no call of this batch starts. */
    public boolean isPaused(String batchId) {
        return paused.contains(batchId);
    }

    /** The pace of the calling stream thread. */
    public Pace pace() {
        return paces.get();
    }

    /**
     * Called by the thread that owns the partitions, when its task starts.
     *
     * @param urgent the partition with the urgent requests
     */
    public void open(TopicPartition requests, TopicPartition urgent, LaneFigures lane) {
        open.put(requests, lane);
        this.urgent.put(urgent, lane);
        // After the put: a concurrent stop either finds the lane in the map, or has set this flag.
        if (stopped || quiet.contains(requests)) {
            lane.stopStarting();
        }
    }

    /** Called by the thread that owns the partitions, when its task ends. */
    public void close(TopicPartition requests, TopicPartition urgent, LaneFigures lane) {
        open.remove(requests, lane);
        this.urgent.remove(urgent, lane);
    }

    /** The stream has read no record of this partition from this offset on. */
    public void readUpTo(TopicPartition requests, long offset) {
        LaneFigures lane = open.get(requests);
        if (lane != null) {
            lane.readUpTo(offset);
        }
    }

    /** The subset of these partitions that should not be read for now. */
    public Set<TopicPartition> full(Collection<TopicPartition> partitions) {
        return partitions.stream().filter(this::isFull).collect(Collectors.toSet());
    }

    private boolean isFull(TopicPartition partition) {
        LaneFigures lane = open.get(partition);
        LaneFigures ofUrgent = urgent.get(partition);
        return lane != null && lane.isFull() || ofUrgent != null && ofUrgent.isUrgentFull();
    }

    /**
     * Makes the lanes of these partitions start nothing more, including lanes that are opened later.
     *
     * @return the number of calls in flight there
     */
    public int stopStarting(Collection<TopicPartition> partitions) {
        int inFlight = 0;
        quiet.addAll(partitions);
        for (TopicPartition partition : partitions) {
            LaneFigures lane = open.get(partition);
            if (lane != null) {
                lane.stopStarting();
                inFlight += lane.inFlight();
            }
        }
        return inFlight;
    }

    /** Undoes {@link #stopStarting(Collection)} for partitions that this worker keeps after all. */
    public void startAgain(Collection<TopicPartition> partitions) {
        quiet.removeAll(partitions);
        for (TopicPartition partition : partitions) {
            LaneFigures lane = open.get(partition);
            if (lane != null) {
                lane.startAgain();
                if (stopped) {
                    lane.stopStarting();
                }
            }
        }
    }

    /** These partitions have a new owner. A later owner in this process starts without their stops. */
    public void gone(Collection<TopicPartition> partitions) {
        quiet.removeAll(partitions);
    }

    /** Makes all lanes start nothing more, including those of tasks that start later: the worker is stopping. */
    public void stopStarting() {
        stopped = true;
        open.values().forEach(LaneFigures::stopStarting);
    }

    /** Partitions with a call in flight. */
    public Set<TopicPartition> withCalls() {
        Set<TopicPartition> partitions = new HashSet<>(open.keySet());
        partitions.removeIf(partition -> !hasCalls(Set.of(partition)));
        return partitions;
    }

    /** Whether one of these partitions has a call in flight. */
    public boolean hasCalls(Collection<TopicPartition> partitions) {
        return partitions.stream().map(open::get).anyMatch(lane -> lane != null && lane.inFlight() > 0);
    }

    /** Calls without an outcome. */
    public int inFlight() {
        return open.values().stream().mapToInt(LaneFigures::inFlight).sum();
    }

    /** Calls without an outcome, and jobs at the API. */
    public int atWork() {
        return open.values().stream().mapToInt(LaneFigures::atWork).sum();
    }

    /** When the first waiting item may be called again, epoch milliseconds; {@link Long#MAX_VALUE} if none waits. */
    public long nextDue() {
        return open.values().stream().mapToLong(LaneFigures::nextDue).min().orElse(Long.MAX_VALUE);
    }

    /** Items in this phase, on the partitions of one request topic. */
    public int count(String requests, Phase phase) {
        return of(requests).mapToInt(lane -> lane.count(phase)).sum();
    }

    /** Slots of this worker's partitions of one request topic. */
    public int slots(String requests) {
        return of(requests).mapToInt(LaneFigures::slots).sum();
    }

    /**
     * The part of a request topic whose lanes are open here and may start calls, from 0 to 1.
     *
     * @param partitions of the topic; 0 if unknown, as if all of them were here
     */
    public double share(String requests, int partitions) {
        long own = of(requests).filter(lane -> !lane.isStopped()).count();
        return partitions == 0 ? 1 : Math.min(1, (double) own / partitions);
    }

    private Stream<LaneFigures> of(String requests) {
        return open.entrySet().stream()
                .filter(lane -> lane.getKey().topic().equals(requests))
                .map(Map.Entry::getValue);
    }

    /** Requests held: in flight, ready, waiting. */
    public int size() {
        return open.values().stream().mapToInt(LaneFigures::size).sum();
    }

    /** The largest size that any of these lanes has had. */
    public int peak() {
        return open.values().stream().mapToInt(LaneFigures::peak).max().orElse(0);
    }
}
